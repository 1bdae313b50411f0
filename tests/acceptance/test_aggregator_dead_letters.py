"""The dead-letter queue never gets stuck, whatever is in a message of it."""

import json
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
import pytest

from shared.topology import DEAD_LETTER_QUEUE
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
