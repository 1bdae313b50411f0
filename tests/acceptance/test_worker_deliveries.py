"""What a worker does with deliveries nobody should send, or nobody wants, and while database or broker are away."""

import struct
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import aio_pika
import httpx
import pamqp.encode
import pytest

from shared.attempts import read_attempts
from shared.identifiers import new_job_id
from shared.topology import BULK_QUEUE, DEAD_LETTER_QUEUE, INGEST_QUEUE, RETRY_QUEUE
from tests.support.broker import open_channel, take, wait_for_messages, waiting
from tests.support.by_hand import enter_job, line_batch, publish, store_batch
from tests.support.suite import Service, Suite
from tests.support.workers import IN_PROGRESS, settled_as, until, until_settled

BATCHES = 6
HUGE = 1e300


class Latin(str):
    """Text as somebody sends it who thinks of no UTF-8."""

    def encode(self, *_how: str) -> bytes:
        return super().encode("latin-1")


ODD_HEADERS: list[dict[str, Any]] = [
    {"attempts": 5, "crc32": 1},
    {"attempts": [1, {"a": None}], "crc32": 1},
    {"odd": Latin("caf\xe9"), "crc32": 1},
    {"odd": [Latin("caf\xe9"), {"deep": Latin("caf\xe9")}], "crc32": 1},
    {"attempts": [Latin("caf\xe9")], "crc32": 1},
    {"batch_no": 2**40},
    {"batch_no": 2**62, "first_line": 2**62},
    {"line_part": "text", "line_count": 0},
    {"format": 7},
    {"timezone": [], "modified_at": "never"},
    {"job_id": None},
]


def message(job_id: UUID, batch_no: int, headers: dict[str, Any] | None = None) -> aio_pika.Message:
    return line_batch(job_id, batch_no, b"one\n", headers)


def has_tried_to_write(worker: Service, times: int) -> bool:
    return worker.metric("logmill_worker_copy_seconds_count") >= times


@pytest.mark.timeout(120)
async def test_no_header_ends_or_stalls_a_worker(own_suite: Suite) -> None:
    worker = own_suite.start("worker", LOGMILL_RETRY_DELAY_SECONDS="0.1", WORKER_CONCURRENCY="1").wait_ready()
    async with open_channel(own_suite) as channel:
        for headers in ODD_HEADERS:
            await publish(channel, message(new_job_id(), 0, headers))
        await publish(channel, message(new_job_id(), 0))
        await until_settled(worker, "dead_lettered", len(ODD_HEADERS) + 1)
    assert worker.stop() == 0


