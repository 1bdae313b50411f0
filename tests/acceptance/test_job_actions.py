"""Cancelling and deleting jobs while everything works on them; nobody else's suffers."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import pytest

from bench.access_lines import access_lines
from tests.support.load import Gate, chunks
from tests.support.queues import are_drained, waiting
from tests.support.suite import Suite, wait_for
from tests.support.user import User, assert_conserved

LINES = 150_000
CONTENT = access_lines(LINES)
SMALL_BATCHES = {"LOGMILL_BATCH_BYTES": "65536"}
PROMPT_SECONDS = 5
TABLES = ("batches", "partials", "rejected_lines", "line_parts", "dead_letters", "job_stats", "rollups")


def act(user: User, job_id: str, action: str) -> httpx.Response:
    return user.http.post(f"/api/jobs/{job_id}/{action}")


def send(user: User, content: Gate) -> httpx.Response:
    return user.http.post("/upload", params={"again": "true"}, content=content, timeout=120)


def outcomes(suite: Suite, name: str) -> float:
    return sum(worker.metric("logmill_worker_batches_total", outcome=name) for worker in suite.workers)


@pytest.mark.timeout(300)
def test_cancelling_leaves_the_queue_to_others(own_suite: Suite) -> None:
    for name, settings in (("api", SMALL_BATCHES), ("aggregator", {})):
        own_suite.start(name, **settings).wait_ready()
    with User(own_suite.api_url) as user, User(own_suite.api_url) as other:
        job_id = user.upload(chunks(CONTENT))
        own_suite.start("worker").wait_ready()
        wait_for("some of it to be stored", lambda: user.job(job_id)["lines_stored"] > 0)
        began = time.monotonic()
        cancelled = act(user, job_id, "cancel").raise_for_status().json()
        assert time.monotonic() - began < PROMPT_SECONDS
        theirs = other.upload(CONTENT[:200_000].rpartition(b"\n")[0])
        assert cancelled["status"] == "cancelled"
        assert_conserved(cancelled)
        wait_for("the queues to be empty", lambda: are_drained(own_suite))
        wait_for("its sums to be added", lambda: user.get(f"/api/jobs/{job_id}/verify")["adds_up"])
        job = user.job(job_id)
        assert other.wait(theirs)["status"] == "completed"
    assert_conserved(job)
    assert job["status"] == "cancelled"
    assert 0 < job["lines_stored"] < LINES
    assert outcomes(own_suite, "cancelled") > 100
    assert not any(waiting(own_suite).values())


@pytest.mark.timeout(120)
def test_cancelling_ends_the_upload_and_the_stream(user: User) -> None:
    gate = Gate(CONTENT)
    with ThreadPoolExecutor(1) as pool, user.stream("/stream") as stream:
        sending = pool.submit(send, user, gate)
        assert gate.half_sent.wait(60)
        events = [next(stream)]
        job_id = events[0].data["job_id"]
        assert act(user, job_id, "cancel").json()["status"] == "cancelled"
        while events[-1].name == "progress":
            events.append(next(stream))
        told = events[-1]
        gate.open.set()
        answer = sending.result(60)
    assert (told.name, told.data["status"], told.data["job_id"]) == ("cancelled", "cancelled", job_id)
    assert told.data["lines_read"] == sum(
        told.data[f"lines_{name}"] for name in ("stored", "rejected", "dead_lettered")
    )
    assert (answer.status_code, answer.json()["title"]) == (409, "Job ended")
    job = user.job(job_id)
    assert (job["status"], job["error_message"]) == ("cancelled", "cancelled by its owner")
    assert_conserved(job)
    assert user.wait(user.upload(CONTENT))["lines_stored"] == LINES  # what was cancelled is no duplicate


async def count_rows(suite: Suite, job_id: str) -> dict[str, int]:
    """Rows by table that hang on the job."""
    connection = await suite.connect()
    try:
        found = {
            table: await connection.fetchval(f"SELECT count(*) FROM {table} WHERE job_id = $1", UUID(job_id))
            for table in (*TABLES, "log_records", "removed_jobs")
        }
    finally:
        await connection.close()
    return {table: count for table, count in found.items() if count}


@pytest.mark.timeout(300)
def test_deleting_what_is_being_processed_leaves_nothing(suite: Suite, user: User) -> None:
    with User(suite.api_url) as other:
        theirs = other.upload(chunks(CONTENT))
        job_id = user.upload(chunks(CONTENT))
        with user.stream(f"/stream/{job_id}") as stream:
            wait_for("some of it to be stored", lambda: user.job(job_id)["lines_stored"] > 0)
            assert user.http.delete(f"/api/jobs/{job_id}").status_code == 204
            (*_, last) = stream
        assert other.wait(theirs)["lines_stored"] == LINES
        assert other.get(f"/api/jobs/{theirs}/verify")["adds_up"]
    assert (last.name, last.data["error_message"]) == ("cancelled", "the job was removed")
    assert user.http.get(f"/api/jobs/{job_id}").status_code == 404
    assert user.get("/api/stats")["lines_stored"] == 0
    wait_for("the queues to be empty", lambda: are_drained(suite))
    wait_for("its rows to be gone", lambda: not asyncio.run(count_rows(suite, job_id)))
    assert user.wait(user.upload(chunks(CONTENT)))["lines_stored"] == LINES  # what was deleted is no duplicate


@pytest.mark.timeout(120)
def test_deleting_what_comes_in_ends_the_upload(suite: Suite, user: User) -> None:
    gate = Gate(CONTENT)
    with ThreadPoolExecutor(1) as pool, user.stream("/stream") as stream:
        sending = pool.submit(send, user, gate)
        assert gate.half_sent.wait(60)
        event = next(stream)
        job_id = event.data["job_id"]
        assert user.http.delete(f"/api/jobs/{job_id}").status_code == 204
        while event.name == "progress":
            event = next(stream)
        gate.open.set()
        answer = sending.result(60)
    assert (event.name, event.data["error_message"]) == ("cancelled", "the job was removed")
    assert (answer.status_code, answer.json()["title"]) == (409, "Job ended")
    wait_for("the queues to be empty", lambda: are_drained(suite))
    wait_for("its rows to be gone", lambda: not asyncio.run(count_rows(suite, job_id)))
