"""Line batches into logs_ingest: confirmed, a bounded number of them in flight, retried while the broker is away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import DeliveryError

from services.api.metrics import ApiMetrics
from shared.broker import transport_errors
from shared.clock import Clock
from shared.errors import BrokerUnavailable
from shared.messages import LineBatch, encode
from shared.topology import INGEST_QUEUE

PAUSES_SECONDS = (0.1, 0.2, 0.5, 1, 2)
"""Between two tries of a publish; the last one repeats."""


class Publisher:
    """Publishes on one channel, which must have confirms and raise for returned messages."""

    def __init__(
        self,
        channel: AbstractChannel,
        metrics: ApiMetrics,
        clock: Clock,
        *,
        timeout_seconds: float,
        patience_seconds: float,
    ) -> None:
        self._channel = channel
        self._metrics = metrics
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._patience_seconds = patience_seconds

    async def publish(self, batch: LineBatch) -> None:
        """Returns once the broker has the batch on disk.

        Tries again for `patience_seconds`, then raises BrokerUnavailable. A try that failed may still have arrived:
        the ledger makes the batch count once however often it does.
        """
        message = encode(batch, self._clock.now())
        give_up_at = self._clock.monotonic() + self._patience_seconds
        tries = 0
        while True:
            try:
                with self._metrics.confirm_seconds.time(), transport_errors():
                    await self._channel.default_exchange.publish(
                        message, INGEST_QUEUE, mandatory=True, timeout=self._timeout_seconds
                    )
            except BrokerUnavailable as error:
                self._metrics.published.labels(_result(error.__cause__)).inc()
                if self._clock.monotonic() >= give_up_at:
                    raise
            else:
                self._metrics.published.labels("confirmed").inc()
                return
            await asyncio.sleep(PAUSES_SECONDS[min(tries, len(PAUSES_SECONDS) - 1)])
            tries += 1


def _result(error: BaseException | None) -> str:
    if isinstance(error, DeliveryError):
        return "refused"
    return "timeout" if isinstance(error, TimeoutError) else "unavailable"


class Window:
    """At most `size` unconfirmed batches of one upload; a full window makes `send` wait, and so the client."""

    def __init__(
        self, publisher: Publisher, size: int, tasks: asyncio.TaskGroup, confirmed: Callable[[LineBatch], None]
    ) -> None:
        self._publisher = publisher
        self._free = asyncio.Semaphore(size)
        self._tasks = tasks
        self._confirmed = confirmed
        self.unconfirmed = 0

    async def send(self, batch: LineBatch) -> None:
        """Starts publishing `batch` as soon as the window has room."""
        await self._free.acquire()
        self.unconfirmed += 1
        self._tasks.create_task(self._publish(batch), name=f"publish {batch.message_id}")

    async def _publish(self, batch: LineBatch) -> None:
        try:
            await self._publisher.publish(batch)
        finally:
            self._free.release()
        self.unconfirmed -= 1
        self._confirmed(batch)


@asynccontextmanager
async def open_window(publisher: Publisher, size: int, confirmed: Callable[[LineBatch], None]) -> AsyncIterator[Window]:
    """Leaving it cleanly waits until every batch is confirmed, and tells `confirmed` of each.

    Raises BrokerUnavailable if one was not, or whatever the block raised.
    """
    try:
        async with asyncio.TaskGroup() as tasks:
            window = Window(publisher, size, tasks, confirmed)
            yield window
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from group
    if window.unconfirmed:  # a task group lets a cancelled task pass in silence
        raise BrokerUnavailable(f"{window.unconfirmed} batches were not confirmed")
