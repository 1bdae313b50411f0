"""What is older than anybody wants it goes by itself; nothing else does."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.support.by_hand import (
    Database,
    enter_job,
    enter_letter,
    line_batch,
    store_batch,
    store_records,
    wait_for_value,
)
from tests.support.suite import Suite, wait_for

SETTINGS = {"LOGMILL_MAINTENANCE_INTERVAL_SECONDS": "0.1", "LOGMILL_RETENTION_DAYS": "7"}
HAS_JOB = "SELECT EXISTS (SELECT FROM jobs WHERE job_id = $1)"
HAS_TABLE = "SELECT to_regclass($1) IS NOT NULL"


def days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


@pytest.fixture
async def database(own_suite: Suite) -> AsyncIterator[Database]:
    """Migrated by an aggregator that keeps everything, and is gone."""
    assert own_suite.start("aggregator").wait_ready().stop() == 0
    connection = await own_suite.connect()
    yield connection
    await connection.close()


async def enter_ended(
    database: Database, *, ended: int, stored: int, status: str = "completed", batches: int = 1
) -> UUID:
    """A job that ended, and whose batch of one line was stored, that many days ago."""
    job_id = await enter_job(
        database,
        lines=1,
        batches=batches,
        status=status,
        created_at=days_ago(ended),
        sealed_at=days_ago(ended),
        completed_at=days_ago(ended),
        batches_folded=1,
        batches_done=1,
        lines_stored=1,
    )
    await store_batch(database, job_id, 0, 1, stored_at=days_ago(stored))
    await database.execute("DELETE FROM partials")
    return job_id


async def test_expired_jobs_go_with_all_they_have(own_suite: Suite, database: Database) -> None:
    """The oldest are looked at first: those that stay were not just left for later."""
    acted_on = await enter_ended(database, ended=12, stored=12)
    await enter_letter(database, line_batch(acted_on, 1, b"one\n"))
    kept = {
        acted_on,
        await enter_ended(database, ended=6, stored=6),
        await enter_ended(database, ended=12, stored=6),
        await enter_ended(database, ended=12, stored=12, status="processing", batches=2),
    }
    expired = [await enter_ended(database, ended=9, stored=8) for _ in range(3)]
    aggregators = [own_suite.start("aggregator", **SETTINGS) for _ in range(2)]
    for aggregator in aggregators:
        aggregator.wait_ready()
    for job_id in expired:
        await wait_for_value(database, False, HAS_JOB, job_id)
    assert await database.fetchval("SELECT count(*) FROM job_tombstones") == 3
    assert {row["job_id"] for row in await database.fetch("SELECT job_id FROM jobs")} == kept
    removed = "logmill_aggregator_expired_jobs_total"
    wait_for("all to be counted", lambda: sum(aggregator.metric(removed) for aggregator in aggregators) == 3)


async def test_days_nothing_leads_to_are_dropped(own_suite: Suite, database: Database) -> None:
    led_to = await enter_ended(database, ended=1, stored=10)
    partitions = {
        days: await store_records(database, led_to, days_ago(days).date(), 5) for days in (0, 1, 2, 6, 8, 9, 10)
    }
    reader = await own_suite.connect()
    try:
        async with reader.transaction():
            await reader.fetch(f"SELECT FROM {partitions[9]} LIMIT 1")
            own_suite.start("aggregator", **SETTINGS).wait_ready()
            await wait_for_value(database, False, HAS_TABLE, partitions[8])
            assert await database.fetchval("SELECT count(*) FROM log_records") == 5 * 6
            assert await database.fetchval(HAS_TABLE, partitions[9])
        await wait_for_value(database, False, HAS_TABLE, partitions[9])
    finally:
        await reader.close()
    left = {days for days, name in partitions.items() if await database.fetchval(HAS_TABLE, name)}
    assert left == {0, 1, 2, 6, 10}


async def test_what_is_kept_of_removed_things_goes_in_the_end(own_suite: Suite, database: Database) -> None:
    """At the start, and once an hour."""
    for statement in (
        "INSERT INTO job_tombstones (job_id, removed_at) SELECT gen_random_uuid(), now() - days * interval '1 day'"
        " FROM unnest('{29, 31}'::int[]) AS days",
        "INSERT INTO audit_events (action, happened_at) SELECT 'job.delete', now() - days * interval '1 day'"
        " FROM unnest('{364, 366}'::int[]) AS days",
    ):
        await database.execute(statement)
    own_suite.start("aggregator").wait_ready()
    await wait_for_value(database, 1, "SELECT count(*)::int FROM job_tombstones")
    await wait_for_value(database, 1, "SELECT count(*)::int FROM audit_events")


LETTERS = [("waiting", 6), ("waiting", 8), ("discarded", 6), ("discarded", 8), ("discarded", 91), ("waiting", 400)]
KEPT = [
    ({}, {("waiting", 6), ("waiting", 8), ("discarded", 6), ("discarded", 8), ("waiting", 400)}),
    (SETTINGS, {("waiting", 6), ("discarded", 6)}),
]


@pytest.mark.parametrize(("settings", "kept"), KEPT)
async def test_letters_of_no_job_go_in_the_end(
    own_suite: Suite, database: Database, settings: dict[str, str], kept: set[tuple[str, int]]
) -> None:
    """Those of jobs go with their jobs."""
    job_id = await enter_job(database, lines=1, batches=1000)
    for of, letters in ((None, LETTERS), (job_id, [("discarded", 500)])):
        await database.execute(
            "INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, reason, detail, headers, body, state,"
            " line_count, changed_at) SELECT gen_random_uuid(), $1, days, '', '', '{}', '', state, days,"
            " now() - days * interval '1 day' FROM unnest($2::text[], $3::int[]) AS letter (state, days)",
            of,
            [state for state, _ in letters],
            [days for _, days in letters],
        )
    own_suite.start("aggregator", **settings).wait_ready()
    await wait_for_value(database, len(kept) + 1, "SELECT count(*)::int FROM dead_letters")
    left = await database.fetch("SELECT state, line_count FROM dead_letters WHERE job_id IS NULL")
    assert {tuple(row) for row in left} == kept
