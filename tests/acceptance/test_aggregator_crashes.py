"""An aggregator that is killed between two of its steps: the next one finds everything as it should be."""

import asyncio
import signal
from typing import Any

import aio_pika

from tests.support.by_hand import (
    bury,
    enter_job,
    fetch_job,
    line_batch,
    publish,
    start_replay,
    wait_for_status,
    wait_for_value,
)
from tests.support.suite import Suite, wait_for

GOOD = b"2024-05-01 12:00:00 INFO one\n2024-05-01 12:00:01 ERROR two\n"
ATTEMPT: dict[str, Any] = {"at": "2024-05-01T12:00:00+00:00", "error": "ValueError: told", "worker": "here:1"}
AFTER_RECORDING = ("aggregator.recorded", "aggregator.folding", "aggregator.folded")


async def killed_at(suite: Suite, crash_point: str) -> None:
    """An aggregator that ran until there."""
    aggregator = suite.start("aggregator", LOGMILL_CRASH_POINTS=crash_point)
    code = await asyncio.to_thread(aggregator.process.wait, 30)
    assert code == -signal.SIGKILL, aggregator.read_log()


async def test_a_crash_anywhere_changes_no_number(own_suite: Suite) -> None:
    worker = own_suite.start("worker").wait_ready()
    database = await own_suite.connect()
    async with await aio_pika.connect(own_suite.environment["RABBITMQ_URL"]) as connection:
        channel = await connection.channel(on_return_raises=True)
        job_id = await enter_job(database, lines=4, batches=2)
        await publish(channel, line_batch(job_id, 0, GOOD))
        await bury(channel, line_batch(job_id, 1, GOOD, {"attempts": [ATTEMPT]}))
    try:
        for crash_point in AFTER_RECORDING:
            await killed_at(own_suite, crash_point)
        wait_for("the other batch", lambda: worker.metric("logmill_worker_batches_total", outcome="stored") == 1)
        last = own_suite.start("aggregator").wait_ready()
        job = await wait_for_status(database, job_id, "completed_with_errors")
        assert (job["lines_stored"], job["lines_dead_lettered"]) == (2, 2)
        (letter,) = await database.fetch("SELECT state, attempts FROM dead_letters")
        assert (letter["state"], letter["attempts"].count("ValueError")) == ("waiting", 1)
        assert last.stop() == 0

        await start_replay(database, "job_id = $1", job_id)
        await killed_at(own_suite, "aggregator.replayed")
        assert await database.fetchval("SELECT published_at FROM dead_letters") is None
        own_suite.start("aggregator")
        await wait_for_status(database, job_id, "completed")
        await wait_for_value(database, "completed", "SELECT status FROM replays")
        job = await fetch_job(database, job_id)
        assert (job["lines_stored"], job["lines_dead_lettered"]) == (4, 0)
        assert await database.fetchval("SELECT sum(records) FROM rollups WHERE dimension = 'level'") == 4
        assert await database.fetchval("SELECT count(*) FROM log_records") == 4
    finally:
        await database.close()
