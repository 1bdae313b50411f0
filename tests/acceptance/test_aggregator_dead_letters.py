"""What the recorder makes of the dead-letter queue: never stuck, whatever is in a message; one row for each batch."""

import asyncio
import json
import signal
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aio_pika
import asyncpg
import pytest

from shared.identifiers import new_job_id
from shared.topology import DEAD_LETTER_QUEUE, ISOLATION_QUEUE
from tests.support.by_hand import bury, enter_job, fetch_job, line_batch, start_replay, wait_for_status, wait_for_value
from tests.support.by_hand import publish as publish_to
from tests.support.suite import Service, Suite, wait_for

MORE_THAN_THE_PREFETCH = 6
HEADERS: list[dict[str, Any]] = [
    {"reason": "a\0b"},
    {"reason": "x", "detail": "\0"},
    {"n\0ul": {"in\0ner": "\0"}},
]


async def publish(suite: Suite, headers: dict[str, Any], times: int) -> None:
    async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
        channel = await connection.channel(on_return_raises=True)
        for _ in range(times):
            message = aio_pika.Message(b"\0\xff", headers=dict(headers))
            await channel.default_exchange.publish(message, DEAD_LETTER_QUEUE)


async def unacknowledged(suite: Suite) -> int:
    """Messages the dead-letter queue still has once its consumer is gone."""
    async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
        queue = await (await connection.channel()).declare_queue(DEAD_LETTER_QUEUE, passive=True)
        assert queue.declaration_result.message_count is not None
        return queue.declaration_result.message_count


def recorded(aggregator: Service) -> float:
    return aggregator.metric("logmill_aggregator_dead_letters_total")


async def test_letters_are_counted_for_as_long_as_they_wait(own_suite: Suite) -> None:
    def waiting(aggregator: Service) -> float:
        return aggregator.metric("logmill_aggregator_waiting_dead_letters")

    aggregator = own_suite.start("aggregator").wait_ready()
    await publish(own_suite, {}, MORE_THAN_THE_PREFETCH)
    wait_for("the letters to be counted", lambda: waiting(aggregator) == MORE_THAN_THE_PREFETCH)
    database = await own_suite.connect()
    try:
        await database.execute("UPDATE dead_letters SET state = 'discarded'")
    finally:
        await database.close()
    wait_for("none to be counted", lambda: waiting(aggregator) == 0)


@pytest.mark.parametrize("headers", HEADERS)
async def test_odd_headers_are_kept_as_text(suite: Suite, headers: dict[str, Any]) -> None:
    before = recorded(suite.aggregator)
    await publish(suite, headers, MORE_THAN_THE_PREFETCH)
    wait_for("all to be recorded", lambda: recorded(suite.aggregator) == before + MORE_THAN_THE_PREFETCH)


async def test_what_cannot_be_kept_leaves_its_bytes(own_suite: Suite) -> None:
    aggregator = own_suite.start("aggregator").wait_ready()
    database = await own_suite.connect()
    try:
        # Stands for whatever nobody thought of: the database refuses these headers for good.
        await database.execute("ALTER TABLE dead_letters ADD CHECK (NOT headers ? 'odd')")
        await publish(own_suite, {"odd": "secret", "batch_no": 7}, MORE_THAN_THE_PREFETCH)
        wait_for("all to be recorded", lambda: recorded(aggregator) == MORE_THAN_THE_PREFETCH)
        rows = await database.fetch("SELECT reason, headers, body, batch_no, job_id FROM dead_letters")
    finally:
        await database.close()
    assert [tuple(row) for row in rows] == [("unreadable", "{}", b"\0\xff", 7, None)] * MORE_THAN_THE_PREFETCH
    assert aggregator.metric("logmill_aggregator_unreadable_dead_letters_total") == MORE_THAN_THE_PREFETCH
    assert aggregator.stop() == 0
    assert await unacknowledged(own_suite) == 0
    assert "secret" not in aggregator.read_log()


async def test_headers_are_read_back_as_they_were(suite: Suite) -> None:
    before = recorded(suite.aggregator)
    job_id = UUID(int=1)
    headers = {"job_id": str(job_id), "attempts": ["one", "two"], "n\0": {"deep": [1, None, True]}}
    await publish(suite, {**headers, "reason": "read_back"}, 1)
    wait_for("it to be recorded", lambda: recorded(suite.aggregator) == before + 1)
    database = await suite.connect()
    try:
        kept = await kept_headers(database, "read_back")
    finally:
        await database.close()
    assert kept == {
        "job_id": str(job_id),
        "attempts": ["one", "two"],
        "n␀": {"deep": [1, None, True]},
        "reason": "read_back",
    }


async def kept_headers(database: "asyncpg.Connection[asyncpg.Record]", reason: str) -> Any:
    return json.loads(await database.fetchval("SELECT headers FROM dead_letters WHERE reason = $1", reason))


