"""A worker under which most batches fail stops by itself, before they end up as dead letters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
from aio_pika.abc import AbstractChannel

from shared.topology import BULK_QUEUE, DEAD_LETTER_QUEUE, INGEST_QUEUE, ISOLATION_QUEUE
from tests.support.broker import open_channel, wait_for_messages, waiting
from tests.support.by_hand import Database, enter_job, line_batch, publish
from tests.support.suite import Service, Suite
from tests.support.workers import settled_as, until, until_settled

BATCHES = 30

SETTINGS = {
    "LOGMILL_BREAKER_WINDOW_BATCHES": "8",
    "LOGMILL_BREAKER_REST_SECONDS": "0.2",
    "LOGMILL_RETRY_DELAY_SECONDS": "1",
}
BREAK = "ALTER TABLE log_records RENAME COLUMN hostname TO host"
MEND = "ALTER TABLE log_records RENAME COLUMN host TO hostname"


@asynccontextmanager
async def broken(suite: Suite, jobs: int) -> AsyncIterator[tuple[Database, AbstractChannel]]:
    """Batches of so many jobs in the queues, and tables of another release than the workers'."""
    suite.start("worker", **SETTINGS).wait_ready().stop()  # makes tables and queues
    database = await suite.connect()
    try:
        async with open_channel(suite) as channel:
            job_ids = [await enter_job(database, lines=BATCHES, batches=BATCHES) for _ in range(jobs)]
            for number in range(BATCHES):
                message = line_batch(job_ids[number % jobs], number, b"one\n")
                await publish(channel, message, BULK_QUEUE if number % 2 else INGEST_QUEUE)
            await database.execute(BREAK)
            yield database, channel
    finally:
        await database.close()


@pytest.mark.timeout(120)
async def test_a_bad_deploy_leaves_its_batches_in_the_queue(own_suite: Suite) -> None:
    async with broken(own_suite, jobs=3) as (database, channel):
        worker = own_suite.start("worker", **SETTINGS)
        await until(worker, "it to stop taking messages", partial(is_open, worker))
        await until(worker, "single ones to be tried", partial(has_tried, worker, 3))
        assert "of the last " in why_not_ready(worker)["breaker"]
        assert worker.stop() == 0
        assert worker.read_log().count('"level": "error"') == 1
        await wait_for_messages(channel, BATCHES, INGEST_QUEUE, BULK_QUEUE)
        assert await waiting(channel, DEAD_LETTER_QUEUE, ISOLATION_QUEUE) == 0
        await database.execute(MEND)
        good = own_suite.start("worker", **SETTINGS).wait_ready()
        await until_settled(good, "stored", BATCHES)
        assert await database.fetchval("SELECT count(*) FROM batches") == BATCHES
        assert await waiting(channel, DEAD_LETTER_QUEUE) == 0


@pytest.mark.timeout(120)
async def test_one_success_and_it_works_again(own_suite: Suite) -> None:
    async with broken(own_suite, jobs=3) as (database, channel):
        worker = own_suite.start("worker", **SETTINGS)
        await until(worker, "it to stop taking messages", partial(is_open, worker))
        await until(worker, "single ones to be tried", partial(has_tried, worker, 1))
        await database.execute(MEND)
        await until_settled(worker, "stored", BATCHES)
        assert not is_open(worker)
        assert worker.is_ready()
        assert await waiting(channel, DEAD_LETTER_QUEUE) == 0


@pytest.mark.timeout(120)
async def test_one_job_alone_stops_nobody(own_suite: Suite) -> None:
    """All of it may be bad: it goes where it can be looked at."""
    async with broken(own_suite, jobs=1) as (_, channel):
        worker = own_suite.start("worker", **SETTINGS).wait_ready()
        await wait_for_messages(channel, BATCHES, DEAD_LETTER_QUEUE)
        assert not is_open(worker)
        assert worker.is_ready()


@pytest.mark.timeout(120)
async def test_bad_jobs_end_and_hold_up_nobody_for_long(own_suite: Suite) -> None:
    """Two that are all bad, beside healthy ones and then alone, when the worker cannot but take itself for broken."""
    worker = own_suite.start("worker", **{**SETTINGS, "LOGMILL_RETRY_DELAY_SECONDS": "0.1"}).wait_ready()
    database = await own_suite.connect()
    try:
        bad = [await enter_job(database, lines=6, batches=6) for _ in range(2)]
        healthy = [await enter_job(database, lines=7, batches=7) for _ in range(3)]
        async with open_channel(own_suite) as channel:
            for number in range(6):
                for job_id in (*bad, *healthy):
                    headers = {"format": "nonsense"} if job_id in bad else {}
                    await publish(channel, line_batch(job_id, number, b"one\n", headers))
            await until_settled(worker, "stored", 18)
            await wait_for_messages(channel, 12, DEAD_LETTER_QUEUE)
            for job_id in healthy:
                await publish(channel, line_batch(job_id, 6, b"one\n"))
            await until_settled(worker, "stored", 21)
        await until(worker, "it to work as ever", worker.is_ready)
        assert not is_open(worker)
        assert settled_as(worker, "dead_lettered") == 12
    finally:
        await database.close()


def is_open(worker: Service) -> bool:
    try:
        return worker.metric("logmill_worker_breaker_open") == 1
    except httpx.TransportError:
        return False  # it has not begun to listen


def why_not_ready(worker: Service) -> dict[str, str]:
    answer = httpx.get(f"{worker.url}/health/ready")
    assert answer.status_code == 503
    return {name: check["detail"] for name, check in answer.json()["checks"].items() if not check["ok"]}


def has_tried(worker: Service, times: int) -> bool:
    return worker.read_log().count("was tried, and failed") >= times