@pytest.mark.timeout(120)
async def test_what_no_copy_can_be_sent_of_is_dead_lettered_as_it_came(
    own_suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are numbers that the library reads, but does not write."""
    others = pamqp.encode.encode_table_value
    monkeypatch.setattr(
        pamqp.encode,
        "encode_table_value",
        lambda value: b"d" + struct.pack(">d", value) if isinstance(value, float) else others(value),
    )
    worker = own_suite.start("worker", WORKER_CONCURRENCY="1").wait_ready()
    async with open_channel(own_suite) as channel:
        sent = message(new_job_id(), 0, {"crc32": 1, "odd": HUGE})
        await publish(channel, sent)
        await publish(channel, message(new_job_id(), 1))
        await until_settled(worker, "dead_lettered", 2)
        await wait_for_messages(channel, 2, DEAD_LETTER_QUEUE)
        letters = [await take(channel, DEAD_LETTER_QUEUE) for _ in range(2)]
    assert worker.stop() == 0
    dead = next(letter for letter in letters if letter is not None and letter.message_id == sent.message_id)
    assert "reason" not in dead.headers
    assert (dead.body, dead.message_id, dead.headers["odd"]) == (sent.body, sent.message_id, HUGE)


@pytest.mark.timeout(120)
async def test_poison_is_one_error_without_trace_or_payload(own_suite: Suite) -> None:
    worker = own_suite.start("worker").wait_ready()
    async with open_channel(own_suite) as channel:
        await publish(channel, message(new_job_id(), 0, {"crc32": 1}))
        await until_settled(worker, "dead_lettered", 1)
        dead = await take(channel, DEAD_LETTER_QUEUE)
    assert worker.stop() == 0
    log = worker.read_log()
    assert log.count('"level": "error"') == 1
    assert "bad_checksum" in log
    assert "Traceback" not in log
    assert dead is not None
    (attempt,) = read_attempts(dead.headers["attempts"])
    assert (dead.headers["reason"], dead.headers.get("trace")) == ("bad_checksum", None)
    assert attempt.error.startswith("PoisonMessage: bad_checksum: ")


@pytest.mark.timeout(120)
async def test_a_dead_letter_tells_every_attempt_and_where_the_last_failed(own_suite: Suite) -> None:
    worker = own_suite.start("worker", LOGMILL_RETRY_DELAY_SECONDS="0.1").wait_ready()
    database = await own_suite.connect()
    try:
        job_id = await enter_job(database, lines=1, batches=1)
        async with open_channel(own_suite) as channel:
            sent = message(job_id, 0, {"format": "nonsense", "attempts": ["as it was told before"]})
            await publish(channel, sent, BULK_QUEUE)
            await until_settled(worker, "dead_lettered", 1)
            dead = await take(channel, DEAD_LETTER_QUEUE)
    finally:
        await database.close()
    assert dead is not None
    assert (dead.body, dead.message_id, dead.headers["reason"]) == (sent.body, sent.message_id, "attempts_exhausted")
    first, *failed = read_attempts(dead.headers["attempts"])
    assert first.error == "as it was told before"
    assert len(failed) == 2
    for attempt in failed:
        assert attempt.error.startswith("UnknownFormat: 'nonsense' is none of ")
        assert attempt.worker is not None
        assert attempt.worker.endswith(f":{worker.process.pid}")
        assert attempt.at is not None
        assert datetime.fromisoformat(attempt.at).tzinfo is not None
    assert str(dead.headers["detail"]) == failed[-1].error
    trace = str(dead.headers["trace"])
    assert "in parse_batch\n" in trace
    assert trace.endswith(f"{failed[-1].error}\n")


@pytest.mark.timeout(120)
async def test_what_nobody_wants_is_acknowledged_unparsed(own_suite: Suite) -> None:
    """Of a cancelled job, of a removed one, or stored already: none of them is written, and none is a dead letter."""
    worker = own_suite.start("worker").wait_ready()
    database = await own_suite.connect()
    try:
        cancelled = await enter_job(database, lines=1, batches=1, status="cancelled")
        stored = await enter_job(database, lines=2, batches=2)
        await store_batch(database, stored, 0, 1)
        async with open_channel(own_suite) as channel:
            removed = new_job_id()
            await database.execute("INSERT INTO job_tombstones (job_id) VALUES ($1)", removed)
            for job_id in (cancelled, removed, stored):
                await publish(channel, message(job_id, 0))
            for name in ("cancelled", "orphaned", "duplicate"):
                await until_settled(worker, name, 1)
            assert worker.metric("logmill_worker_parse_seconds_count") == 0
            await publish(channel, message(stored, 1))
            await until_settled(worker, "stored", 1)
            assert await waiting(channel, DEAD_LETTER_QUEUE) == 0
        assert await database.fetchval("SELECT count(*) FROM log_records") == 1
        assert await database.fetchval("SELECT count(*) FROM batches WHERE job_id = $1", cancelled) == 0
    finally:
        await database.close()


@pytest.mark.timeout(120)
async def test_a_job_cancelled_while_its_batch_is_parsed_stores_nothing_of_it(own_suite: Suite) -> None:
    """The look before found it wanted; the ledger, which waits here for a lock, does not."""
    worker = own_suite.start("worker").wait_ready()
    database, holder = await own_suite.connect(), await own_suite.connect()
    try:
        job_id = await enter_job(database, lines=1, batches=1)
        async with open_channel(own_suite) as channel, holder.transaction():
            await holder.execute("LOCK TABLE batches IN EXCLUSIVE MODE")
            await publish(channel, message(job_id, 0))
            parsed = partial(worker.metric, "logmill_worker_parse_seconds_count")
            await until(worker, "it to be parsed", parsed)
            await database.execute("UPDATE jobs SET status = 'cancelled' WHERE job_id = $1", job_id)
        await until_settled(worker, "cancelled", 1)
        assert await database.fetchval("SELECT count(*) FROM batches") == 0
        assert await database.fetchval("SELECT count(*) FROM log_records") == 0
    finally:
        await database.close()
        await holder.close()


@pytest.mark.timeout(120)
async def test_what_rabbitmq_takes_no_copy_of_waits_and_holds_up_nothing(own_suite: Suite) -> None:
    """Without the retry queue no failed batch can be passed on; a stop returns it, as it was."""
    settings = QUICK | {"WORKER_CONCURRENCY": "1"}
    worker = own_suite.start("worker", **settings).wait_ready()
    database = await own_suite.connect()
    try:
        job_id = await enter_job(database, lines=3, batches=3)
        async with open_channel(own_suite) as channel:
            await channel.queue_delete(RETRY_QUEUE)
            await publish(channel, message(job_id, 0, {"format": "nonsense"}))
            for number in (1, 2):
                await publish(channel, message(job_id, number))
            await until_settled(worker, "stored", 2)
            assert settled_as(worker, "retried") == 0
            assert "RabbitMQ takes no message" in worker.read_log()
            assert worker.stop() == 0
            await wait_for_messages(channel, 1, INGEST_QUEUE)
            other = own_suite.start("worker", **settings).wait_ready()
            await until_settled(other, "dead_lettered", 1)
            dead = await take(channel, DEAD_LETTER_QUEUE)
    finally:
        await database.close()
    assert dead is not None
    lost, *failed = read_attempts(dead.headers["attempts"])
    assert (lost.is_lost, len(failed)) == (True, 3)


@pytest.mark.timeout(120)
async def test_priority_goes_first_and_bulk_is_not_starved(own_suite: Suite) -> None:
    """One worker at a time, everything queued before it begins: the ledger tells the order."""
    database = await own_suite.connect()
    try:
        own_suite.start("worker").wait_ready().stop()  # declares the queues
        job_id = await enter_job(database, lines=40, batches=40)
        async with open_channel(own_suite) as channel:
            for number in range(40):
                await publish(channel, message(job_id, number), INGEST_QUEUE if number < 30 else BULK_QUEUE)
        worker = own_suite.start("worker", WORKER_CONCURRENCY="1").wait_ready()
        await until_settled(worker, "stored", 40)
        rows = await database.fetch("SELECT batch_no FROM batches ORDER BY stored_at")
    finally:
        await database.close()
    is_bulk = [row["batch_no"] >= 30 for row in rows]
    assert 2 <= sum(is_bulk[:30]) <= 5
    assert all(is_bulk[36:])


@pytest.mark.timeout(240)
@pytest.mark.parametrize("lock", ["EXCLUSIVE", "ACCESS EXCLUSIVE"])
async def test_stops_during_an_outage_count_against_no_batch(own_suite: Suite, lock: str) -> None:
    """More stops than the delivery limit, each with a full prefetch in hand; then everything is stored.

    Under the lesser lock batches are looked for, and parsed; under the other not even that.
    """
    suite, settings = own_suite, QUICK | {"LOGMILL_DELIVERY_LIMIT": "1"}
    suite.start("aggregator", **settings).wait_ready()
    database, holder = await suite.connect(), await suite.connect()
    try:
        job_id = await enter_job(database, lines=BATCHES, batches=BATCHES)
        async with holder.transaction():
            await holder.execute(f"LOCK TABLE batches IN {lock} MODE")
            async with open_channel(suite) as channel:
                for number in range(BATCHES):
                    await publish(channel, message(job_id, number))
            for _ in range(3):
                worker = suite.start("worker", **settings).wait_ready()
                await until(worker, "batches to be held", partial(is_held, worker, lock))
                assert worker.metric("logmill_worker_parse_seconds_count") <= 2
                assert worker.stop() == 0
        worker = suite.start("worker", **settings).wait_ready()
        await until_settled(worker, "stored", BATCHES)
        assert await database.fetchval("SELECT count(*) FROM batches WHERE job_id = $1", job_id) == BATCHES
        assert await database.fetchval("SELECT count(*) FROM dead_letters") == 0
    finally:
        await database.close()
        await holder.close()


QUICK = {"LOGMILL_RETRY_DELAY_SECONDS": "0.1", "LOGMILL_DATABASE_LOCK_TIMEOUT_SECONDS": "0.2"}


def is_held(worker: Service, lock: str) -> bool:
    """Whether both batches wait for the lock, at what it lets them come to."""
    if lock == "EXCLUSIVE":
        return has_tried_to_write(worker, 3)
    return worker.metric(IN_PROGRESS) == 2


@pytest.mark.timeout(120)
async def test_a_worker_publishes_on_a_connection_of_its_own(own_suite: Suite) -> None:
    """A broker's alarm blocks a connection that publishes; the one that acknowledges must not be it."""
    worker = own_suite.start("worker").wait_ready()
    url = httpx.URL(own_suite.environment["LOGMILL_RABBITMQ_MANAGEMENT_URL"])
    vhost = own_suite.environment["RABBITMQ_URL"].rsplit("/", 1)[1]

    def names() -> set[str]:
        listed = httpx.get(url.join(f"/api/vhosts/{vhost}/connections")).raise_for_status().json()
        return {connection.get("client_properties", {}).get("connection_name", "") for connection in listed}

    wanted = {"logmill-worker-consume", "logmill-worker-publish"}
    await until(worker, "both connections", lambda: names() == wanted)