ATTEMPTS = [
    {"at": f"2024-05-01T12:00:0{second}+00:00", "error": "ValueError: no", "worker": "a:1"} for second in range(4)
]
COLUMNS = "state, first_line, line_count, reason, attempts, trace, properties, body"


async def test_a_letter_has_one_row_however_often_it_comes(suite: Suite) -> None:
    """Its attempts are kept, each once; what it died of is the latest."""
    database = await suite.connect()
    try:
        async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
            channel = await connection.channel(on_return_raises=True)
            job_id = await enter_job(database, lines=3, batches=2)
            first = line_batch(job_id, 1, b"one\ntwo\n", {"attempts": ATTEMPTS[:2], "trace": "at one"})
            for _ in range(2):
                await bury(channel, first)
            await wait_for_value(database, 1, "SELECT count(*)::int FROM dead_letters WHERE job_id = $1", job_id)
            again = line_batch(job_id, 1, b"one\ntwo\n", {"attempts": ATTEMPTS[1:], "reason": "latest"})
            await bury(channel, again)
        await wait_for_value(database, "latest", "SELECT reason FROM dead_letters WHERE job_id = $1", job_id)
        (row,) = await database.fetch(f"SELECT {COLUMNS} FROM dead_letters WHERE job_id = $1", job_id)
        await wait_for_value(database, 1, "SELECT batches_done FROM jobs WHERE job_id = $1", job_id)
    finally:
        await database.close()
    assert (row["state"], row["first_line"], row["line_count"], row["trace"]) == ("waiting", 3, 2, None)
    assert (json.loads(row["attempts"]), row["body"]) == (ATTEMPTS, again.body)
    assert again.timestamp is not None
    assert json.loads(row["properties"]) == {
        "type": "line_batch",
        "content_type": "application/vnd.logmill.lines",
        "content_encoding": "zstd",
        "message_id": f"{job_id}:1",
        "timestamp": again.timestamp.isoformat(),
    }


async def test_letters_of_removed_jobs_leave_no_trace(suite: Suite) -> None:
    def dropped() -> float:
        return suite.aggregator.metric("logmill_aggregator_dropped_dead_letters_total")

    removed, unknown, before = new_job_id(), new_job_id(), dropped()
    database = await suite.connect()
    try:
        await database.execute("INSERT INTO job_tombstones (job_id) VALUES ($1)", removed)
        async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
            channel = await connection.channel(on_return_raises=True)
            await bury(channel, line_batch(removed, 0, b"one\n"))
            await bury(channel, line_batch(unknown, 0, b"one\n"))
        query = "SELECT count(*)::int FROM dead_letters WHERE job_id IS NULL AND headers ->> 'job_id' = $1"
        await wait_for_value(database, 1, query, str(unknown))
        wait_for("the other to be dropped", lambda: dropped() == before + 1)
        assert await database.fetchval(query, str(removed)) == 0
    finally:
        await database.close()


async def test_what_the_broker_dead_letters_is_recorded_with_its_reason(suite: Suite) -> None:
    """Nobody settles a batch that runs alone, as often as that is allowed."""
    database = await suite.connect()
    try:
        job_id = await enter_job(database, lines=1, batches=1)
        async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
            channel = await connection.channel(on_return_raises=True)
            queue = await channel.get_queue(ISOLATION_QUEUE)
            await publish_to(channel, line_batch(job_id, 0, b"one\n"), ISOLATION_QUEUE)
            while await database.fetchval("SELECT count(*) FROM dead_letters WHERE job_id = $1", job_id) == 0:
                if message := await queue.get(fail=False):
                    await message.reject(requeue=True)
        job = await wait_for_status(database, job_id, "completed_with_errors")
        (row,) = await database.fetch("SELECT reason, detail FROM dead_letters WHERE job_id = $1", job_id)
    finally:
        await database.close()
    assert row["reason"] == "delivery_limit"
    assert f"from {ISOLATION_QUEUE}, and each time its worker" in row["detail"]
    assert job["lines_dead_lettered"] == 1


async def test_a_letter_of_a_stored_batch_counts_as_stored(suite: Suite) -> None:
    """Its worker died between commit and acknowledgement, each time."""
    database = await suite.connect()
    try:
        job_id = await enter_job(database, lines=2, batches=1)
        async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
            channel = await connection.channel(on_return_raises=True)
            await publish_to(channel, line_batch(job_id, 0, b"one\ntwo\n"))
            await wait_for_status(database, job_id, "completed")
            await bury(channel, line_batch(job_id, 0, b"one\ntwo\n"))
        await wait_for_value(database, "stored", "SELECT state FROM dead_letters WHERE job_id = $1", job_id)
        assert await database.fetchval("SELECT body FROM dead_letters WHERE job_id = $1", job_id) == b""
        job = await fetch_job(database, job_id)
    finally:
        await database.close()
    assert (job["status"], job["lines_stored"], job["lines_dead_lettered"]) == ("completed", 2, 0)


class Far(datetime):
    """A moment no calendar has, as any publisher may send."""

    def timestamp(self) -> float:
        return 2**62


