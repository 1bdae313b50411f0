"""Dead letters tried again: what was dead-lettered is stored, once, and the job's numbers move with it."""

import asyncio
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import aio_pika
import msgspec
import pytest

from shared.events import JOB_KEYS
from shared.progress import JobProgress
from shared.topology import EVENTS_EXCHANGE, INGEST_QUEUE
from tests.support.by_hand import (
    Database,
    bury,
    cancel_replay,
    enter_job,
    enter_letter,
    fetch_job,
    line_batch,
    publish,
    start_replay,
    wait_for_status,
    wait_for_value,
)
from tests.support.suite import READY_SECONDS, Service, Suite, wait_for

GOOD = b"2024-05-01 12:00:00 INFO one\n2024-05-01 12:00:01 ERROR two failed\n"
SMALL_QUEUES = {"LOGMILL_MAX_QUEUE_BYTES": str(1024**2)}
BIG_LETTERS = 24
FRAME_BYTES = 131_000
"""Of RabbitMQ's 131,072; the header of a message has to fit into one."""
QUICK = {"LOGMILL_MAINTENANCE_INTERVAL_SECONDS": "0.1", "LOGMILL_STUCK_AFTER_SECONDS": "0.5"}
COUNT_STATES = "SELECT count(*)::int FROM dead_letters WHERE state = $1"
REPLAY_STATUS = "SELECT status FROM replays WHERE replay_id = $1"
ROLLUPS = "SELECT bucket, value, records FROM rollups WHERE job_id = $1 AND dimension = 'level' ORDER BY 1, 2"
RECOUNT = """
SELECT date_trunc('minute', logged_at) AS bucket, CASE severity WHEN 9 THEN 'info' ELSE 'error' END AS value, count(*)
FROM log_records WHERE job_id = $1 GROUP BY 1, 2 ORDER BY 1, 2
"""


@pytest.fixture
async def channel(own_suite: Suite) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    async with await aio_pika.connect(own_suite.environment["RABBITMQ_URL"]) as connection:
        yield await connection.channel(on_return_raises=True)


@pytest.fixture
async def database(own_suite: Suite) -> AsyncIterator[Database]:
    """Of a suite with one aggregator, whose queues are small."""
    own_suite.start("aggregator", **SMALL_QUEUES, **QUICK).wait_ready()
    connection = await own_suite.connect()
    yield connection
    await connection.close()


def jobs_ended(aggregator: Service, status: str) -> float:
    return aggregator.metric("logmill_aggregator_jobs_total", status=status)


def replayed(aggregator: Service) -> float:
    return aggregator.metric("logmill_aggregator_replayed_dead_letters_total")


def outcomes(suite: Suite, name: str) -> float:
    return sum(worker.metric("logmill_worker_batches_total", outcome=name) for worker in suite.workers)


async def enter_big_letters(database: Database) -> UUID:
    """More than a small queue takes."""
    job_id = await enter_job(database, lines=BIG_LETTERS, batches=BIG_LETTERS)
    for number in range(BIG_LETTERS):
        await enter_letter(database, line_batch(job_id, number, b64encode(os.urandom(120_000)) + b"\n"))
    await wait_for_status(database, job_id, "completed_with_errors")
    return job_id


