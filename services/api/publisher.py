"""Line batches into the ingest queues: confirmed, a bounded number of them in flight, retried while the broker is away.

An input's beginning goes into the queue that workers empty first, the rest of it into the other: so a small file never
stands behind a big one.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, repeat

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractRobustConnection
from aio_pika.exceptions import DeliveryError, PublishError

from services.api.congestion import Congestion, Failure, HeldUp
from services.api.metrics import ApiMetrics
from services.api.settings import ApiSettings
from services.api.threads import aside
from shared.batch_spans import publishing
from shared.broker import transport_errors
from shared.clock import Clock
from shared.crash_points import crash_point
from shared.errors import BrokerUnavailable
from shared.messages import LineBatch, encode
from shared.topology import BULK_QUEUE, INGEST_QUEUE

PAUSES_SECONDS = (0.1, 0.2, 0.5, 1, 2)
"""Between two tries of a publish; the last one repeats."""
INLINE_BYTES = 2 * 1024**2
"""Compressed without a thread."""
BLOCKED = "the message broker is short of memory or disk space"

Unblocked = Callable[[], Awaitable[None]]
"""Returns once the broker reads what is published: at once, but for an alarm."""


def unblocked(connection: AbstractRobustConnection) -> Unblocked:
    """Of what is published on `connection`, as the broker's connection.blocked tells it."""

    async def wait() -> None:
        if connection.transport is not None:
            await connection.transport.ready()

    return wait


class Publisher:
    """Publishes on one channel, which must have confirms and raise for returned messages."""

    def __init__(
        self, channel: AbstractChannel, unblocked: Unblocked, settings: ApiSettings, metrics: ApiMetrics, clock: Clock
    ) -> None:
        self._channel = channel
        self._unblocked = unblocked
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._congestion = {queue: Congestion(queue) for queue in (INGEST_QUEUE, BULK_QUEUE)}

    def queue_at(self, byte_offset: int) -> str:
        """The queue of what lies so far behind an input's beginning."""
        return INGEST_QUEUE if byte_offset < self._settings.priority_bytes else BULK_QUEUE

    async def held_up(self, queue: str) -> str | None:
        """What keeps `queue` from taking batches just now, for people; None where nothing is known to."""
        try:
            async with asyncio.timeout(0):
                await self._unblocked()
        except TimeoutError:
            return BLOCKED
        return self._congestion[queue].reason(self._clock.monotonic())

    async def require_room(self) -> None:
        """Raises HeldUp where another upload had to wait from its first batch on."""
        if reason := await self.held_up(self.queue_at(0)):
            raise HeldUp(reason)

    async def publish(self, batch: LineBatch, *, patience_seconds: float, queue: str | None = None) -> None:
        """Returns once the broker has the batch on disk, in `queue` or in the one for its place in the input.

        Tries again for `patience_seconds`, then raises HeldUp. A try that failed may still have arrived: the ledger
        makes the batch count once however often it does.
        """
        queue = queue or self.queue_at(batch.byte_offset)
        with publishing(batch, queue) as span:
            traced = replace(batch, traceparent=span.traceparent or batch.traceparent)
            await self._publish(traced, queue, self._clock.monotonic() + patience_seconds)

    async def _publish(self, batch: LineBatch, queue: str, give_up_at: float) -> None:
        message = await aside(len(batch.body), INLINE_BYTES, partial(encode, batch, self._clock.now()))
        for pause in chain(PAUSES_SECONDS, repeat(PAUSES_SECONDS[-1])):
            seconds_left = give_up_at - self._clock.monotonic()
            error = await self._try(message, queue, min(self._settings.publish_timeout_seconds, seconds_left))
            if error is None:
                crash_point("api.confirmed", batch.body)
                return
            if self._clock.monotonic() + pause >= give_up_at:
                raise HeldUp(await self.held_up(queue) or str(error)) from error
            await asyncio.sleep(pause)

    async def _try(self, message: aio_pika.Message, queue: str, seconds: float) -> BrokerUnavailable | None:
        congestion = self._congestion[queue]
        number = congestion.begin(self._clock.monotonic())
        try:
            with self._metrics.confirm_seconds.time(), transport_errors():
                async with asyncio.timeout(seconds):
                    await self._unblocked()
                    await self._channel.default_exchange.publish(message, queue, mandatory=True)
        except BrokerUnavailable as error:
            failure = failure_of(error.__cause__)
            congestion.fail(number, failure, self._clock.monotonic())
            self._metrics.published.labels(failure).inc()
            return error
        finally:
            congestion.forget(number)
        congestion.confirm(number, self._clock.monotonic())
        self._metrics.published.labels("confirmed").inc()
        return None


