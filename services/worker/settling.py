"""Settlements carried out: the only place where a message is acknowledged."""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import UTC
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import ChannelInvalidStateError

from services.worker.copies import copy_of
from services.worker.metrics import WorkerMetrics
from services.worker.settlement import Ack, DeadLetter, GiveBack, Isolate, Retry, Settlement, label_of
from services.worker.traces import trace_of
from shared.attempts import as_header
from shared.broker import transport_errors
from shared.clock import Clock
from shared.crash_points import crash_point
from shared.errors import BrokerUnavailable
from shared.lifecycle import Stop, sleep_until
from shared.logs import get_logger
from shared.topology import DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE, ISOLATION_QUEUE, RETRY_QUEUE

log = get_logger(__name__)

PUBLISH_TIMEOUT_SECONDS = 10
BRIEF_TIMEOUT_SECONDS = 3
"""For what can be returned as it is, if need be: what is given back, and everything after the stop."""
PAUSE_SECONDS = 0.5


class Settling:
    """Carries settlements out: first the copy, where it takes one, then the acknowledgement.

    `publisher` is a channel with confirms, of another connection than the deliveries: a memory or disk alarm blocks a
    connection that publishes, and the acknowledgements of all other batches must not wait for that. What RabbitMQ
    takes no copy of is postponed, and its delivery stays unacknowledged; so there is never more than was delivered.
    """

    def __init__(self, publisher: AbstractChannel, metrics: WorkerMetrics, clock: Clock, stop: Stop) -> None:
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock
        self._stop = stop
        self._postponed: deque[tuple[AbstractIncomingMessage, Settlement]] = deque()

    async def settle(self, message: AbstractIncomingMessage, settlement: Settlement) -> bool:
        """Whether it is done, or nothing can be done for the delivery any more; else it is postponed.

        After the stop nothing is postponed: the delivery itself is returned. What no copy can be sent of is rejected:
        RabbitMQ dead-letters the delivery itself.
        """
        try:
            if not isinstance(settlement, Ack) and not await self._pass_on(message, settlement):
                return False
        except Exception as error:
            await self._reject(message, error)
            return True
        try:
            with transport_errors():
                await message.ack()
        except BrokerUnavailable as error:
            log.warning("an acknowledgement was lost; the batch will be delivered again", error=str(error))
            await sleep_until(self._stop, PAUSE_SECONDS)
            return True
        self._count(message, settlement)
        return True

    @property
    def has_postponed(self) -> bool:
        """Whether anything waits for RabbitMQ to take its copy."""
        return bool(self._postponed)

    @property
    def has_postponed_work(self) -> bool:
        """Whether any of that was worked on. What was not may wait for the isolated batches to make room."""
        return any(not isinstance(settlement, Isolate) for _, settlement in self._postponed)

    def postpone(self, message: AbstractIncomingMessage, settlement: Settlement) -> None:
        """Leaves it to `settle_postponed`, or to `return_postponed`."""
        self._postponed.append((message, settlement))

    async def settle_postponed(self) -> None:
        """Tries again what was postponed, one after the other, until the stop."""
        while not await sleep_until(self._stop, PAUSE_SECONDS):
            while self._postponed and not self._stop.is_set() and await self._settle_next():
                pass

    async def return_postponed(self) -> None:
        """After the stop: what RabbitMQ would take no copy of is not tried once more, but returned as it is."""
        while self._postponed:
            message, _ = self._postponed.popleft()
            await self._return(message)

    async def _settle_next(self) -> bool:
        # It keeps its place until it is settled, or somebody could think meanwhile that nothing is postponed.
        message, settlement = self._postponed[0]
        is_settled = await self.settle(message, settlement)
        self._postponed.popleft()
        return is_settled

    async def _pass_on(self, message: AbstractIncomingMessage, settlement: Settlement) -> bool:
        if is_lost(message):
            log.debug("its connection is lost: delivered again to whoever is there", message_id=message.message_id)
            return True
        is_brief = self._stop.is_set() or isinstance(settlement, GiveBack)
        try:
            with transport_errors():
                # The library's own timeout does not cover its wait for a connection that is away.
                async with asyncio.timeout(BRIEF_TIMEOUT_SECONDS if is_brief else PUBLISH_TIMEOUT_SECONDS):
                    await self._publish_copy(message, settlement)
        except BrokerUnavailable as error:
            await self._refused(message, settlement, error)
            return False
        crash_point("worker.passed_on")
        return True

    async def _publish_copy(self, message: AbstractIncomingMessage, settlement: Settlement) -> None:
        match settlement:
            case Retry(attempts=attempts):
                await self._publish(copy_of(message, {"attempts": as_header(attempts)}), RETRY_QUEUE)
            case Isolate(attempts=attempts):
                await self._publish(copy_of(message, {"attempts": as_header(attempts)}), ISOLATION_QUEUE)
            case DeadLetter():
                exchange = await self._publisher.get_exchange(DEAD_LETTER_EXCHANGE, ensure=False)
                copy = copy_of(message, _told(settlement))
                await exchange.publish(copy, DEAD_LETTER_QUEUE)
            case GiveBack(alone=alone):
                # Every way to return a delivery itself is counted by some RabbitMQ; a copy begins at none.
                queue = ISOLATION_QUEUE if alone else RETRY_QUEUE
                await self._publish(copy_of(message, {}), queue)

    async def _publish(self, copy: aio_pika.Message, queue: str) -> None:
        await self._publisher.default_exchange.publish(copy, queue)

    async def _refused(
        self, message: AbstractIncomingMessage, settlement: Settlement, error: BrokerUnavailable
    ) -> None:
        """No copy could be published: the delivery waits here for another turn; at a stop it is simply returned."""
        log.warning("RabbitMQ takes no message; the batch waits", wanted=type(settlement).__name__, error=str(error))
        if not self._stop.is_set():
            self.postpone(message, settlement)
            await sleep_until(self._stop, PAUSE_SECONDS)
            return
        await self._return(message)

    async def _return(self, message: AbstractIncomingMessage) -> None:
        with suppress(BrokerUnavailable), transport_errors():
            await message.nack(requeue=True)
            self._metrics.batches.labels("given_back").inc()

    async def _reject(self, message: AbstractIncomingMessage, error: Exception) -> None:
        log.error("line batch dead-lettered as it came: no copy can be sent", trace=trace_of(error))
        with suppress(BrokerUnavailable), transport_errors():
            await message.reject(requeue=False)
            self._metrics.batches.labels("dead_lettered").inc()

    def _count(self, message: AbstractIncomingMessage, settlement: Settlement) -> None:
        match settlement:
            case Isolate():
                log.warning("a batch that was lost with its worker is to run alone", message_id=message.message_id)
            case DeadLetter(reason=reason, detail=detail):
                log.error("line batch dead-lettered", message_id=message.message_id, reason=reason, detail=detail)
        self._metrics.batches.labels(label_of(settlement)).inc()
        if message.timestamp:
            age = self._clock.now() - message.timestamp.astimezone(UTC)
            self._metrics.batch_age_seconds.observe(max(0.0, age.total_seconds()))


def is_lost(message: AbstractIncomingMessage) -> bool:
    """Whether the channel it came by is gone: RabbitMQ has taken the delivery back."""
    try:
        return message.channel.is_closed
    except ChannelInvalidStateError:
        return True


def _told(dead: DeadLetter) -> dict[str, Any]:
    """The headers that go with a dead letter."""
    headers = {"reason": dead.reason, "detail": dead.detail, "attempts": as_header(dead.attempts)}
    return headers if dead.trace is None else {**headers, "trace": dead.trace}
