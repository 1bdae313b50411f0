"""Deliveries in, settlements out: the only place where a message is acknowledged."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from services.worker.metrics import WorkerMetrics
from services.worker.pipeline import Delivery, Pipeline
from services.worker.settings import WorkerSettings
from services.worker.settlement import Ack, DeadLetter, GiveBack, Retry, Settlement
from shared.broker import TRANSPORT_ERRORS
from shared.clock import Clock
from shared.lifecycle import Stop, sleep_until
from shared.logs import get_logger
from shared.topology import DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE, RETRY_QUEUE

log = get_logger(__name__)

PUBLISH_TIMEOUT_SECONDS = 30


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

    async def run(self, channel: AbstractChannel, queue: AbstractQueue) -> None:
        """Consumes `queue` until the stop. `channel` publishes retries and dead letters, with confirms."""
        tag = await queue.consume(self._waiting.put)
        log.info("consuming", queue=queue.name, concurrency=self._settings.worker_concurrency)
        workers = [asyncio.create_task(self._work(channel)) for _ in range(self._settings.worker_concurrency)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
        with suppress(*TRANSPORT_ERRORS):
            await queue.cancel(tag)
            await self._give_back_waiting()
        log.info("stopped consuming", queue=queue.name)

    async def _work(self, channel: AbstractChannel) -> None:
        while (message := await self._next()) is not None:
            with self._metrics.in_progress.track_inprogress():
                settlement = await self._pipeline.process(_delivery(message))
            await self._settle(channel, message, settlement)

    async def _next(self) -> AbstractIncomingMessage | None:
        """The next delivery, or None after the stop."""
        getter = asyncio.ensure_future(self._waiting.get())
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((getter, stopped), return_when=asyncio.FIRST_COMPLETED)
            return None if self._stop.is_set() and not getter.done() else await getter
        finally:
            stopped.cancel()
            getter.cancel()

    async def _settle(self, channel: AbstractChannel, message: AbstractIncomingMessage, settlement: Settlement) -> None:
        """Carries the settlement out. Where the broker is away, the delivery comes again and the ledger knows it."""
        try:
            match settlement:
                case Ack(outcome=outcome):
                    await message.ack()
                case Retry(attempts=attempts):
                    outcome = "retried"
                    await self._publish_retry(channel, message, attempts)
                    await message.ack()
                case DeadLetter() as letter:
                    outcome = "dead_lettered"
                    log.error("line batch dead-lettered", message_id=message.message_id, reason=letter.reason)
                    await self._publish_dead_letter(channel, message, letter)
                    await message.ack()
                case GiveBack():
                    outcome = "given_back"
                    await message.reject(requeue=True)
        except TRANSPORT_ERRORS as error:
            log.warning("a settlement did not reach RabbitMQ; the batch will be delivered again", error=str(error))
            await sleep_until(self._stop, 0.5)
            return
        self._metrics.batches.labels(outcome).inc()
        if message.timestamp:
            age = self._clock.now() - message.timestamp.astimezone(UTC)
            self._metrics.batch_age_seconds.observe(max(0.0, age.total_seconds()))

    async def _publish_retry(
        self, channel: AbstractChannel, message: AbstractIncomingMessage, attempts: tuple[str, ...]
    ) -> None:
        copy = _copy(message, {"attempts": list(attempts)})
        await channel.default_exchange.publish(copy, RETRY_QUEUE, timeout=PUBLISH_TIMEOUT_SECONDS)

    async def _publish_dead_letter(
        self, channel: AbstractChannel, message: AbstractIncomingMessage, letter: DeadLetter
    ) -> None:
        told: dict[str, Any] = {
            "reason": letter.reason,
            "detail": letter.detail,
            "attempts": list(letter.attempts),
        }
        exchange = await channel.get_exchange(DEAD_LETTER_EXCHANGE, ensure=False)
        await exchange.publish(_copy(message, told), DEAD_LETTER_QUEUE, timeout=PUBLISH_TIMEOUT_SECONDS)

    async def _give_back_waiting(self) -> None:
        while not self._waiting.empty():
            await self._waiting.get_nowait().reject(requeue=True)


def _delivery(message: AbstractIncomingMessage) -> Delivery:
    published_at = message.timestamp
    return Delivery(
        body=message.body,
        message_type=message.type,
        headers=message.headers,
        published_at=published_at.astimezone(UTC) if published_at else datetime.now(UTC),
    )


def _copy(message: AbstractIncomingMessage, headers: dict[str, Any]) -> aio_pika.Message:
    """The same message with `headers` added; the broker's own (x-death, …) stay behind."""
    kept = {name: value for name, value in message.headers.items() if not name.startswith("x-")}
    return aio_pika.Message(
        message.body,
        headers={**kept, **headers},
        content_type=message.content_type,
        type=message.type,
        message_id=message.message_id,
        timestamp=message.timestamp,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
