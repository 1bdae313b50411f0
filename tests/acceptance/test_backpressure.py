"""A full queue slows uploads down and says so, refuses new ones, and loses nothing."""

import random
import socket
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.load import chunks, uploading
from tests.support.queues import waiting
from tests.support.suite import Suite, wait_for
from tests.support.user import User, assert_conserved

TINY_QUEUE = {"LOGMILL_MAX_QUEUE_BYTES": str(1024**2)}
API = {**TINY_QUEUE, "LOGMILL_BATCH_BYTES": "65536", "LOGMILL_PUBLISH_FIRST_PATIENCE_SECONDS": "2"}
LINES = 50_000
SMALL = b"2026-01-01T00:00:00Z INFO one line\n"


def noise(lines: int) -> bytes:
    """Lines of about 90 bytes that hardly compress: 50,000 of them fill a tiny queue twice."""
    chance = random.Random(7)
    return b"".join(b"2026-01-01T00:00:00Z INFO %s\n" % chance.randbytes(32).hex().encode() for _ in range(lines))


CONTENT = noise(LINES)


def start(suite: Suite, **settings: str) -> None:
    """Without a worker."""
    suite.start("api", **API, **settings)
    suite.start("aggregator", **TINY_QUEUE)
    for service in suite.services:
        service.wait_ready()


@contextmanager
def uploading_to(suite: Suite, user: User) -> Iterator["Future[str]"]:
    """An upload that does not keep a failed test from ending."""
    with uploading(user, chunks(CONTENT)) as upload:
        try:
            yield upload
        except BaseException:
            suite.stop_all()
            raise


def start_worker(suite: Suite) -> None:
    suite.start("worker", **TINY_QUEUE).wait_ready()


def notice(user: User) -> str:
    jobs = user.get("/api/jobs")["items"]
    return (jobs[0]["notice"] or "") if jobs else ""


def send(user: User) -> httpx.Response:
    return user.http.post("/upload", content=SMALL)


def first_line_of_answer(user: User) -> str:
    """To a client that waits for a word before it sends its body."""
    address = urlsplit(user.api_url)
    assert address.hostname is not None
    head = f"Host: api\r\nAuthorization: Bearer {user.token}\r\nContent-Length: 10000000\r\nExpect: 100-continue\r\n"
    with socket.create_connection((address.hostname, address.port or 80), timeout=30) as connection:
        connection.sendall(f"POST /upload HTTP/1.1\r\n{head}\r\n".encode())
        return connection.recv(1000).decode().splitlines()[0]


@pytest.mark.timeout(180)
def test_a_full_queue_slows_down_says_so_and_refuses(own_suite: Suite) -> None:
    start(own_suite)
    full = "the queue logs_ingest is full"
    with User(own_suite.api_url) as user, User(own_suite.api_url) as other:
        assert other.http.head("/upload").status_code == 204
        with uploading_to(own_suite, user) as upload, user.stream("/stream") as stream:
            wait_for("the job to say so", lambda: full in notice(user))
            wait_for("an event to say so", lambda: next(stream).data["notice"] == f"The upload waits: {full}.")
            refused = send(other)
            problem = refused.json()
            assert (refused.status_code, problem["title"]) == (503, "Not available now")
            assert full in problem["detail"]
            assert int(refused.headers["Retry-After"]) == problem["retry_after"] > 0
            assert first_line_of_answer(other).split()[1] == "503"
            asked = other.http.head("/upload")
            assert (asked.status_code, asked.headers["Retry-After"]) == (503, refused.headers["Retry-After"])
            assert other.get("/api/jobs")["items"] == []
            assert not upload.done()
            start_worker(own_suite)
            job_id = upload.result(120)
        job = user.wait(job_id)
        assert user.get(f"/api/jobs/{job_id}/verify")["adds_up"]
        assert other.wait(send(other).raise_for_status().json()["job_id"])["lines_stored"] == 1
    assert (job["status"], job["lines_stored"], job["notice"]) == ("completed", LINES, None)
    assert own_suite.api.metric("logmill_api_uploads_total", result="refused") == 2


@pytest.mark.timeout(180)
def test_who_finds_it_out_is_refused_soon_and_told_why(own_suite: Suite) -> None:
    start(own_suite, LOGMILL_PUBLISH_PATIENCE_SECONDS="3")
    full = "The message broker did not take the upload in time: the queue logs_ingest is full."
    with User(own_suite.api_url) as user, User(own_suite.api_url) as other:
        with pytest.raises(httpx.HTTPStatusError) as refused:
            user.upload(chunks(CONTENT))
        (job,) = user.get("/api/jobs")["items"]
        assert (job["status"], job["error_message"], job["notice"]) == ("interrupted", full, None)
        answer, problem = refused.value.response, refused.value.response.json()
        assert (answer.status_code, problem["title"], "Retry-After" in answer.headers) == (503, "Upload cut off", False)
        assert (problem["job_id"], problem["links"]["self"]) == (job["job_id"], answer.headers["Location"])
        assert [(one["job_id"], one["status"]) for one in problem["jobs"]] == [(job["job_id"], "interrupted")]

        def is_found_out() -> bool:  # until then, what is known of the queue answers for it
            answer = send(other)
            assert (answer.status_code, "the queue logs_ingest is full" in answer.json()["detail"]) == (503, True)
            assert int(answer.headers["Retry-After"]) > 0
            return "upload refused" in own_suite.api.read_log()

        wait_for("somebody to be let in", is_found_out)
        assert other.get("/api/jobs")["items"] == []
        start_worker(own_suite)
        wait_for("the queue to be empty", lambda: not waiting(own_suite)["logs_ingest"])
        wait_for("small files to be taken in", lambda: send(other).status_code == 202)
        interrupted = user.get("/api/jobs")["items"][0]["job_id"]
        wait_for("what came in to be stored", lambda: user.get(f"/api/jobs/{interrupted}/verify")["adds_up"])
        assert_conserved(user.job(interrupted))
        assert user.job(interrupted)["lines_stored"] > 0


@pytest.mark.timeout(180)
def test_the_end_of_a_big_file_that_has_to_wait_is_in_nobodys_way(own_suite: Suite) -> None:
    start(own_suite, LOGMILL_PRIORITY_BYTES="200000")
    url = own_suite.api_url
    with User(url) as user, User(url) as other, uploading_to(own_suite, user) as upload:
        wait_for("the job to say so", lambda: "the queue logs_ingest.bulk is full" in notice(user))
        small = send(other).raise_for_status().json()["job_id"]
        assert not upload.done()
        start_worker(own_suite)
        assert other.wait(small)["lines_stored"] == 1
        assert user.wait(upload.result(120))["lines_stored"] == LINES