class NoText(str):
    """Bytes that are no UTF-8 where the protocol wants text."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"a\xff"


FAR = Far(2026, 1, 1, tzinfo=UTC)


UNREADABLE: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # what a message has; properties and headers that are kept of it
    ({"timestamp": FAR}, {}, {}),
    ({"headers": {"at": FAR}}, {}, {"at": None}),
    ({"type": NoText("ab")}, {"type": "a\ufffd"}, {}),
]


@pytest.mark.parametrize(("odd", "properties", "headers"), UNREADABLE)
async def test_no_property_ends_the_connection(
    suite: Suite, odd: dict[str, Any], properties: dict[str, Any], headers: dict[str, Any]
) -> None:
    message = aio_pika.Message(uuid4().bytes, message_id="odd")
    for name, value in odd.items():
        setattr(message, name, value)
    database = await suite.connect()
    try:
        async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
            await publish_to(await connection.channel(), message, DEAD_LETTER_QUEUE)
        query = "SELECT count(*)::int FROM dead_letters WHERE body = $1"
        await wait_for_value(database, 1, query, message.body)
        kept = await database.fetchrow("SELECT properties, headers FROM dead_letters WHERE body = $1", message.body)
    finally:
        await database.close()
    assert kept is not None
    assert json.loads(kept["properties"]) == {"message_id": "odd", **properties}
    assert json.loads(kept["headers"]) == headers


async def test_a_letter_that_may_be_recorded_already_is_recorded_once(own_suite: Suite) -> None:
    """Of no job, so that nothing but its bytes tells it from others: the acknowledgement is lost with the process."""
    database = await own_suite.connect()
    try:
        killed = own_suite.start("aggregator", LOGMILL_CRASH_POINTS="aggregator.recorded").wait_ready()
        await publish(own_suite, {"reason": "odd"}, 1)
        assert await asyncio.to_thread(killed.process.wait, 30) == -signal.SIGKILL, killed.read_log()
        assert await database.fetchval("SELECT count(*) FROM dead_letters") == 1
        own_suite.start("aggregator").wait_ready()
        wait_for("it to be recorded again", lambda: recorded(own_suite.aggregator) == 1)
        assert await database.fetchval("SELECT count(*) FROM dead_letters") == 1
        await publish(own_suite, {"reason": "odd"}, 1)
        await wait_for_value(database, 2, "SELECT count(*)::int FROM dead_letters")
    finally:
        await database.close()


async def test_a_letter_that_does_not_say_which_batch_it_was_is_counted_for_no_job(suite: Suite) -> None:
    """Nothing would tell it from the same letter again."""
    database = await suite.connect()
    try:
        job_id = await enter_job(database, lines=2, batches=2)
        unnumbered = line_batch(job_id, 0, b"one\n")
        del unnumbered.headers["batch_no"]
        async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
            channel = await connection.channel(on_return_raises=True)
            for message in (unnumbered, unnumbered, line_batch(job_id, 1, b"two\n")):
                await bury(channel, message)
        query = "SELECT count(*)::int FROM dead_letters WHERE job_id IS NULL AND headers ->> 'job_id' = $1"
        await wait_for_value(database, 2, query, str(job_id))
        await wait_for_value(database, 1, "SELECT lines_dead_lettered::int FROM jobs WHERE job_id = $1", job_id)
        job = await fetch_job(database, job_id)
    finally:
        await database.close()
    assert (job["status"], job["batches_done"]) == ("processing", 1)


async def test_what_was_discarded_does_not_come_back_by_an_old_copy(suite: Suite) -> None:
    database = await suite.connect()
    query = "SELECT state FROM dead_letters WHERE job_id = $1"
    try:
        job_id = await enter_job(database, lines=1, batches=1)
        async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
            channel = await connection.channel(on_return_raises=True)
            await bury(channel, line_batch(job_id, 0, b"one\n"))
            await wait_for_value(database, "waiting", query, job_id)
            await database.execute("UPDATE dead_letters SET state = 'discarded', body = '' WHERE job_id = $1", job_id)
            before = recorded(suite.aggregator)
            await bury(channel, line_batch(job_id, 0, b"one\n"))
            await bury(channel, line_batch(job_id, 0, b"one\n", {"replay_id": str(uuid4())}))
            wait_for("both to be taken", lambda: recorded(suite.aggregator) == before + 2)
            (letter,) = await database.fetch("SELECT state, body FROM dead_letters WHERE job_id = $1", job_id)
            assert tuple(letter) == ("discarded", b"")
            replay_id = await start_replay(database, "job_id = $1", job_id)
            await database.execute("UPDATE dead_letters SET replay_id = $2 WHERE job_id = $1", job_id, replay_id)
            await bury(channel, line_batch(job_id, 0, b"one\n", {"replay_id": str(replay_id)}))
        await wait_for_value(database, "waiting", query, job_id)
    finally:
        await database.close()