async def test_what_was_dead_lettered_is_stored(
    own_suite: Suite, database: Database, channel: aio_pika.abc.AbstractChannel
) -> None:
    worker = own_suite.start("worker", **SMALL_QUEUES).wait_ready()
    events = await channel.declare_queue(exclusive=True)
    await events.bind(EVENTS_EXCHANGE, JOB_KEYS)
    job_id = await enter_job(database, lines=6, batches=3)
    await publish(channel, line_batch(job_id, 0, GOOD))
    for number in (1, 2):
        await bury(channel, line_batch(job_id, number, GOOD))
    broken = await wait_for_status(database, job_id, "completed_with_errors")
    assert (broken["lines_dead_lettered"], broken["error_message"]) == (4, "of 6 lines, 4 dead-lettered")

    replay_id = await start_replay(database, "job_id = $1", job_id)
    mended = await wait_for_status(database, job_id, "completed")
    await wait_for_value(database, "completed", REPLAY_STATUS, replay_id)
    assert (mended["lines_stored"], mended["lines_dead_lettered"], mended["error_message"]) == (6, 0, None)
    assert (mended["completed_at"], mended["failed_at"]) == (broken["completed_at"], None)
    assert await database.fetch(ROLLUPS, job_id) == await database.fetch(RECOUNT, job_id)
    letters = await database.fetch("SELECT state, body, replays FROM dead_letters")
    assert [tuple(letter) for letter in letters] == [("stored", b"", 1)] * 2
    counts = await told_last(events)
    assert (counts.lines_stored, counts.lines_dead_lettered) == (6, 0)
    aggregator = own_suite.aggregator
    assert [jobs_ended(aggregator, status) for status in ("completed_with_errors", "completed")] == [1, 1]
    assert (replayed(aggregator), outcomes(own_suite, "stored")) == (2, 3)
    assert worker.stop() == 0


async def told_last(events: aio_pika.abc.AbstractQueue) -> JobProgress:
    """The event that says the job is completed."""
    async with asyncio.timeout(READY_SECONDS), events.iterator(no_ack=True) as messages:
        async for message in messages:
            progress = msgspec.json.decode(message.body, type=JobProgress)
            if progress.status == "completed":
                return progress
    raise AssertionError("there are no more events")


async def test_a_letter_may_die_once_more(
    own_suite: Suite, database: Database, channel: aio_pika.abc.AbstractChannel
) -> None:
    worker = own_suite.start("worker", **SMALL_QUEUES).wait_ready()
    job_id = await enter_job(database, lines=2, batches=1)
    await bury(channel, line_batch(job_id, 0, GOOD, {"crc32": 1}))
    await wait_for_status(database, job_id, "completed_with_errors")
    before = await database.fetchval("SELECT dead_lettered_at FROM dead_letters")
    replay_id = await start_replay(database, "job_id = $1", job_id)
    await wait_for_value(database, "completed", REPLAY_STATUS, replay_id)
    (letter,) = await database.fetch("SELECT * FROM dead_letters")
    assert (letter["state"], letter["reason"], letter["replays"]) == ("waiting", "bad_checksum", 1)
    assert letter["dead_lettered_at"] > letter["published_at"] > before
    assert (await fetch_job(database, job_id))["status"] == "completed_with_errors"
    another = await start_replay(database, "job_id = $1", job_id)
    await wait_for_value(database, "completed", REPLAY_STATUS, another)
    counts = await database.fetch("SELECT published, stored, dead_again FROM replays WHERE status = 'completed'")
    assert [tuple(ended) for ended in counts] == [(1, 0, 1)] * 2
    assert jobs_ended(own_suite.aggregator, "completed_with_errors") == 1
    assert worker.stop() == 0


async def test_the_letters_of_a_cancelled_job_are_not_published(own_suite: Suite, database: Database) -> None:
    """As it is where somebody cancels the job while the replay begins: neither sees the other."""
    job_id = await enter_job(database, lines=2, batches=1, status="cancelled")
    await enter_letter(database, line_batch(job_id, 0, GOOD))
    replay_id = await start_replay(database, "job_id = $1", job_id)
    await wait_for_value(database, "completed", REPLAY_STATUS, replay_id)
    letters = await database.fetch("SELECT state, published_at FROM dead_letters")
    assert [tuple(letter) for letter in letters] == [("waiting", None)]
    assert replayed(own_suite.aggregator) == 0


