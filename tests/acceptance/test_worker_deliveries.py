"""What a worker does with deliveries nobody should send, and while the database or the broker is away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
import httpx
import pytest

from shared.identifiers import new_job_id
from shared.messages import InputHints, LineBatch, encode
from shared.topology import INGEST_QUEUE
from tests.support.suite import Service, Suite, wait_for

BATCHES = 6
ODD_HEADERS: list[dict[str, Any]] = [
    {"attempts": 5, "crc32": 1},
    {"attempts": [1, {"a": None}], "crc32": 1},
    {"batch_no": 2**40},
    {"batch_no": 2**62, "first_line": 2**62},
    {"line_part": "text", "line_count": 0},
    {"format": 7},
    {"timezone": [], "modified_at": "never"},
    {"job_id": None},
]


@asynccontextmanager
async def publishing(suite: Suite) -> AsyncIterator[aio_pika.abc.AbstractExchange]:
    broker = await aio_pika.connect(suite.environment["RABBITMQ_URL"])
    try:
        channel = await broker.channel(on_return_raises=True)
        yield channel.default_exchange
    finally:
        await broker.close()


def message(job_id: UUID, batch_no: int, headers: dict[str, Any] | None = None) -> aio_pika.Message:
    batch = LineBatch(job_id, batch_no, batch_no + 1, 1, 0, b"one\n", InputHints())
    made = encode(batch, datetime.now(UTC))
    made.headers.update(headers or {})
    return made


async def enter_job(database: "asyncpg.Connection[asyncpg.Record]", batches: int) -> UUID:
    owner, job_id = new_job_id(), new_job_id()
    await database.execute(
        "INSERT INTO users (user_id, email, password_hash) VALUES ($1, $2, 'none')", owner, f"{owner}@example.com"
    )
    await database.execute(
        "INSERT INTO jobs (job_id, owner_id, source, file_name, status, batches_total, lines_read, sealed_at)"
        " VALUES ($1, $2, 'upload', 'by hand', 'processing', $3, $3::int, now())",
        job_id,
        owner,
        batches,
    )
    return job_id


async def settled(what: str, condition: Callable[[], object], worker: Service) -> None:
    """`wait_for` beside a loop that has to keep running; fails with the worker's log."""
    try:
        await asyncio.to_thread(wait_for, what, condition, 40)
    except (AssertionError, httpx.TransportError) as error:
        raise AssertionError(f"{error}\n{worker.read_log()[-5000:]}") from error


def has_tried_to_write(worker: Service, times: int) -> bool:
    return worker.metric("logmill_worker_copy_seconds_count") >= times


def outcome(worker: Service, name: str) -> float:
    return worker.metric("logmill_worker_batches_total", outcome=name)


@pytest.mark.timeout(120)
async def test_no_header_ends_or_stalls_a_worker(own_suite: Suite) -> None:
    worker = own_suite.start("worker", LOGMILL_RETRY_DELAY_SECONDS="0.1", WORKER_CONCURRENCY="1").wait_ready()
    async with publishing(own_suite) as exchange:
        for headers in ODD_HEADERS:
            await exchange.publish(message(new_job_id(), 0, headers), INGEST_QUEUE)
        await exchange.publish(message(new_job_id(), 0), INGEST_QUEUE)
        await settled(
            "each of them to be settled",
            lambda: outcome(worker, "dead_lettered") + outcome(worker, "orphaned") == len(ODD_HEADERS) + 1,
            worker,
        )
    assert worker.stop() == 0


@pytest.mark.timeout(120)
async def test_poison_is_one_error_without_trace_or_payload(own_suite: Suite) -> None:
    worker = own_suite.start("worker").wait_ready()
    async with publishing(own_suite) as exchange:
        await exchange.publish(message(new_job_id(), 0, {"crc32": 1}), INGEST_QUEUE)
        await settled("it to be dead-lettered", lambda: outcome(worker, "dead_lettered") == 1, worker)
    assert worker.stop() == 0
    log = worker.read_log()
    assert log.count('"level": "error"') == 1
    assert "bad_checksum" in log
    assert "Traceback" not in log


@pytest.mark.timeout(240)
async def test_stops_during_an_outage_count_against_no_batch(own_suite: Suite) -> None:
    """More stops than the delivery limit, each with a full prefetch in hand; then everything is stored."""
    suite = own_suite
    settings = {
        "LOGMILL_DELIVERY_LIMIT": "1",
        "LOGMILL_RETRY_DELAY_SECONDS": "0.1",
        "LOGMILL_DATABASE_LOCK_TIMEOUT_SECONDS": "0.2",
    }
    suite.start("aggregator", **settings).wait_ready()
    database, holder = await suite.connect(), await suite.connect()
    try:
        job_id = await enter_job(database, BATCHES)
        async with holder.transaction():
            await holder.execute("LOCK TABLE batches IN ACCESS EXCLUSIVE MODE")
            async with publishing(suite) as exchange:
                for number in range(BATCHES):
                    await exchange.publish(message(job_id, number), INGEST_QUEUE)
            for _ in range(3):
                worker = suite.start("worker", **settings).wait_ready()
                await settled("batches to be written in vain", partial(has_tried_to_write, worker, 3), worker)
                assert worker.metric("logmill_worker_parse_seconds_count") <= 2
                assert worker.stop() == 0
        worker = suite.start("worker", **settings).wait_ready()
        await settled("all to be stored", lambda: outcome(worker, "stored") == BATCHES, worker)
        assert await database.fetchval("SELECT count(*) FROM batches WHERE job_id = $1", job_id) == BATCHES
        assert await database.fetchval("SELECT count(*) FROM dead_letters") == 0
    finally:
        await database.close()
        await holder.close()


@pytest.mark.timeout(120)
async def test_a_worker_publishes_on_a_connection_of_its_own(own_suite: Suite) -> None:
    """A broker's alarm blocks a connection that publishes; the one that acknowledges must not be it."""
    worker = own_suite.start("worker").wait_ready()
    url = httpx.URL(own_suite.environment["LOGMILL_RABBITMQ_MANAGEMENT_URL"])
    vhost = own_suite.environment["RABBITMQ_URL"].rsplit("/", 1)[1]

    def names() -> set[str]:
        listed = httpx.get(url.join(f"/api/vhosts/{vhost}/connections")).raise_for_status().json()
        return {connection.get("client_properties", {}).get("connection_name", "") for connection in listed}

    await settled("both connections", lambda: names() == {"logmill-worker-consume", "logmill-worker-publish"}, worker)
