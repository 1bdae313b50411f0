"""Cancelling, retrying and deleting jobs: what stays, what goes, what is told."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.api.context import Context
from services.api.uploads.registry import Alive, JobNotReceiving, UploadRegistry
from shared.database import Database
from shared.progress import JobProgress
from shared.summary import RollupRow
from tests.integration.api.owner import Owner
from tests.integration.api.seed import Record, Rejected, Seed, minute

ENDED = ("completed", "completed_with_errors", "failed", "interrupted")
UNDER_WAY = ("receiving", "processing")
TABLES = ("jobs", "batches", "partials", "rejected_lines", "line_parts", "dead_letters", "job_stats", "rollups")


@pytest.fixture
def told() -> list[JobProgress]:
    """What was announced."""
    return []


@pytest.fixture
def context(context: Context, told: list[JobProgress]) -> Context:
    async def announce(progress: JobProgress) -> None:
        told.append(progress)

    return replace(context, announce=announce)


@pytest.fixture
def execute(database: Database) -> Callable[..., Any]:
    async def run(sql: str, *arguments: object) -> Any:
        async with database.acquire() as connection:
            return await connection.fetchval(sql, *arguments)

    return run


async def enter_letter(execute: Callable[..., Any], job_id: UUID, batch_no: int = 1, state: str = "waiting") -> UUID:
    letter_id = uuid4()
    headers = {"job_id": str(job_id), "batch_no": batch_no}
    await execute(
        "INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, line_count, reason, detail, headers, body, state)"
        " VALUES ($1, $2, $3, 2, 'bad_luck', '', $4, 'bytes', $5)",
        letter_id,
        job_id,
        batch_no,
        headers,
        state,
    )
    return letter_id


async def actions(owner: Owner, job_id: UUID) -> list[str]:
    return [event["action"] for event in await owner.all_items("/api/audit", job_id=job_id)]


@pytest.mark.parametrize("status", UNDER_WAY)
async def test_a_cancelled_job_has_read_what_has_its_place(
    ann: Owner, seed: Seed, told: list[JobProgress], status: str
) -> None:
    counts = {"lines_stored": 5, "lines_rejected": 2, "lines_dead_lettered": 1}
    job_id = await seed.job(ann.user_id, status=status, lines_read=100, notice="The upload waits.", **counts)
    for _ in range(2):
        answer = await ann.ask(f"/api/jobs/{job_id}/cancel", "POST")
        job = answer.json()
        assert (answer.status_code, job["status"], job["lines_read"]) == (200, "cancelled", 8)
        assert (job["error_message"], job["notice"]) == ("cancelled by its owner", None)
        assert job["failed_at"] is not None
        assert job == await ann.get(f"/api/jobs/{job_id}")
    assert [(progress.job_id, progress.status, progress.lines_read) for progress in told] == [(job_id, "cancelled", 8)]
    assert await actions(ann, job_id) == ["job.cancel"]


@pytest.mark.parametrize("status", ENDED)
async def test_an_ended_job_cannot_be_cancelled(ann: Owner, seed: Seed, told: list[JobProgress], status: str) -> None:
    job_id = await seed.job(ann.user_id, status=status, lines_read=3)
    answer = await ann.ask(f"/api/jobs/{job_id}/cancel", "POST")
    assert (answer.status_code, answer.json()["title"]) == (409, "Job ended")
    assert status in answer.json()["detail"]
    assert (await ann.get(f"/api/jobs/{job_id}"))["lines_read"] == 3
    assert (told, await actions(ann, job_id)) == ([], [])


async def test_cancelling_does_not_wait_for_who_stores_a_batch(ann: Owner, seed: Seed, database: Database) -> None:
    job_id = await seed.job(ann.user_id, status="processing")
    async with database.transaction() as worker:
        await worker.execute("INSERT INTO batches VALUES ($1, 0, 1, 1, 1, 0, '2025-06-01')", job_id)
        async with asyncio.timeout(5):
            assert (await ann.ask(f"/api/jobs/{job_id}/cancel", "POST")).status_code == 200
    assert (await ann.get(f"/api/jobs/{job_id}"))["status"] == "cancelled"


async def test_what_is_being_replayed_of_a_cancelled_job_waits_again(
    ann: Owner, seed: Seed, execute: Callable[..., Any]
) -> None:
    job_id = await seed.job(ann.user_id, status="processing", lines_dead_lettered=2)
    await enter_letter(execute, job_id)
    assert (await ann.ask(f"/api/jobs/{job_id}/retry", "POST")).status_code == 202
    assert (await ann.ask(f"/api/jobs/{job_id}/cancel", "POST")).status_code == 200
    assert await execute("SELECT state FROM dead_letters WHERE job_id = $1", job_id) == "waiting"
    assert (await ann.ask(f"/api/jobs/{job_id}/retry", "POST")).status_code == 409


async def test_its_upload_ends(ann: Owner, seed: Seed, database: Database) -> None:
    registry, jobs = UploadRegistry(database), [await seed.job(ann.user_id) for _ in range(2)]
    for job_id in jobs:
        await registry.keep_alive([Alive(job_id, 10, 5, "The upload waits.")])
    assert (await ann.get(f"/api/jobs/{jobs[0]}"))["notice"] == "The upload waits."
    await ann.ask(f"/api/jobs/{jobs[0]}/cancel", "POST")
    await ann.ask(f"/api/jobs/{jobs[1]}", "DELETE")
    for job_id in jobs:
        with pytest.raises(JobNotReceiving):
            await registry.keep_alive([Alive(job_id, 20, 10)])
        await registry.interrupt(job_id, 20, 10, "no")
    job = await ann.get(f"/api/jobs/{jobs[0]}")
    assert (job["status"], job["lines_read"], job["error_message"]) == ("cancelled", 0, "cancelled by its owner")


async def test_a_retry_replays_the_jobs_own_letters(ann: Owner, seed: Seed, execute: Callable[..., Any]) -> None:
    job_id, other = [
        await seed.job(ann.user_id, status="completed_with_errors", lines_dead_lettered=4) for _ in range(2)
    ]
    for batch_no in (1, 2):
        await enter_letter(execute, job_id, batch_no)
        await enter_letter(execute, other, batch_no)
    answer = await ann.ask(f"/api/jobs/{job_id}/retry", "POST")
    replay = answer.json()
    assert (answer.status_code, replay["status"], replay["total"], replay["waiting"]) == (202, "running", 2, 2)
    assert (await ann.get(replay["links"]["self"]))["replay_id"] == replay["replay_id"]
    states = "SELECT array_agg(DISTINCT state) FROM dead_letters WHERE job_id = $1"
    assert (await execute(states, job_id), await execute(states, other)) == (["replaying"], ["waiting"])
    assert (await actions(ann, job_id), await actions(ann, other)) == (["job.retry"], [])
    again = await ann.ask(f"/api/jobs/{job_id}/retry", "POST")
    assert (again.status_code, "being replayed already" in again.json()["detail"]) == (409, True)


NOTHING_TO_RETRY = [
    ("completed", None, "Every line of it is stored."),
    ("completed", "stored", "stored already"),
    ("completed_with_errors", None, "rejected lines stay"),
    ("completed_with_errors", "discarded", "discarded"),
    ("failed", None, "Send its file again."),
    ("interrupted", None, "Its upload broke off."),
    ("cancelled", None, "It was cancelled."),
    ("cancelled", "waiting", "of a cancelled job"),
    ("processing", None, "None of it is dead-lettered."),
]


async def test_where_there_is_nothing_to_retry_it_says_why(ann: Owner, seed: Seed, execute: Callable[..., Any]) -> None:
    for status, letter, said in NOTHING_TO_RETRY:
        job_id = await seed.job(ann.user_id, status=status)
        if letter is not None:
            await enter_letter(execute, job_id, state=letter)
        answer = await ann.ask(f"/api/jobs/{job_id}/retry", "POST")
        assert (answer.status_code, answer.json()["title"]) == (409, "Nothing to retry"), status
        assert said in answer.json()["detail"], (status, letter)


@pytest.mark.parametrize("status", [*UNDER_WAY, *ENDED, "cancelled"])
async def test_a_deleted_job_leaves_nothing(
    ann: Owner, seed: Seed, database: Database, execute: Callable[..., Any], told: list[JobProgress], status: str
) -> None:
    removed, kept = [await seed.job(ann.user_id, status=status, lines_read=2) for _ in range(2)]
    for job_id in (removed, kept):
        await seed.batch(job_id, 0, [Record(1), Rejected(2)])
        await seed.rollups(job_id, [RollupRow("level", minute(0), "info", 1)])
        await execute("INSERT INTO partials VALUES ($1, 0, '')", job_id)
        await enter_letter(execute, job_id)
    answer = await ann.ask(f"/api/jobs/{removed}", "DELETE")
    assert (answer.status_code, answer.content) == (204, b"")
    for table in TABLES:
        assert await execute(f"SELECT count(*) FROM {table} WHERE job_id = $1", removed) == 0, table
    assert await execute("SELECT count(*) FROM removed_jobs WHERE job_id = $1", removed) == 1
    assert await execute("SELECT count(*) FROM job_tombstones WHERE job_id = $1", removed) == 1
    assert (await ann.get(f"/api/jobs/{kept}"))["status"] == status
    assert await execute("SELECT count(*) FROM dead_letters WHERE job_id = $1", kept) == 1
    for path, method in ((f"/api/jobs/{removed}", "DELETE"), (f"/api/jobs/{removed}", "GET")):
        assert (await ann.ask(path, method)).status_code == 404
    (progress,) = told
    assert (progress.job_id, progress.status, progress.error_message) == (removed, "cancelled", "the job was removed")
    assert await actions(ann, removed) == ["job.delete", "job.cancel"][: 2 if status in UNDER_WAY else 1]


async def test_deleting_waits_for_who_stores_a_batch_and_no_longer(
    ann: Owner, seed: Seed, database: Database, execute: Callable[..., Any]
) -> None:
    job_id = await seed.job(ann.user_id, status="processing")
    async with database.transaction() as worker:
        await worker.execute("INSERT INTO batches VALUES ($1, 0, 1, 1, 1, 0, '2025-06-01')", job_id)
        deleting = asyncio.create_task(ann.ask(f"/api/jobs/{job_id}", "DELETE"))
        async with asyncio.timeout(5):
            while await execute("SELECT status FROM jobs WHERE job_id = $1", job_id) != "cancelled":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert not deleting.done()
        assert await actions(ann, job_id) == ["job.cancel"]
    assert (await deleting).status_code == 204
    assert await execute("SELECT count(*) FROM batches WHERE job_id = $1", job_id) == 0


@pytest.mark.parametrize(("path", "method"), [("/cancel", "POST"), ("/retry", "POST"), ("", "DELETE")])
async def test_anothers_job_stays_as_it_is(
    ann: Owner, bob: Owner, seed: Seed, execute: Callable[..., Any], path: str, method: str
) -> None:
    job_id = await seed.job(bob.user_id, status="processing", lines_read=5)
    await enter_letter(execute, job_id)
    before = await bob.get(f"/api/jobs/{job_id}")
    assert (await ann.ask(f"/api/jobs/{job_id}{path}", method)).status_code == 404
    assert await bob.get(f"/api/jobs/{job_id}") == before
    assert await execute("SELECT state FROM dead_letters WHERE job_id = $1", job_id) == "waiting"
