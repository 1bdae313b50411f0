"""Uploads while the way to the broker breaks, or the client takes its time."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from bench.access_lines import access_lines
from tests.support.load import Gate, uploading
from tests.support.proxy import Proxy, proxied
from tests.support.suite import Suite, wait_for
from tests.support.user import User, assert_conserved

LINES = 100_000
CONTENT = access_lines(LINES)
SMALL_BATCHES = {"LOGMILL_BATCH_BYTES": "65536"}


@pytest.fixture
def proxy(own_suite: Suite) -> Iterator[Proxy]:
    """Between the api and the broker; the other services reach it directly."""
    port = urlsplit(own_suite.environment["RABBITMQ_URL"]).port
    assert port is not None
    with proxied(port) as between:
        yield between
        own_suite.stop_all()


def start(suite: Suite, proxy: Proxy, **settings: str) -> None:
    direct = suite.environment["RABBITMQ_URL"]
    address = urlsplit(direct)
    through = direct.replace(f":{address.port}", f":{proxy.port}")
    suite.start("api", RABBITMQ_URL=through, LOGMILL_BROKER_HEARTBEAT_SECONDS="5", **SMALL_BATCHES, **settings)
    suite.start("aggregator")
    suite.start("worker")
    for service in suite.services:
        service.wait_ready()


@contextmanager
def losing_the_broker_half_way(user: User, proxy: Proxy) -> Iterator["Future[str]"]:
    """An upload whose second half comes when the broker is gone for good."""
    gate = Gate(CONTENT)
    with uploading(user, gate) as upload:
        assert gate.half_sent.wait(60)
        proxy.refuse()
        proxy.freeze()
        gate.open.set()
        yield upload


@pytest.mark.timeout(180)
def test_a_black_hole_loses_nothing(own_suite: Suite, proxy: Proxy) -> None:
    start(own_suite, proxy)
    gate = Gate(CONTENT)
    with User(own_suite.api_url) as user, uploading(user, gate) as upload:
        assert gate.half_sent.wait(60)
        proxy.freeze()
        gate.open.set()
        job = user.wait(upload.result(120))
    assert job["status"] == "completed"
    assert job["lines_read"] == job["lines_stored"] == LINES


@pytest.mark.timeout(180)
def test_a_broker_that_does_not_come_back_interrupts_the_upload(own_suite: Suite, proxy: Proxy) -> None:
    start(own_suite, proxy, LOGMILL_PUBLISH_PATIENCE_SECONDS="2", LOGMILL_PUBLISH_TIMEOUT_SECONDS="2")
    with User(own_suite.api_url) as user, losing_the_broker_half_way(user, proxy) as upload:
        with pytest.raises(httpx.HTTPError):
            upload.result(120)
        job_id = user.get("/api/jobs")["items"][0]["job_id"]
        wait_for("the job to be marked", lambda: user.job(job_id)["status"] == "interrupted")
        wait_for("what was confirmed to be stored", lambda: _accounted(user.job(job_id)))
        job = user.job(job_id)
    assert_conserved(job)
    assert 0 < job["lines_read"] < LINES
    assert job["error_message"].startswith("The message broker did not take the upload in time: the message broker ")


def _accounted(job: dict[str, int]) -> bool:
    return job["lines_read"] == job["lines_stored"] + job["lines_rejected"] + job["lines_dead_lettered"]


BOUNDARY = "XX"


def part(name: str, content: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n"


@pytest.mark.timeout(120)
def test_a_form_may_take_longer_than_the_sweepers_patience(own_suite: Suite) -> None:
    quick = {"LOGMILL_INTERRUPTED_AFTER_SECONDS": "5", "LOGMILL_MAINTENANCE_INTERVAL_SECONDS": "0.5"}
    suite = own_suite.start_all(workers=1, **quick)
    with User(suite.api_url) as user:

        def body() -> Iterator[bytes]:
            yield part("a.log", b"one\n")
            begun = time.monotonic()
            wait_for("the sweeper to lose patience, if it does", lambda: time.monotonic() - begun > 7)
            yield part("b.log", b"two\nthree\n") + f"--{BOUNDARY}--\r\n".encode()

        answer = user.http.post(
            "/upload", content=body(), headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        )
        assert answer.status_code == 202, answer.text
        jobs = [user.wait(job["job_id"]) for job in answer.json()["jobs"]]
    assert [(job["file_name"], job["status"], job["lines_stored"]) for job in jobs] == [
        ("a.log", "completed", 1),
        ("b.log", "completed", 2),
    ]


def test_a_form_that_breaks_off_interrupts_all_of_its_files(user: User) -> None:
    body = part("a.log", b"one\n") + part("b.log", b"two\n")[:-4]
    answer = user.http.post(
        "/upload", content=body, headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    )
    assert answer.status_code == 400
    assert "closing boundary" in answer.json()["detail"]
    jobs = user.get("/api/jobs")["items"]
    assert {(job["file_name"], job["status"]) for job in jobs} == {("a.log", "interrupted"), ("b.log", "interrupted")}
    assert all("closing boundary" in job["error_message"] for job in jobs)


@pytest.mark.timeout(120)
def test_an_api_that_waits_for_the_broker_can_be_stopped(own_suite: Suite, proxy: Proxy) -> None:
    start(own_suite, proxy, LOGMILL_STOP_DEADLINE_SECONDS="4")
    api = own_suite.api
    with User(own_suite.api_url) as user, losing_the_broker_half_way(user, proxy) as upload:
        wait_for("a publish to fail", lambda: api.metric("logmill_api_batches_published_total", result="unavailable"))
        assert api.stop(20) == 0
        with pytest.raises(httpx.HTTPError):
            upload.result(60)
    assert "Traceback" not in api.read_log()
