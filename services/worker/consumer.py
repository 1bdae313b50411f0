"""Deliveries in, settlements out: the only place where a message is acknowledged."""

import asyncio
from contextlib import suppress
from datetime import UTC
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from services.worker.metrics import WorkerMetrics
from services.worker.pipeline import Delivery, Pipeline
from services.worker.settings import WorkerSettings
from services.worker.settlement import Ack, DeadLetter, GiveBack, Retry, Settlement
from shared.broker import transport_errors
from shared.clock import Clock
from shared.errors import BrokerUnavailable
from shared.lifecycle import Stop, sleep_until
from shared.logs import get_logger
from shared.topology import DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE, RETRY_QUEUE

log = get_logger(__name__)

PUBLISH_TIMEOUT_SECONDS = 10
GIVE_BACK_TIMEOUT_SECONDS = 3
PAUSE_SECONDS = 0.5


class Consumer:
    """Works on `worker_concurrency` deliveries at once until stopped; then finishes those and gives back the rest."""

    def __init__(
        self, settings: WorkerSettings, pipeline: Pipeline, metrics: WorkerMetrics, clock: Clock, stop: Stop
    ) -> None:
        self._settings = settings
        self._pipeline = pipeline
        self._metrics = metrics
        self._clock = clock
        self._stop = stop
        self._waiting: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()

    async def run(self, queue: AbstractQueue, publisher: AbstractChannel) -> None:
        """Consumes `queue` until the stop. `publisher` takes retries and dead letters, with confirms.

        It is a channel of another connection: a memory or disk alarm blocks a connection that publishes, and the
        acknowledgements of all other batches must not wait for that.
        """
        tag = await queue.consume(self._waiting.put)
        log.info("consuming", queue=queue.name, concurrency=self._settings.worker_concurrency)
        workers = [asyncio.create_task(self._work(publisher)) for _ in range(self._settings.worker_concurrency)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
        with suppress(BrokerUnavailable), transport_errors():
            await queue.cancel(tag)
        await asyncio.gather(*(self._settle(publisher, message, GiveBack()) for message in self._take_waiting()))
        log.info("stopped consuming", queue=queue.name)

    async def _work(self, publisher: AbstractChannel) -> None:
        while (message := await self._next()) is not None:
            with self._metrics.in_progress.track_inprogress():
                settlement = await self._pipeline.process(self._delivery(message))
            await self._settle(publisher, message, settlement)

    async def _next(self) -> AbstractIncomingMessage | None:
        """The next delivery, or None after the stop."""
        if self._stop.is_set():
            return None
        getter = asyncio.ensure_future(self._waiting.get())
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((getter, stopped), return_when=asyncio.FIRST_COMPLETED)
            return await getter if getter.done() else None
        finally:
            stopped.cancel()
            getter.cancel()

    def _take_waiting(self) -> list[AbstractIncomingMessage]:
        return [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]

    async def _settle(
        self, publisher: AbstractChannel, message: AbstractIncomingMessage, settlement: Settlement
    ) -> None:
        """Carries the settlement out: first the copy, where it takes one, then the acknowledgement."""
        try:
            with transport_errors():
                await self._publish_copy(publisher, message, settlement)
        except BrokerUnavailable as error:
            await self._postpone(message, settlement, error)
            return
        try:
            with transport_errors():
                await message.ack()
        except BrokerUnavailable as error:
            log.warning("an acknowledgement was lost; the batch will be delivered again", error=str(error))
            await sleep_until(self._stop, PAUSE_SECONDS)
            return
        self._count(message, settlement)

    async def _publish_copy(
        self, publisher: AbstractChannel, message: AbstractIncomingMessage, settlement: Settlement
    ) -> None:
        match settlement:
            case Retry(attempts=attempts):
                copy = _copy(message, {"attempts": list(attempts)})
                await publisher.default_exchange.publish(copy, RETRY_QUEUE, timeout=PUBLISH_TIMEOUT_SECONDS)
            case DeadLetter(reason=reason, detail=detail, attempts=attempts):
                copy = _copy(message, {"reason": reason, "detail": detail, "attempts": list(attempts)})
                exchange = await publisher.get_exchange(DEAD_LETTER_EXCHANGE, ensure=False)
                await exchange.publish(copy, DEAD_LETTER_QUEUE, timeout=PUBLISH_TIMEOUT_SECONDS)
            case GiveBack():
                # Every way to return a delivery itself is counted by some RabbitMQ; a copy begins at none.
                copy = _copy(message, {})
                await publisher.default_exchange.publish(copy, RETRY_QUEUE, timeout=GIVE_BACK_TIMEOUT_SECONDS)

    async def _postpone(
        self, message: AbstractIncomingMessage, settlement: Settlement, error: BrokerUnavailable
    ) -> None:
        """No copy could be published: the delivery waits here for another turn; at a stop it is simply returned."""
        log.warning("RabbitMQ takes no message; the batch waits", wanted=type(settlement).__name__, error=str(error))
        if not self._stop.is_set():
            self._waiting.put_nowait(message)
            await sleep_until(self._stop, PAUSE_SECONDS)
            return
        with suppress(BrokerUnavailable), transport_errors():
            await message.nack(requeue=True)
            self._metrics.batches.labels("given_back").inc()

    def _count(self, message: AbstractIncomingMessage, settlement: Settlement) -> None:
        match settlement:
            case Ack(outcome=outcome):
                pass
            case Retry():
                outcome = "retried"
            case DeadLetter(reason=reason, detail=detail):
                outcome = "dead_lettered"
                log.error("line batch dead-lettered", message_id=message.message_id, reason=reason, detail=detail)
            case GiveBack():
                outcome = "given_back"
        self._metrics.batches.labels(outcome).inc()
        if message.timestamp:
            age = self._clock.now() - message.timestamp.astimezone(UTC)
            self._metrics.batch_age_seconds.observe(max(0.0, age.total_seconds()))

    def _delivery(self, message: AbstractIncomingMessage) -> Delivery:
        told = message.timestamp
        return Delivery(
            body=message.body,
            message_type=message.type,
            headers=message.headers,
            published_at=told.astimezone(UTC) if told else self._clock.now(),
        )


def _copy(message: AbstractIncomingMessage, headers: dict[str, Any]) -> aio_pika.Message:
    """The same message with `headers` added; the broker's own (x-death, …) stay behind."""
    kept = {name: value for name, value in message.headers.items() if not name.startswith("x-")}
    return aio_pika.Message(
        message.body,
        headers={**kept, **headers},
        content_type=message.content_type,
        content_encoding=message.content_encoding,
        type=message.type,
        message_id=message.message_id,
        timestamp=message.timestamp,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
