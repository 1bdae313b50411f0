"""The queues and exchanges, declared alike by every process that uses them.

api ──► logs_ingest ─────────► workers
    └─► logs_ingest.bulk ────► workers, when the one before is empty: what lies far behind an input's beginning
            │  ▲
            │  ├── logs_ingest.retry (a delay, then logs_ingest)  ◄── worker, after an unexpected failure
            │  └── logs_ingest.isolated  ◄── worker, after a delivery nobody settled; ──► runs alone
            ▼
        logs_ingest.dlx ──► logs_ingest.dlq ──► aggregator (records dead letters)

logmill.events (topic): progress of jobs, not persistent, a queue for each api process
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractQueue

from shared.broker import transport_errors
from shared.errors import BrokerUnavailable, ConfigurationError
from shared.lifecycle import Stop, unless_stopped
from shared.retries import wait_until_available
from shared.settings import Settings

INGEST_QUEUE = "logs_ingest"
BULK_QUEUE = "logs_ingest.bulk"
ISOLATION_QUEUE = "logs_ingest.isolated"
RETRY_QUEUE = "logs_ingest.retry"
DEAD_LETTER_EXCHANGE = "logs_ingest.dlx"
DEAD_LETTER_QUEUE = "logs_ingest.dlq"
EVENTS_EXCHANGE = "logmill.events"
OPEN_TIMEOUT_SECONDS = 30
CLOSE_TIMEOUT_SECONDS = 2
WORK_QUEUES = (INGEST_QUEUE, BULK_QUEUE, ISOLATION_QUEUE, RETRY_QUEUE)
PIPELINE_QUEUES = (*WORK_QUEUES, DEAD_LETTER_QUEUE)


@dataclass(frozen=True, slots=True)
class Topology:
    """What `declare` made, bound to the channel it was declared on."""

    ingest: AbstractQueue
    bulk: AbstractQueue
    isolated: AbstractQueue
    dead_letters: AbstractQueue
    events: AbstractExchange


def ingest_arguments(settings: Settings, delivery_limit: int) -> dict[str, Any]:
    """A full queue refuses publishes instead of dropping; a dead letter is only removed once its copy is confirmed."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": delivery_limit,
        "x-dead-letter-exchange": DEAD_LETTER_EXCHANGE,
        "x-dead-letter-routing-key": DEAD_LETTER_QUEUE,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-max-length-bytes": settings.max_queue_bytes,
    }


def retry_arguments(settings: Settings) -> dict[str, Any]:
    """Messages wait here until their time is up, then go back to the ingest queue."""
    return {
        "x-queue-type": "quorum",
        "x-message-ttl": int(settings.retry_delay_seconds * 1000),
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": INGEST_QUEUE,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def queue_arguments(settings: Settings) -> dict[str, dict[str, Any]]:
    """Every queue of the pipeline, and what it is declared with."""
    work = ingest_arguments(settings, settings.delivery_limit)
    return {
        INGEST_QUEUE: work,
        BULK_QUEUE: work,
        ISOLATION_QUEUE: ingest_arguments(settings, settings.isolated_delivery_limit),
        RETRY_QUEUE: retry_arguments(settings),
        DEAD_LETTER_QUEUE: {"x-queue-type": "quorum"},
    }


async def open_channel(
    connection: AbstractConnection, settings: Settings, stop: Stop, *, prefetch: int = 0, returns_raise: bool = False
) -> tuple[AbstractChannel, Topology]:
    """A channel with everything declared on it; waits for RabbitMQ, which may go away just then, until the stop.

    Where declaring is somebody else's (`migrate_at_start`), waits for that too.
    `prefetch`: deliveries each consumer may hold, 0 for any number. `returns_raise`: an unroutable publish is an error.
    Raises ConfigurationError as `declare` does, and Stopped.
    """

    async def attempt() -> tuple[AbstractChannel, Topology]:
        with transport_errors():
            async with asyncio.timeout(OPEN_TIMEOUT_SECONDS):
                channel = await connection.channel(on_return_raises=returns_raise)
                try:
                    await channel.set_qos(prefetch_count=prefetch)
                    return channel, await (declare if settings.migrate_at_start else find)(channel, settings)
                except BaseException:
                    with suppress(TimeoutError, BrokerUnavailable), transport_errors():
                        await asyncio.wait_for(channel.close(), CLOSE_TIMEOUT_SECONDS)
                    raise

    return await unless_stopped(wait_until_available("RabbitMQ", attempt, stop), stop)


async def declare(channel: AbstractChannel, settings: Settings) -> Topology:
    """Declares all of it; raises ConfigurationError where a queue exists with other arguments."""
    arguments = queue_arguments(settings)
    try:
        dlx = await channel.declare_exchange(DEAD_LETTER_EXCHANGE, aio_pika.ExchangeType.DIRECT, durable=True)
        dead_letters = await channel.declare_queue(
            DEAD_LETTER_QUEUE, durable=True, arguments=arguments[DEAD_LETTER_QUEUE]
        )
        await dead_letters.bind(dlx, routing_key=DEAD_LETTER_QUEUE)
        ingest, bulk, isolated, _ = [
            await channel.declare_queue(name, durable=True, arguments=arguments[name]) for name in WORK_QUEUES
        ]
        events = await channel.declare_exchange(EVENTS_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
    except aio_pika.exceptions.ChannelPreconditionFailed as error:
        raise ConfigurationError(
            f"RabbitMQ has one of logmill's queues with other arguments than the settings say: {error};"
            " drain and delete that queue, or change the setting back"
        ) from error
    return Topology(ingest=ingest, bulk=bulk, isolated=isolated, dead_letters=dead_letters, events=events)


async def find(channel: AbstractChannel, _: Settings) -> Topology:
    """What `declare` made; asking takes no permission. Raises BrokerUnavailable where some of it is missing."""
    try:
        await channel.declare_exchange(DEAD_LETTER_EXCHANGE, passive=True)
        ingest, bulk, isolated, _retry, dead_letters = [
            await channel.declare_queue(name, passive=True) for name in PIPELINE_QUEUES
        ]
        events = await channel.declare_exchange(EVENTS_EXCHANGE, passive=True)
    except aio_pika.exceptions.ChannelNotFoundEntity as error:
        raise BrokerUnavailable(f"`python -m services.migrate` has to declare it: {error}") from error
    return Topology(ingest=ingest, bulk=bulk, isolated=isolated, dead_letters=dead_letters, events=events)
