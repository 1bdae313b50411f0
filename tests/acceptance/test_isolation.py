"""A batch that ends every process that touches it: its neighbours are stored, and it alone is dead-lettered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

import pytest

from shared.attempts import LOST
from shared.topology import BULK_QUEUE, DEAD_LETTER_QUEUE, INGEST_QUEUE, ISOLATION_QUEUE, RETRY_QUEUE
from tests.support.broker import open_channel, wait_for_messages, waiting
from tests.support.by_hand import Database, enter_job, fetch_job, line_batch, publish, wait_for_value
from tests.support.suite import POLL_SECONDS, Service, Suite
from tests.support.workers import IN_PROGRESS, settled_as, until, until_settled

DEADLY = b"deadly text\n"
HARMLESS = b"harmless text\n"
LIMIT = {
    "LOGMILL_ISOLATED_DELIVERY_LIMIT": "1",
    "LOGMILL_RETRY_DELAY_SECONDS": "0.1",
    "LOGMILL_DATABASE_LOCK_TIMEOUT_SECONDS": "0.2",
}
CRASHES = {**LIMIT, "LOGMILL_CRASH_POINTS": "worker.parsing~deadly text"}
ENDED = ("completed", "completed_with_errors", "failed")


@asynccontextmanager
async def connected(suite: Suite) -> AsyncIterator[Database]:
    database = await suite.connect()
    try:
        yield database
    finally:
        await database.close()


async def publish_batches(suite: Suite, job_id: UUID, batches: int, deadly: set[int]) -> None:
    """Batches of a line each; every third goes to the bulk queue."""
    async with open_channel(suite) as channel:
        for number in range(batches):
            message = line_batch(job_id, number, DEADLY if number in deadly else HARMLESS)
            await publish(channel, message, BULK_QUEUE if number % 3 == 0 else INGEST_QUEUE)


async def restart_workers(suite: Suite, database: Database, job_id: UUID, settings: dict[str, str]) -> int:
    """Keeps two workers alive until the job has ended; how many of them died."""
    async with asyncio.timeout(90):
        while (await fetch_job(database, job_id))["status"] not in ENDED:
            for _ in range(2 - len(suite.workers)):
                suite.start("worker", **settings)
            await asyncio.sleep(POLL_SECONDS)
    return sum(service.name == "worker" and service.process.poll() is not None for service in suite.services)


@pytest.mark.timeout(150)
@pytest.mark.parametrize(("batches", "deadly", "concurrency"), [(1000, {300}, 1), (1000, {300}, 8), (40, {0, 20}, 2)])
async def test_poison_among_innocents(own_suite: Suite, batches: int, deadly: set[int], concurrency: int) -> None:
    settings = {**CRASHES, "WORKER_CONCURRENCY": str(concurrency)}
    own_suite.start("aggregator", **LIMIT).wait_ready()
    async with connected(own_suite) as database:
        job_id = await enter_job(database, lines=batches, batches=batches)
        await publish_batches(own_suite, job_id, batches, deadly)
        deaths = await restart_workers(own_suite, database, job_id, settings)
        job = await fetch_job(database, job_id)
        letters = await database.fetch("SELECT * FROM dead_letters ORDER BY batch_no")
        stored = await database.fetchval("SELECT count(DISTINCT line_no) FROM log_records")
        assert await database.fetchval("SELECT count(*) FROM log_records") == stored
    assert job["status"] == "completed_with_errors"
    assert (job["lines_stored"], job["lines_dead_lettered"]) == (batches - len(deadly), len(deadly))
    assert stored == batches - len(deadly)
    assert {letter["batch_no"] for letter in letters} == deadly
    assert {letter["reason"] for letter in letters} == {"delivery_limit"}
    assert all(LOST in letter["attempts"] for letter in letters)
    assert deaths <= 3 * len(deadly), "one among others, and two alone"


@pytest.mark.timeout(120)
async def test_what_a_killed_worker_had_in_hand_runs_alone_next(own_suite: Suite) -> None:
    own_suite.start("aggregator", **LIMIT).wait_ready()
    async with connected(own_suite) as database, connected(own_suite) as holder:
        job_id = await enter_job(database, lines=8, batches=8)
        async with holder.transaction():
            await holder.execute("LOCK TABLE batches IN EXCLUSIVE MODE")
            await publish_batches(own_suite, job_id, 8, deadly=set())
            worker = own_suite.start("worker", **LIMIT).wait_ready()
            async with open_channel(own_suite) as channel:
                await until(worker, "two to be at work", lambda: worker.metric(IN_PROGRESS) == 2)
                await wait_for_messages(channel, 1, INGEST_QUEUE, BULK_QUEUE)
            worker.kill()
        other = own_suite.start("worker", **LIMIT).wait_ready()
        await wait_for_value(database, "completed", "SELECT status FROM jobs WHERE job_id = $1", job_id)
    assert settled_as(other, "isolated") == 7
    assert settled_as(other, "stored") == 8
    assert other.stop() == 0


@pytest.mark.timeout(120)
async def test_nothing_runs_beside_one_that_runs_alone(own_suite: Suite) -> None:
    """The one waits for its job's row; the others, of another job, could be stored."""
    own_suite.start("aggregator", **LIMIT).wait_ready()
    async with connected(own_suite) as database, connected(own_suite) as holder:
        alone = await enter_job(database, lines=1, batches=1)
        others = await enter_job(database, lines=6, batches=6)
        worker = own_suite.start("worker", **LIMIT).wait_ready()
        async with open_channel(own_suite) as channel, holder.transaction():
            await holder.execute("SELECT FROM jobs WHERE job_id = $1 FOR UPDATE", alone)
            await publish(channel, line_batch(alone, 0, HARMLESS), ISOLATION_QUEUE)
            await until(worker, "it to be at work", partial(is_at_work, worker))
            for number in range(6):
                await publish(channel, line_batch(others, number, HARMLESS))
            await wait_for_messages(channel, 2, INGEST_QUEUE)
            assert worker.metric(IN_PROGRESS) == 1
            assert await database.fetchval("SELECT count(*) FROM batches") == 0
        await until_settled(worker, "stored", 7)
        assert settled_as(worker, "isolated") == 0


