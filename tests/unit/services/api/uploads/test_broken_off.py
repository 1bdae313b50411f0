"""What the sender of an upload that goes no further is told."""

import asyncio

import pytest

from services.api.congestion import HeldUp
from services.api.problems import refusal_of
from services.api.settings import ApiSettings
from services.api.uploads.body import UploadInterrupted
from services.api.uploads.broken_off import cut_off, is_not_now, reason_of
from services.api.uploads.incoming import IncomingFile
from services.api.uploads.registry import JobNotReceiving
from shared.errors import BrokerUnavailable, DatabaseUnavailable
from shared.identifiers import new_job_id
from shared.messages import InputHints, LineBatch

SETTINGS = ApiSettings.model_validate({"jwt_secret": "x" * 32})
BROKEN_OFF: list[tuple[BaseException, bool, str]] = [
    (HeldUp("the queue is full"), True, "The message broker did not take the upload in time: the queue is full."),
    (BrokerUnavailable("amqp://secret"), True, "The message broker did not take the upload in time."),
    (DatabaseUnavailable("secret"), True, "The database could not be reached."),
    (UploadInterrupted(503, "Service stopping", "It stops."), True, "It stops."),
    (UploadInterrupted(408, "Upload stalled", "No bytes."), False, "No bytes."),
    (UploadInterrupted(400, "Upload interrupted", "It left."), False, "It left."),
    (JobNotReceiving("it was ended"), False, "it was ended"),
    (asyncio.CancelledError(), False, "The request was broken off."),
    (ValueError("secret"), False, "The service failed; its log says why."),
]


@pytest.mark.parametrize(("error", "not_now", "reason"), BROKEN_OFF)
def test_reason(error: BaseException, not_now: bool, reason: str) -> None:
    assert (is_not_now(error), reason_of(error)) == (not_now, reason)


def test_what_is_kept_is_shown_first_and_nobody_is_told_to_send_it_again() -> None:
    files = [
        IncomingFile(new_job_id(), new_job_id(), name, InputHints(), SETTINGS, None) for name in ("a.log", "b.log")
    ]
    files[1].confirmed(LineBatch(files[1].job_id, 0, 1, 0, 0, b"part of a line", InputHints()))
    refusal = refusal_of(cut_off(files, "The queue is full."))
    assert (refusal.status, refusal.title, refusal.retry_after_seconds) == (503, "Upload cut off", None)
    assert refusal.detail.startswith("The queue is full. ")
    assert (refusal.job_id, [job["file_name"] for job in refusal.jobs]) == (files[1].job_id, ["b.log", "a.log"])
    assert refusal.headers == {"Location": f"/api/jobs/{files[1].job_id}"}
    assert {(job["status"], job["error_message"]) for job in refusal.jobs} == {("interrupted", "The queue is full.")}
