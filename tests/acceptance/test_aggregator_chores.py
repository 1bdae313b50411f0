"""Housekeeping: lost batches end their job, and no chore waits for another."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeAlias
from uuid import UUID

import aio_pika
import asyncpg
import pytest

from shared.identifiers import new_job_id
from shared.summary import Summary, encode_summary
from shared.topology import BULK_QUEUE, DEAD_LETTER_QUEUE, INGEST_QUEUE, ISOLATION_QUEUE, RETRY_QUEUE
from tests.support.by_hand import enter_job, wait_for_status
from tests.support.suite import POLL_SECONDS, READY_SECONDS, Service, Suite
from tests.support.user import User

STAYS_THERE = {"LOGMILL_RETRY_DELAY_SECONDS": "3600"}
QUICK = {"LOGMILL_MAINTENANCE_INTERVAL_SECONDS": "0.1", **STAYS_THERE}
MORE_THAN_THE_PREFETCH = 6
LONG_AGO = timedelta(hours=2)

Database: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def database(own_suite: Suite) -> AsyncIterator[Database]:
    own_suite.start("api", **STAYS_THERE).wait_ready()
    connection = await own_suite.connect()
    yield connection
    await connection.close()


@pytest.fixture
async def channel(own_suite: Suite) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    async with await aio_pika.connect(own_suite.environment["RABBITMQ_URL"]) as connection:
        yield await connection.channel(on_return_raises=True)


async def enter(database: Database, user: User, *, lines: int, sealed_at: datetime, batches: int = 12) -> UUID:
    """A job in processing of which ten batches were folded."""
    job_id = new_job_id()
    await database.execute(
        "INSERT INTO jobs (job_id, owner_id, source, file_name, status, batches_total, batches_folded, batches_done,"
        " lines_read, sealed_at) VALUES ($1, $2, 'upload', 'by hand', 'processing', $3, 10, 10, $4, $5)",
        job_id,
        UUID(user.get("/auth/me")["user_id"]),
        batches,
        lines,
        sealed_at,
    )
    return job_id


def failed(aggregator: Service) -> float:
    return aggregator.metric("logmill_aggregator_jobs_total", status="failed")


async def test_a_job_whose_batches_are_lost_fails(own_suite: Suite, database: Database) -> None:
    with User(own_suite.api_url) as user:
        job_id = await enter(database, user, lines=99, sealed_at=datetime.now(UTC))
        with user.stream(f"/stream/{job_id}") as stream:
            aggregator = own_suite.start("aggregator", **QUICK, LOGMILL_STUCK_AFTER_SECONDS="1").wait_ready()
            last = list(stream)[-1]
        job = user.job(str(job_id))
    assert (last.name, last.data["error_message"]) == ("failed", "2 of 12 batches never arrived")
    assert (job["status"], job["error_message"]) == ("failed", "2 of 12 batches never arrived")
    assert job["lines_read"] == 99
    assert failed(aggregator) == 1
    assert '"level": "error"' in aggregator.read_log()


async def test_a_slow_job_is_not_a_stuck_one(
    own_suite: Suite, database: Database, channel: aio_pika.abc.AbstractChannel
) -> None:
    """Batches wait in a queue: nobody works, so nobody can say that its own never come."""
    # Nothing can be recorded: what is more than the recorder holds waits in the dead-letter queue.
    await database.execute("ALTER TABLE dead_letters ADD CONSTRAINT none CHECK (false) NOT VALID")
    with User(own_suite.api_url) as user:
        job_id = await enter(database, user, lines=99, sealed_at=datetime.now(UTC) - LONG_AGO)
        await put_into(channel, RETRY_QUEUE)
        aggregator = own_suite.start("aggregator", **QUICK, LOGMILL_STUCK_AFTER_SECONDS="0.3").wait_ready()
        for queue, following in pairwise((RETRY_QUEUE, INGEST_QUEUE, BULK_QUEUE, ISOLATION_QUEUE, DEAD_LETTER_QUEUE)):
            await wait_for_looks(database, 8)
            assert user.job(str(job_id))["status"] == "processing", queue
            await put_into(channel, following)
            await (await channel.get_queue(queue)).purge()
        await wait_for_looks(database, 8)
        assert user.job(str(job_id))["status"] == "processing"
        assert failed(aggregator) == 0
        await database.execute("ALTER TABLE dead_letters DROP CONSTRAINT none")
        assert user.wait(str(job_id))["status"] == "failed"


async def put_into(channel: aio_pika.abc.AbstractChannel, queue: str) -> None:
    for _ in range(MORE_THAN_THE_PREFETCH):
        await channel.default_exchange.publish(aio_pika.Message(b"waits"), queue)


async def test_a_day_of_busy_queues_is_enough(
    own_suite: Suite, database: Database, channel: aio_pika.abc.AbstractChannel
) -> None:
    """Where later jobs are through; else nobody works, or not on what came so late."""
    await put_into(channel, INGEST_QUEUE)

    async def enter_at(hours_ago: int, status: str = "processing") -> UUID:
        at = datetime.now(UTC) - timedelta(hours=hours_ago)
        return await enter_job(database, lines=1, batches=1, status=status, created_at=at, sealed_at=at)

    lost = await enter_at(27)
    await enter_at(26, "completed")
    later, recent = await enter_at(25), await enter_at(23)
    await enter_at(1, "completed_with_errors")
    aggregator = own_suite.start("aggregator", **QUICK).wait_ready()
    job = await wait_for_status(database, lost, "failed")
    assert job["error_message"] == "1 of 1 batches never arrived"
    await wait_for_status(database, later, "failed")
    await wait_for_looks(database, 3)
    assert failed(aggregator) == 2
    await wait_for_status(database, recent, "processing")


async def test_jobs_nobody_works_on_are_left_alone_for_however_long(
    own_suite: Suite, database: Database, channel: aio_pika.abc.AbstractChannel
) -> None:
    await put_into(channel, INGEST_QUEUE)
    with User(own_suite.api_url) as user:
        job_id = await enter(database, user, lines=9, sealed_at=datetime.now(UTC) - timedelta(days=9))
        aggregator = own_suite.start("aggregator", **QUICK).wait_ready()
        await wait_for_looks(database, 5)
        assert user.job(str(job_id))["status"] == "processing"
    assert failed(aggregator) == 0


async def test_a_job_that_lacks_nothing_is_not_said_to(own_suite: Suite, database: Database) -> None:
    """Its counters are behind its tables, as no crash leaves them: somebody took a partial away, or marked a letter."""
    with User(own_suite.api_url) as user:
        whole = await enter(database, user, lines=10, sealed_at=datetime.now(UTC) - LONG_AGO, batches=11)
        unsummed = await enter(database, user, lines=11, sealed_at=datetime.now(UTC) - LONG_AGO, batches=11)
        for job_id in (whole, unsummed):
            await database.execute(
                "INSERT INTO batches SELECT $1, number, 1 + number, 1, 1, 0, current_date, now() - interval '1 day'"
                " FROM generate_series(0, 10) AS number WHERE number < 10 OR $2",
                job_id,
                job_id == unsummed,
            )
            summary = encode_summary(Summary(records=10, lines_stored=10))
            await database.execute("INSERT INTO job_stats VALUES ($1, $2, now() - interval '1 day')", job_id, summary)
        await database.execute(
            "INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, reason, detail, headers, body, folded_at,"
            " dead_lettered_at) VALUES (gen_random_uuid(), $1, 10, '', '', '{}', '', now(), now() - interval '1 day')",
            whole,
        )
        own_suite.start("aggregator", **QUICK, LOGMILL_STUCK_AFTER_SECONDS="0.3").wait_ready()
        messages = {user.wait(str(job_id))["error_message"] for job_id in (whole, unsummed)}
    assert messages == {
        "of 10 lines, the rest of an over-long one dead-lettered",
        "11 lines read, but 10 accounted for",
    }


async def test_a_job_that_something_happened_to_is_left_alone(own_suite: Suite, database: Database) -> None:
    with User(own_suite.api_url) as user:
        long_ago = datetime.now(UTC) - LONG_AGO
        stored, dead, stuck = [await enter(database, user, lines=1, sealed_at=long_ago) for _ in range(3)]
        whole = await enter(database, user, lines=0, sealed_at=long_ago, batches=10)
        # An hour ahead, so that it is recent for as long as the test runs.
        await database.execute(
            "INSERT INTO batches (job_id, batch_no, first_line, line_count, lines_stored, lines_rejected, stored_on,"
            " stored_at) VALUES ($1, 0, 1, 1, 1, 0, current_date, now() + interval '1 hour')",
            stored,
        )
        await database.execute(
            "INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, reason, detail, headers, body, folded_at,"
            " dead_lettered_at) VALUES (gen_random_uuid(), $1, 0, '', '', '{}', '', now(), now() + interval '1 hour')",
            dead,
        )
        own_suite.start("aggregator", **QUICK, LOGMILL_STUCK_AFTER_SECONDS="0.3").wait_ready()
        assert user.wait(str(whole))["status"] == "completed"
        assert user.wait(str(stuck))["status"] == "failed"
        assert {user.job(str(job_id))["status"] for job_id in (stored, dead)} == {"processing"}


async def test_locked_partitions_hold_up_no_other_chore(own_suite: Suite, database: Database) -> None:
    """VACUUM's lock on every partition: only the fresh ones are tried at all, and the other chores go on."""
    partitions = [
        await database.fetchval("SELECT ensure_log_partition(current_date - $1::integer)", days) for days in (0, 1, 2)
    ]
    other = await own_suite.connect()
    try:
        with User(own_suite.api_url) as user:
            job_id = await enter(database, user, lines=0, sealed_at=datetime.now(UTC))
            async with database.transaction():
                for partition in partitions:
                    await database.execute(f"LOCK TABLE {partition} IN SHARE UPDATE EXCLUSIVE MODE")
                aggregator = own_suite.start("aggregator", **QUICK).wait_ready()
                await other.execute(
                    "UPDATE jobs SET status = 'receiving', receiving_seen_at = now() - interval '1 day'"
                    " WHERE job_id = $1",
                    job_id,
                )
                assert user.wait(str(job_id))["status"] == "interrupted"
                await wait_for_looks(other, 3)
                assert await waited_for(other, set(partitions[:2])) == set(partitions[:2])
    finally:
        await other.close()
    assert "work waits for a dependency" not in aggregator.read_log()


async def waited_for(database: Database, expected: set[str]) -> set[str]:
    """The tables somebody was seen waiting to lock, as soon as `expected` are among them."""
    seen: set[str] = set()
    async with asyncio.timeout(READY_SECONDS):
        while not seen >= expected:
            rows = await database.fetch(
                "SELECT relation::regclass::text AS name FROM pg_locks WHERE NOT granted AND"
                " database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            seen |= {row["name"] for row in rows}
    return seen


async def wait_for_looks(database: Database, count: int) -> None:
    """Returns after `count` more rounds of housekeeping, told by the sessions one of its chores drops."""
    user_id = await database.fetchval("SELECT user_id FROM users LIMIT 1")
    for _ in range(count):
        session = new_job_id()
        await database.execute(
            "INSERT INTO sessions (session_id, user_id, expires_at) VALUES ($1, $2, now() - interval '2 days')",
            session,
            user_id,
        )
        query = "SELECT EXISTS (SELECT FROM sessions WHERE session_id = $1)"
        async with asyncio.timeout(READY_SECONDS):
            while await database.fetchval(query, session):  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(POLL_SECONDS)