async def test_a_full_queue_holds_a_replay_up_and_ends_none(own_suite: Suite, database: Database) -> None:
    job_id = await enter_big_letters(database)
    replay_id = await start_replay(database, "job_id = $1", job_id)
    aggregator = own_suite.aggregator
    wait_for("the queue to be full", lambda: '"work": "replays"' in aggregator.read_log())
    published = replayed(aggregator)
    assert 0 < published < BIG_LETTERS
    assert await database.fetchval(REPLAY_STATUS, replay_id) == "running"
    own_suite.start("worker", **SMALL_QUEUES).wait_ready()
    await wait_for_status(database, job_id, "completed")
    await wait_for_value(database, "completed", REPLAY_STATUS, replay_id)
    assert replayed(aggregator) == BIG_LETTERS


async def test_a_cancelled_replay_publishes_no_more(own_suite: Suite, database: Database) -> None:
    job_id = await enter_big_letters(database)
    replay_id = await start_replay(database, "job_id = $1", job_id)
    aggregator = own_suite.aggregator
    wait_for("the queue to be full", lambda: '"work": "replays"' in aggregator.read_log())
    await cancel_replay(database, replay_id)
    unpublished = await database.fetchval("SELECT count(*) FROM dead_letters WHERE published_at IS NULL")
    assert 0 < unpublished < BIG_LETTERS
    assert await database.fetchval(COUNT_STATES, "waiting") == unpublished
    own_suite.start("worker", **SMALL_QUEUES).wait_ready()
    await wait_for_value(database, BIG_LETTERS - unpublished, COUNT_STATES, "stored")
    assert await database.fetchval(COUNT_STATES, "waiting") == unpublished
    assert await database.fetchval(REPLAY_STATUS, replay_id) == "cancelled"
    assert (await fetch_job(database, job_id))["lines_dead_lettered"] == unpublished


async def test_two_aggregators_share_a_replay(own_suite: Suite, database: Database) -> None:
    letters = 200
    own_suite.start("aggregator", **SMALL_QUEUES)
    own_suite.start("worker", **SMALL_QUEUES)
    job_id = await enter_job(database, lines=2 * letters, batches=letters)
    for number in range(letters):
        await enter_letter(database, line_batch(job_id, number, GOOD))
    for service in own_suite.services:
        service.wait_ready()
    replay_id = await start_replay(database, "job_id = $1", job_id)
    job = await wait_for_status(database, job_id, "completed")
    await wait_for_value(database, "completed", REPLAY_STATUS, replay_id)
    assert (job["lines_stored"], job["lines_dead_lettered"]) == (2 * letters, 0)
    assert sum(replayed(aggregator) for aggregator in own_suite.named("aggregator")) == letters
    assert (outcomes(own_suite, "stored"), outcomes(own_suite, "duplicate")) == (letters, 0)
    assert await database.fetch(ROLLUPS, job_id) == await database.fetch(RECOUNT, job_id)


async def test_letters_that_never_come_back_end_their_replay(
    own_suite: Suite, database: Database, channel: aio_pika.abc.AbstractChannel
) -> None:
    """One no broker takes, one is given up however busy the queues are, one is lost with its queue: all wait again."""
    job_id = await enter_job(database, lines=6, batches=3)
    unpublishable = line_batch(job_id, 0, GOOD)
    unpublishable.type = "x" * 300
    for message in (unpublishable, line_batch(job_id, 1, GOOD), line_batch(job_id, 2, GOOD)):
        await enter_letter(database, message)
    await wait_for_status(database, job_id, "completed_with_errors")
    replay_id = await start_replay(database, "job_id = $1", job_id)
    await wait_for_value(database, 2, "SELECT count(published_at)::int FROM dead_letters")
    assert await database.fetchval(COUNT_STATES, "waiting") == 1
    await database.execute("UPDATE dead_letters SET published_at = now() - interval '1 day' WHERE batch_no = 1")
    await wait_for_value(database, 2, COUNT_STATES, "waiting")
    assert await database.fetchval(REPLAY_STATUS, replay_id) == "running"
    await (await channel.get_queue(INGEST_QUEUE)).purge()
    await wait_for_value(database, "completed", REPLAY_STATUS, replay_id)
    assert await database.fetchval(COUNT_STATES, "waiting") == 3
    job = await fetch_job(database, job_id)
    assert (job["status"], job["lines_dead_lettered"]) == ("completed_with_errors", 6)
    assert own_suite.aggregator.read_log().count("a dead letter cannot be published") == 1


