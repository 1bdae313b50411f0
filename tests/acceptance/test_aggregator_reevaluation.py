"""What comes of an ended job afterwards: its numbers stay true, and so does its end."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.support.by_hand import Database, enter_job, fetch_job, store_batch, wait_for_value
from tests.support.suite import Suite

THEN = datetime(2024, 5, 1, tzinfo=UTC)
LETTER = (
    "INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, line_count, reason, detail, headers, body)"
    " VALUES (gen_random_uuid(), $1, $2, $3, 'told', '', '{}', 'body')"
)
FAILED: dict[str, Any] = {"status": "failed", "failed_at": THEN}
CANCELLED: dict[str, Any] = {"status": "cancelled", "failed_at": THEN, "error_message": "cancelled by its owner"}

# of a job with 10 lines in 2 batches: its columns before; then, after its first batch of 4 lines was stored: status,
# message, lines_read, completed, failed
CASES: list[tuple[dict[str, Any], tuple[object, ...]]] = [
    ({**FAILED, "error_message": "2 of 2 batches never arrived"}, ("failed", "1 of 2 batches never arrived", 10, 0, 1)),
    (CANCELLED, ("cancelled", "cancelled by its owner", 4, 0, 1)),
    ({**CANCELLED, "sealed_at": None, "batches_total": None}, ("cancelled", "cancelled by its owner", 4, 0, 1)),
    (
        {"status": "interrupted", "failed_at": THEN, "sealed_at": None, "batches_total": None, "lines_read": 3},
        ("interrupted", None, 4, 0, 1),
    ),
    (
        {**FAILED, "error_message": "cut", "input_error": "cut", "lines_read": 4, "batches_total": 1},
        ("failed", "cut", 4, 0, 1),
    ),
    ({**FAILED, "error_message": "odd", "lines_read": 4, "batches_total": 1}, ("completed", None, 4, 1, 0)),
    (
        {"status": "processing", "lines_read": 5, "batches_total": 1},
        ("failed", "5 lines read, but 4 accounted for", 5, 0, 1),
    ),
]


async def test_what_comes_late_is_told(own_suite: Suite) -> None:
    aggregator = own_suite.start("aggregator").wait_ready()
    database = await own_suite.connect()
    try:
        jobs = [await enter_job(database, **{"lines": 10, "batches": 2, **columns}) for columns, _ in CASES]
        for job_id in jobs:
            await store_batch(database, job_id, 0, 4)
        for job_id, (_, expected) in zip(jobs, CASES, strict=True):
            await wait_for_value(database, 4, "SELECT lines_stored::int FROM jobs WHERE job_id = $1", job_id)
            assert await ending(database, job_id) == expected
        endings = {
            status: aggregator.metric("logmill_aggregator_jobs_total", status=status)
            for status in ("completed", "failed")
        }
        assert endings == {"completed": 1, "failed": 1}
    finally:
        await database.close()


async def ending(database: Database, job_id: UUID) -> tuple[object, ...]:
    job = await fetch_job(database, job_id)
    times = [int(job[name] is not None) for name in ("completed_at", "failed_at")]
    return (job["status"], job["error_message"], job["lines_read"], *times)


async def test_a_letter_is_stored_when_its_batch_is_counted_not_before(own_suite: Suite) -> None:
    """More partials than one fold takes: at any time each line is in one of the places."""
    database = await own_suite.connect()
    try:
        own_suite.start("aggregator", LOGMILL_FOLD_BATCHES="1", LOGMILL_FOLD_INTERVAL_SECONDS="0.05").wait_ready()
        job_id = await enter_job(database, lines=40, batches=10)
        for number in range(10):
            await database.execute(LETTER, job_id, number, 4)
        await wait_for_value(database, "completed_with_errors", "SELECT status FROM jobs WHERE job_id = $1", job_id)
        async with database.transaction():
            await database.execute("UPDATE dead_letters SET state = 'discarded', body = '' WHERE batch_no = 9")
            for number in range(10):
                await store_batch(database, job_id, number, 4)
        seen = set()
        while (job := await fetch_job(database, job_id))["status"] != "completed":
            seen.add(job["lines_stored"])
            assert job["lines_stored"] + job["lines_dead_lettered"] == 40
        assert len(seen) > 1
        assert job["error_message"] is None
        states = await database.fetch("SELECT DISTINCT state, body FROM dead_letters")
        assert [tuple(row) for row in states] == [("stored", b"")]
    finally:
        await database.close()


async def test_a_letter_of_a_batch_that_the_job_does_not_have_is_none_of_the_jobs(own_suite: Suite) -> None:
    database = await own_suite.connect()
    try:
        own_suite.start("aggregator").wait_ready()
        job_id = await enter_job(database, lines=4, batches=1)
        await store_batch(database, job_id, 0, 4)
        await wait_for_value(database, "completed", "SELECT status FROM jobs WHERE job_id = $1", job_id)
        await database.execute(LETTER, job_id, 77, 10)
        await wait_for_value(database, 0, "SELECT count(*)::int FROM dead_letters WHERE job_id = $1", job_id)
        assert await database.fetchval("SELECT state FROM dead_letters WHERE batch_no = 77") == "waiting"
        job = await fetch_job(database, job_id)
        assert (job["status"], job["lines_dead_lettered"]) == ("completed", 0)
    finally:
        await database.close()