def failure_of(error: BaseException | None) -> Failure:
    """What it was that the broker's library raised."""
    if isinstance(error, DeliveryError) and not isinstance(error, PublishError):  # that one means: there is no queue
        return "refused"
    return "timeout" if isinstance(error, TimeoutError) else "unavailable"


class Window:
    """At most `size` unconfirmed batches of one upload; a full window makes `send` wait, and so the client.

    A batch is tried for `patience_seconds`, the first one for `first_patience_seconds`.
    """

    def __init__(
        self,
        publisher: Publisher,
        tasks: asyncio.TaskGroup,
        confirmed: Callable[[LineBatch], None],
        *,
        size: int,
        patience_seconds: float,
        first_patience_seconds: float,
    ) -> None:
        self._publisher = publisher
        self._tasks = tasks
        self._confirmed = confirmed
        self._free = asyncio.Semaphore(size)
        self._patience_seconds = patience_seconds
        self._next_patience_seconds = first_patience_seconds
        self._unconfirmed: Counter[str] = Counter()

    @property
    def unconfirmed(self) -> int:
        """Batches the broker does not have yet, as far as is known."""
        return self._unconfirmed.total()

    async def held_up(self) -> str | None:
        """What holds up what is unconfirmed, for people; None where nothing is known to."""
        for queue, count in list(self._unconfirmed.items()):
            if count and (reason := await self._publisher.held_up(queue)):
                return reason
        return None

    async def send(self, batch: LineBatch) -> None:
        """Starts publishing `batch` as soon as the window has room."""
        await self._free.acquire()
        patience, self._next_patience_seconds = self._next_patience_seconds, self._patience_seconds
        self._unconfirmed[self._publisher.queue_at(batch.byte_offset)] += 1
        self._tasks.create_task(self._publish(batch, patience), name=f"publish {batch.message_id}")

    async def _publish(self, batch: LineBatch, patience_seconds: float) -> None:
        try:
            await self._publisher.publish(batch, patience_seconds=patience_seconds)
        finally:
            self._free.release()
        self._unconfirmed[self._publisher.queue_at(batch.byte_offset)] -= 1
        self._confirmed(batch)


@asynccontextmanager
async def open_window(
    publisher: Publisher, settings: ApiSettings, confirmed: Callable[[LineBatch], None], *, is_first: bool
) -> AsyncIterator[Window]:
    """Leaving it cleanly waits until every batch is confirmed, and tells `confirmed` of each.

    `is_first`: nothing of the upload was confirmed before; there is less patience then, for it can still be refused.
    Raises HeldUp if a batch was not confirmed, or whatever the block raised.
    """
    patience = settings.publish_patience_seconds
    first_patience = min(patience, settings.publish_first_patience_seconds) if is_first else patience
    try:
        async with asyncio.TaskGroup() as tasks:
            window = Window(
                publisher,
                tasks,
                confirmed,
                size=settings.publish_window_batches,
                patience_seconds=patience,
                first_patience_seconds=first_patience,
            )
            yield window
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from group
    if window.unconfirmed:  # a task group lets a cancelled task pass in silence
        raise BrokerUnavailable(f"{window.unconfirmed} batches were not confirmed")
