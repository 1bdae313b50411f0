"""The queues' numbers, from a real broker's management API."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import aio_pika
import httpx

from deploy.local.rabbitmq import RabbitmqEndpoint
from services.api.context import Context
from services.api.queue_status import QueueNumbers, QueueStatus, open_queue_meter, read_queue_status
from services.api.settings import ApiSettings
from shared.topology import DEAD_LETTER_QUEUE, INGEST_QUEUE, declare
from tests.integration.api.conftest import build_reading_app

STATISTICS_SECONDS = 30


async def test_messages_are_seen_where_they_wait(
    settings: ApiSettings, context: Context, rabbitmq: RabbitmqEndpoint
) -> None:
    here = settings.model_validate(settings.model_dump() | named(rabbitmq))
    async with await aio_pika.connect(rabbitmq.url) as connection, open_queue_meter(here) as meter:
        channel = await connection.channel()
        await declare(channel, here)
        for queue, count in ((INGEST_QUEUE, 3), (DEAD_LETTER_QUEUE, 2)):
            for _ in range(count):
                await channel.default_exchange.publish(aio_pika.Message(b""), queue)
        app = build_reading_app(replace(context, queues=meter))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as http:
            status = await until(http, lambda told: told.dlq_depth == 2 and ready(told, INGEST_QUEUE) == 3)
    assert status.available
    assert status.queues[INGEST_QUEUE].consumers == 0


async def test_a_broker_that_is_not_there_is_not_available(settings: ApiSettings, rabbitmq: RabbitmqEndpoint) -> None:
    nobody = {**named(rabbitmq), "rabbitmq_management_url": "http://guest:guest@127.0.0.1:1"}
    async with open_queue_meter(settings.model_validate(settings.model_dump() | nobody)) as meter:
        status = await read_queue_status(meter)
    assert not status.available
    assert status.queues[INGEST_QUEUE] == QueueNumbers()


def named(rabbitmq: RabbitmqEndpoint) -> dict[str, str | None]:
    return {"rabbitmq_url": rabbitmq.url, "rabbitmq_management_url": rabbitmq.management_url}


def ready(status: QueueStatus, queue: str) -> int | None:
    return status.queues[queue].ready


async def until(http: httpx.AsyncClient, expected: Callable[[QueueStatus], bool]) -> QueueStatus:
    """The first status that is as expected; the broker gathers its numbers every few seconds."""
    async with asyncio.timeout(STATISTICS_SECONDS):
        while True:
            status = QueueStatus.model_validate_json((await http.get("/api/queue-status")).content)
            if expected(status):
                return status
            await asyncio.sleep(0.2)
