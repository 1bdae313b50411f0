"""One batch with nothing beside it: if the process dies then, nobody else can be to blame.

A delivery that somebody had before and did not settle is never worked on where it is. It is passed on to
`logs_ingest.isolated`, where nobody has a standing consumer: its batches are fetched one by one, each while this
process has nothing else in work. RabbitMQ dead-letters the one that ends `isolated_delivery_limit` processes more.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from services.worker.calls import Call
from shared.broker import transport_errors
from shared.clock import Clock
from shared.errors import TransientError
from shared.lifecycle import Stop, sleep_until
from shared.operations import Probe

T = TypeVar("T")

POLL_SECONDS = 1
FETCH_TIMEOUT_SECONDS = 5
PATIENCE_SECONDS = 10
STEADY_SECONDS = 5
DELIVERY_COUNT = "x-delivery-count"


def was_lost_before(headers: Mapping[str, Any]) -> bool:
    """Whether a delivery of this message ended unsettled before. A first one does not have the header."""
    count = headers.get(DELIVERY_COUNT)
    return isinstance(count, int) and count > 0


class Gate:
    """Many work together, or one works alone. Those who ask to be alone take turns."""

    def __init__(self) -> None:
        self._together = 0
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Waits while somebody is alone, or wants to be."""
        while not self._open.is_set():
            await self._open.wait()
        self._together += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._together -= 1
            if self._together == 0:
                self._empty.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[bool]:
        """Lets what is at work end and holds up what is new; False where that takes too long: it goes on, then."""
        async with self._turn:
            self._open.clear()
            try:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._empty.wait(), PATIENCE_SECONDS)
                yield self._empty.is_set()
            finally:
                self._open.set()


class Isolation:
    """Fetches from queues one by one, to be worked on alone.

    `check` raises TransientError where work would have to wait: what waits in its queue cannot die with a process.
    A connection that was lost is not trusted at once: each loss with a batch in hand counts against that batch.
    `call` is for whoever passed something on just now, or knows of the stop: the next look comes at once.
    """

    def __init__(self, check: Probe, clock: Clock, stop: Stop) -> None:
        self.gate = Gate()
        self._check = check
        self._clock = clock
        self._stop = stop
        self._not_before = -math.inf
        self.call = Call()

    def connection_came_back(self, *_sender: object) -> None:
        """To be called after each reconnection."""
        self._not_before = self._clock.monotonic() + STEADY_SECONDS

    async def run(
        self,
        queue: AbstractQueue,
        work: Callable[[AbstractIncomingMessage], Awaitable[object]],
        may_look: Callable[[], bool],
    ) -> None:
        """Works off `queue` until the stop, looking about once a second whether it holds anything."""
        while not self._stop.is_set():
            with suppress(TransientError):
                while may_look() and await self.work_one(queue, work) is not None:
                    pass
            await self.call.wait(POLL_SECONDS)

    async def work_one(self, queue: AbstractQueue, work: Callable[[AbstractIncomingMessage], Awaitable[T]]) -> T | None:
        """What `work` answers about the next message; None where there is none, and nothing is held up for that.

        Raises BrokerUnavailable, and what the check raises.
        """
        if self._stop.is_set() or self._clock.monotonic() < self._not_before or not await _has_waiting(queue):
            return None
        await self._check()
        async with self.gate.alone() as is_alone:
            if self._stop.is_set():
                return None
            if is_alone:
                message = await _fetch(queue)
                return None if message is None else await work(message)
        await sleep_until(self._stop, PATIENCE_SECONDS)  # something is held here for long; the others get their turn
        return None


async def _has_waiting(queue: AbstractQueue) -> bool:
    with transport_errors():
        async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
            channel = await queue.channel.get_underlay_channel()
            declared = await channel.queue_declare(queue.name, passive=True)
    return bool(declared.message_count)


async def _fetch(queue: AbstractQueue) -> AbstractIncomingMessage | None:
    with transport_errors():
        async with asyncio.timeout(2 * FETCH_TIMEOUT_SECONDS):
            return await queue.get(fail=False, timeout=FETCH_TIMEOUT_SECONDS)
