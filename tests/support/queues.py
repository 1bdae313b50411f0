"""How many messages wait in the queues of a suite, as the broker says itself."""

import asyncio

import aio_pika

from shared.topology import PIPELINE_QUEUES
from tests.support.suite import Suite


def waiting(suite: Suite) -> dict[str, int]:
    """Messages ready for delivery by queue; what workers hold does not count."""
    return asyncio.run(_waiting(suite.environment["RABBITMQ_URL"]))


async def _waiting(url: str) -> dict[str, int]:
    async with await aio_pika.connect(url) as connection, connection.channel() as channel:
        queues = [await channel.declare_queue(name, passive=True) for name in PIPELINE_QUEUES]
    return {queue.name: queue.declaration_result.message_count or 0 for queue in queues}


def are_drained(suite: Suite) -> bool:
    """Whether no line batch waits, or is being worked on."""
    busy = sum(worker.metric("logmill_worker_batches_in_progress") for worker in suite.workers)
    return not any(waiting(suite).values()) and not busy
