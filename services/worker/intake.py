"""The two standing consumers, which may be stopped and started again."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from services.worker.isolation import was_lost_before
from services.worker.lanes import Lane, Lanes
from shared.broker import transport_errors
from shared.errors import BrokerUnavailable

CANCEL_TIMEOUT_SECONDS = 5


class Intake:
    """Puts what arrives from the queues into their lanes, and apart what was lost before."""

    def __init__(self, queues: dict[Lane, AbstractQueue], lanes: Lanes[AbstractIncomingMessage]) -> None:
        self._queues = queues
        self._lanes = lanes
        self._tags: dict[Lane, str] = {}

    async def open(self) -> None:
        """Consumes each queue that is not consumed already; raises BrokerUnavailable."""
        for lane, queue in self._queues.items():
            if lane not in self._tags:
                with transport_errors():
                    self._tags[lane] = await queue.consume(self._receiver(lane))

    async def close(self) -> None:
        """Nothing arrives any more, from a broker that is away neither."""
        for lane, queue in self._queues.items():
            if (tag := self._tags.pop(lane, None)) is not None:
                with suppress(BrokerUnavailable), transport_errors():
                    await queue.cancel(tag, timeout=CANCEL_TIMEOUT_SECONDS)

    def _receiver(self, lane: Lane) -> Callable[[AbstractIncomingMessage], Awaitable[None]]:
        async def receive(message: AbstractIncomingMessage) -> None:
            if was_lost_before(message.headers):
                self._lanes.put_suspect(message)
            else:
                self._lanes.put(lane, message)

        return receive