async def test_an_older_copy_does_not_end_a_replay(database: Database, channel: aio_pika.abc.AbstractChannel) -> None:
    """The same batch dead-lettered twice, and recorded for the second time while a replay has it."""
    job_id = await enter_job(database, lines=2, batches=1)
    await bury(channel, line_batch(job_id, 0, GOOD))
    await wait_for_status(database, job_id, "completed_with_errors")
    replay_id = await start_replay(database, "job_id = $1", job_id)
    await bury(channel, line_batch(job_id, 0, GOOD, {"detail": "old"}))
    await wait_for_value(database, "old", "SELECT detail FROM dead_letters")
    assert await database.fetchval("SELECT state FROM dead_letters") == "replaying"
    other = {"detail": "other", "replay_id": str(uuid4())}
    await bury(channel, line_batch(job_id, 0, GOOD, other))
    await wait_for_value(database, "other", "SELECT detail FROM dead_letters")
    assert await database.fetchval("SELECT state FROM dead_letters") == "replaying"
    await bury(channel, line_batch(job_id, 0, GOOD, {"replay_id": str(replay_id)}))
    await wait_for_value(database, "waiting", "SELECT state FROM dead_letters")
    await wait_for_value(database, "completed", REPLAY_STATUS, replay_id)


async def test_a_letter_that_rabbitmq_refuses_holds_up_nobody(
    own_suite: Suite, database: Database, channel: aio_pika.abc.AbstractChannel
) -> None:
    """Its headers fill a frame, so that RabbitMQ ends the connection over them: among others, and alone."""
    own_suite.start("worker", **SMALL_QUEUES).wait_ready()
    first, second = await enter_job(database, lines=8, batches=4), await enter_job(database, lines=2, batches=1)
    too_large = line_batch(first, 1, GOOD, {"told": "x" * FRAME_BYTES})
    for message in (line_batch(first, 0, GOOD), too_large, line_batch(first, 2, GOOD), line_batch(first, 3, GOOD)):
        await enter_letter(database, message)
    await enter_letter(database, line_batch(second, 0, GOOD))
    replays = [await start_replay(database, "job_id = $1", job_id) for job_id in (first, second)]
    await wait_for_status(database, second, "completed")
    for replay_id in replays:
        await wait_for_value(database, "completed", REPLAY_STATUS, replay_id)
    job = await wait_for_status(database, first, "completed_with_errors")
    assert (job["lines_stored"], job["lines_dead_lettered"]) == (6, 2)
    (letter,) = await database.fetch("SELECT batch_no, attempts FROM dead_letters WHERE state = 'waiting'")
    assert letter["batch_no"] == 1
    assert letter["attempts"].count("it cannot be published: FRAME_ERROR") == 1


async def test_a_letter_of_no_job_has_one_row_however_often_it_is_replayed(
    own_suite: Suite, database: Database, channel: aio_pika.abc.AbstractChannel
) -> None:
    own_suite.start("worker", **SMALL_QUEUES).wait_ready()
    await enter_job(database, lines=1, batches=1)
    for _ in range(2):
        await publish(channel, aio_pika.Message(b"foreign"))
    await wait_for_value(database, 2, COUNT_STATES, "waiting")
    for _ in range(2):
        replay_id = await start_replay(database, "job_id IS NULL")
        await wait_for_value(database, "completed", REPLAY_STATUS, replay_id)
    letters = await database.fetch("SELECT state, reason, replays FROM dead_letters")
    assert [tuple(letter) for letter in letters] == [("waiting", "unknown_message", 2)] * 2
