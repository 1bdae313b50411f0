"""The broker's numbers: how its answer is read, kept for a while, and missed."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest

from services.api.queue_status import (
    QueueNumbers,
    Recent,
    fetch_numbers,
    queues_path,
    read_numbers,
    read_queue_status,
    unmetered,
)
from shared.clock import Clock
from shared.errors import BrokerUnavailable

QUEUE = {
    "name": "logs_ingest",
    "messages_ready": 5,
    "messages_unacknowledged": 2,
    "consumers": 3,
    "message_stats": {"publish_details": {"rate": 1.5}, "deliver_get_details": {"rate": 0.0}},
}
NUMBERS = QueueNumbers(ready=5, unacked=2, consumers=3, publish_rate=1.5, deliver_rate=0.0)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("amqp://127.0.0.1:5672/", "/api/queues/%2F"),
        ("amqp://user:pass@host", "/api/queues/%2F"),
        ("amqp://host/%2F", "/api/queues/%2F"),
        ("amqp://host/logmill", "/api/queues/logmill"),
        ("amqp://host/a%2Fb", "/api/queues/a%2Fb"),
    ],
)
def test_path(url: str, path: str) -> None:
    assert queues_path(url) == path


@pytest.mark.parametrize(
    ("queue", "numbers"),
    [(QUEUE, NUMBERS), ({"name": "logs_ingest"}, QueueNumbers()), ({"message_stats": {}}, QueueNumbers())],
)
def test_numbers(queue: dict[str, object], numbers: QueueNumbers) -> None:
    assert read_numbers(queue) == numbers


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"error": "not_found"}),
        httpx.Response(200, json=[{}]),
        httpx.Response(200, json=[QUEUE | {"messages_ready": "many"}]),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_an_answer_that_is_none(answer: httpx.Response | Exception) -> None:
    def respond(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond), base_url="http://broker") as client:
        with pytest.raises(BrokerUnavailable):
            await fetch_numbers(client, "/api/queues/%2F")


async def test_other_queues_are_left_out() -> None:
    answer = httpx.Response(200, json=[QUEUE, {"name": "somebody_elses"}])
    transport = httpx.MockTransport(lambda _request: answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://broker") as client:
        assert await fetch_numbers(client, "/api/queues/%2F") == {"logs_ingest": NUMBERS}


async def test_many_callers_share_one_reading() -> None:
    readings, now = 0, 0.0

    async def read() -> Mapping[str, QueueNumbers]:
        nonlocal readings
        readings += 1
        if readings == 2:
            raise BrokerUnavailable("away")
        return {"logs_ingest": NUMBERS}

    meter = Recent(read, seconds=1, clock=Clock(monotonic=lambda: now))
    await asyncio.gather(*(meter() for _ in range(50)))
    now = 0.9
    assert await meter() == {"logs_ingest": NUMBERS}
    assert readings == 1
    now = 1.1
    for _ in range(3):
        with pytest.raises(BrokerUnavailable):
            await meter()
    assert readings == 2
    now = 2.2
    assert await meter() == {"logs_ingest": NUMBERS}


async def test_status_never_fails() -> None:
    async def away() -> Mapping[str, QueueNumbers]:
        raise BrokerUnavailable("away")

    async def there() -> Mapping[str, QueueNumbers]:
        return {"logs_ingest.dlq": QueueNumbers(ready=4)}

    unknown = await read_queue_status(unmetered)
    assert (unknown.available, unknown.dlq_depth) == (True, None)
    assert set(unknown.queues) == {"logs_ingest", *(f"logs_ingest.{n}" for n in ("bulk", "isolated", "retry", "dlq"))}
    assert not (await read_queue_status(away)).available
    assert (await read_queue_status(there)).dlq_depth == 4