@pytest.mark.timeout(120)
async def test_no_more_are_fetched_than_can_be_settled(own_suite: Suite) -> None:
    """Without the retry queue no failed batch can be passed on: the others stay where they are."""
    worker = own_suite.start("worker", **LIMIT).wait_ready()
    async with connected(own_suite) as database, open_channel(own_suite) as channel:
        job_id = await enter_job(database, lines=5, batches=5)
        await channel.queue_delete(RETRY_QUEUE)
        for number in range(5):
            await publish(channel, line_batch(job_id, number, HARMLESS, {"format": "nonsense"}), ISOLATION_QUEUE)
        await until(worker, "some tries", lambda: worker.read_log().count("RabbitMQ takes no message") >= 3)
        assert await waiting(channel, ISOLATION_QUEUE) == 4
        assert worker.stop() == 0
        await wait_for_messages(channel, 5, ISOLATION_QUEUE)
        other = own_suite.start("worker", **LIMIT).wait_ready()
        await until_settled(other, "dead_lettered", 5)


@pytest.mark.timeout(120)
async def test_a_stop_gives_it_back_to_where_it_runs_alone(own_suite: Suite) -> None:
    own_suite.start("aggregator", **LIMIT).wait_ready()
    async with connected(own_suite) as database, connected(own_suite) as holder:
        job_id = await enter_job(database, lines=1, batches=1)
        worker = own_suite.start("worker", **LIMIT).wait_ready()
        async with open_channel(own_suite) as channel:
            async with holder.transaction():
                await holder.execute("SELECT FROM jobs WHERE job_id = $1 FOR UPDATE", job_id)
                await publish(channel, line_batch(job_id, 0, HARMLESS), ISOLATION_QUEUE)
                for _ in range(3):  # more than the limit
                    await until(worker, "it to be at work", partial(is_at_work, worker))
                    assert worker.stop() == 0
                    await wait_for_messages(channel, 1, ISOLATION_QUEUE)
                    assert await waiting(channel, INGEST_QUEUE, RETRY_QUEUE, DEAD_LETTER_QUEUE) == 0
                    worker = own_suite.start("worker", **LIMIT).wait_ready()
            await until_settled(worker, "stored", 1)


def is_at_work(worker: Service) -> bool:
    return worker.metric(IN_PROGRESS) == 1
