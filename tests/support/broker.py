"""The suite's RabbitMQ, seen from outside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from tests.support.suite import POLL_SECONDS, READY_SECONDS, Suite


@asynccontextmanager
async def open_channel(suite: Suite) -> AsyncIterator[AbstractChannel]:
    """A channel of its own connection, with confirms; a message that reaches no queue is an error."""
    broker = await aio_pika.connect(suite.environment["RABBITMQ_URL"])
    try:
        yield await broker.channel(on_return_raises=True)
    finally:
        await broker.close()


async def waiting(channel: AbstractChannel, *queues: str) -> int:
    """Messages ready in the queues."""
    declared = [(await channel.declare_queue(queue, passive=True)).declaration_result for queue in queues]
    return sum(queue.message_count or 0 for queue in declared)


async def take(channel: AbstractChannel, queue: str) -> AbstractIncomingMessage | None:
    """The next message, for good; None where there is none."""
    return await (await channel.get_queue(queue, ensure=False)).get(no_ack=True, fail=False)


async def wait_for_messages(channel: AbstractChannel, messages: int, *queues: str) -> None:
    """Returns once so many messages are ready in the queues, all told."""
    found = None
    try:
        async with asyncio.timeout(READY_SECONDS):
            while (found := await waiting(channel, *queues)) != messages:  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise AssertionError(f"{found} instead of {messages} messages in {', '.join(queues)}") from None
