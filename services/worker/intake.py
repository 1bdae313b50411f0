"""The two standing consumers, which may be stopped and started again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from services.worker.isolation import was_lost_before
from services.worker.lanes import Lane, Lanes
from shared.broker import transport_errors
from shared.errors import BrokerUnavailable
from shared.lifecycle import Stop, unless_stopped

OPEN_TIMEOUT_SECONDS = 10
CLOSE_TIMEOUT_SECONDS = 3


class Intake:
    """Puts what arrives from the queues into their lanes, and apart what was lost before."""

    def __init__(self, queues: dict[Lane, AbstractQueue], lanes: Lanes[AbstractIncomingMessage], stop: Stop) -> None:
        self._queues = queues
        self._lanes = lanes
        self._stop = stop
        self._tags: dict[Lane, str] = {}

    async def open(self) -> None:
        """Consumes each queue that is not consumed already; raises BrokerUnavailable, and Stopped by a stop."""
        for lane, queue in self._queues.items():
            if lane not in self._tags:
                with transport_errors():
                    await unless_stopped(_wait_for_connection(queue), self._stop)
                    async with asyncio.timeout(OPEN_TIMEOUT_SECONDS):
                        self._tags[lane] = await queue.consume(self._receiver(lane))

    async def close(self) -> None:
        """Nothing arrives any more, from a broker that is away neither."""
        for lane, queue in self._queues.items():
            if (tag := self._tags.pop(lane, None)) is not None:
                with suppress(BrokerUnavailable), transport_errors():
                    # The library's own timeout does not cover its wait for a connection that is away.
                    async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                        await queue.cancel(tag)

    def _receiver(self, lane: Lane) -> Callable[[AbstractIncomingMessage], Awaitable[None]]:
        async def receive(message: AbstractIncomingMessage) -> None:
            if was_lost_before(message.headers):
                self._lanes.put_suspect(message)
            else:
                self._lanes.put(lane, message)

        return receive


async def _wait_for_connection(queue: AbstractQueue) -> None:
    await queue.channel.get_underlay_channel()
