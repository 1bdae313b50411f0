"""Deliveries that come in side by side, entered together: one transaction and one line batch for many of them."""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, replace

from services.api.congestion import HeldUp
from services.api.publisher import Publisher
from services.api.webhooks.deliveries import Delivery, DeliveryKey
from services.api.webhooks.outbox import Outbox
from services.api.webhooks.places import Place
from services.api.webhooks.registry import WebhookRegistry
from shared.clock import Clock
from shared.crash_points import crash_point
from shared.errors import TransientError
from shared.logs import get_logger

GATHER_SECONDS = 0.1
"""Between two transactions at least: under load, each line batch then has several deliveries. The first never waits."""
GROUP_BYTES = 8 * 1024**2
"""Lines entered at once, unless one delivery has more; bounds what a small delivery waits for."""
GROUP_DELIVERIES = 500

log = get_logger(__name__)


class Withdrawn(TransientError):
    """A delivery is no longer where it was entered, and may be delivered again."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A delivery and who waits for its place; is itself only."""

    delivery: Delivery
    place: asyncio.Future[Place]


class Intake:
    """Takes deliveries in, each once. The outbox goes on with what could not be published in time."""

    def __init__(self, registry: WebhookRegistry, outbox: Outbox, publisher: Publisher, clock: Clock) -> None:
        self._registry = registry
        self._outbox = outbox
        self._publisher = publisher
        self._clock = clock
        self._waiting: dict[_Waiting, None] = {}
        self._entering: asyncio.Task[None] | None = None
        self._entered_at = float("-inf")

    async def accept(self, delivery: Delivery) -> Place:
        """Returns once the broker has the delivery's lines; may be cancelled, and may be repeated.

        Raises HeldUp where the broker takes nothing in, and DatabaseUnavailable. It may be entered all the same, and
        is published by and by then. Raises Withdrawn where its job went away meanwhile.
        """
        place = await self._enter_new(delivery)
        if place.is_waiting:
            await self._outbox.publish(place.batch)
            if not place.is_new:
                await self._require_entered(delivery.key, place)
        return place

    async def _require_entered(self, key: DeliveryKey, place: Place) -> None:
        """That there was nothing to publish may mean that its owner cancelled the job, or deleted it.

        Not asked for a new one, which is published whatever happens: then a cancelled job has it, and drops it.
        """
        found = await self._registry.find(key)
        if found is None or found.batch != place.batch:
            raise Withdrawn("the job of the delivery was cancelled or deleted meanwhile")

    async def _enter_new(self, delivery: Delivery) -> Place:
        try:
            await self._publisher.require_room()
        except HeldUp:
            known = await self._registry.find(delivery.key)
            if known is None:
                raise
            return known
        waiting = _Waiting(delivery, asyncio.get_running_loop().create_future())
        self._waiting[waiting] = None
        if self._entering is None or self._entering.done():
            # In a context of its own: it is for all who wait, and outlives the request that begins it.
            entering = asyncio.create_task(self._enter_all(), name="enter webhook deliveries", context=Context())
            self._entering = entering
            self._entering.add_done_callback(_log_failure)
        try:
            return await waiting.place
        finally:  # who has given up does not keep the lines in memory
            self._waiting.pop(waiting, None)

    async def _enter_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._entered_at + GATHER_SECONDS - self._clock.monotonic())
            self._entered_at = self._clock.monotonic()
            if group := self._take_group():
                await self._enter(group)

    def _take_group(self) -> list[_Waiting]:
        """The first of those who still wait."""
        waiting = [each for each in self._waiting if not each.place.done()]
        size = count = 0
        for count, each in enumerate(waiting, start=1):
            size += len(each.delivery.lines)
            if size > GROUP_BYTES or count == GROUP_DELIVERIES:
                break
        self._waiting = dict.fromkeys(waiting[count:])
        return waiting[:count]

    async def _enter(self, group: Sequence[_Waiting]) -> None:
        """Tells everybody in the group; never raises."""
        try:
            entered = await self._registry.enter(each.delivery for each in group)
        except Exception as error:
            if len(group) == 1 or isinstance(error, TransientError):
                for each in group:
                    _fail(each, error)
                return
            for each in group:  # what PostgreSQL makes of one is not the others' fault
                await self._enter([each])
            return
        for batch in entered.batches:
            crash_point("api.webhook_entered", batch.body)
            self._outbox.begin(batch)
        told = set()
        for each in group:
            key = each.delivery.key
            place = entered.places[key]
            if not each.place.done():
                each.place.set_result(replace(place, is_new=place.is_new and key not in told))
                told.add(key)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.place.done():
        waiting.place.set_exception(error)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("webhook deliveries could not be entered", exc_info=error)
