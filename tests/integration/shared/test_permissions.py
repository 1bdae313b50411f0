"""The services' own users in RabbitMQ: each may do what its service does, and nothing else."""

from collections.abc import Awaitable, Callable

import aio_pika
import pytest
from aiormq.exceptions import ChannelAccessRefused

from services.migrate.settings import MigrateSettings
from shared.privileges import SERVICES
from shared.topology import (
    BULK_QUEUE,
    DEAD_LETTER_EXCHANGE,
    DEAD_LETTER_QUEUE,
    EVENTS_EXCHANGE,
    INGEST_QUEUE,
    ISOLATION_QUEUE,
    PIPELINE_QUEUES,
    RETRY_QUEUE,
    declare,
    find,
)
from tests.support.roles import OWNER, Accounts

Channel = aio_pika.abc.AbstractChannel


def publish(exchange: str, key: str = "") -> Callable[[Channel], Awaitable[object]]:
    """To an exchange, `""` being that which has every queue by its name."""

    async def act(channel: Channel) -> object:
        found = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        return await found.publish(aio_pika.Message(b""), key)

    return act


def consume(queue: str) -> Callable[[Channel], Awaitable[object]]:
    async def act(channel: Channel) -> object:
        return await (await channel.get_queue(queue, ensure=False)).get(fail=False)

    return act


def make(queue: str) -> Callable[[Channel], Awaitable[object]]:
    async def act(channel: Channel) -> object:
        return await channel.declare_queue(queue, durable=True)

    return act


def drop(queue: str) -> Callable[[Channel], Awaitable[object]]:
    async def act(channel: Channel) -> object:
        return await channel.queue_delete(queue)

    return act


def purge(queue: str) -> Callable[[Channel], Awaitable[object]]:
    async def act(channel: Channel) -> object:
        return await (await channel.get_queue(queue, ensure=False)).purge()

    return act


async def listen(channel: Channel) -> object:
    """To events, by a queue of one's own."""
    queue = await channel.declare_queue("amq_own", exclusive=True, auto_delete=True)
    await queue.bind(EVENTS_EXCHANGE, "#")
    return await queue.get(fail=False)


MAY = {
    "api": {publish("", INGEST_QUEUE), publish(EVENTS_EXCHANGE), listen},
    "worker": {
        publish("", RETRY_QUEUE),
        publish(DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE),
        *map(consume, (INGEST_QUEUE, BULK_QUEUE, ISOLATION_QUEUE)),
    },
    "aggregator": {publish("", INGEST_QUEUE), publish(EVENTS_EXCHANGE), consume(DEAD_LETTER_QUEUE)},
}
MAY_NOT = {
    "api": {
        publish(DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE),
        *map(consume, PIPELINE_QUEUES),
        *map(purge, PIPELINE_QUEUES),
        *map(drop, PIPELINE_QUEUES),
        make("logs_ingest.other"),
    },
    "worker": {
        publish(EVENTS_EXCHANGE),
        *map(consume, (RETRY_QUEUE, DEAD_LETTER_QUEUE)),
        *map(drop, PIPELINE_QUEUES),
        make("amq_own"),
        listen,
    },
    "aggregator": {
        publish(DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE),
        *map(consume, (INGEST_QUEUE, BULK_QUEUE, ISOLATION_QUEUE, RETRY_QUEUE)),
        *map(drop, PIPELINE_QUEUES),
        listen,
    },
    OWNER: {publish(EVENTS_EXCHANGE), make("other")},
}


async def test_rabbitmqs_users_may_do_what_their_service_does(own: Accounts, settings: MigrateSettings) -> None:
    async with await aio_pika.connect(own.environments[OWNER]["RABBITMQ_URL"]) as connection:
        await declare(await connection.channel(), settings)
        await declare(await connection.channel(), settings)
    for service in (*SERVICES, OWNER):
        async with await aio_pika.connect(own.environments[service]["RABBITMQ_URL"]) as connection:
            await find(await connection.channel(), settings)
            for act in MAY.get(service, set()):
                await act(await connection.channel())
            for act in MAY_NOT[service]:
                with pytest.raises(ChannelAccessRefused):
                    await act(await connection.channel())
