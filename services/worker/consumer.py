"""Deliveries in, settlements out: how lanes, isolation, breaker and the work itself go together."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

from aio_pika.abc import AbstractIncomingMessage

from services.worker.breaker import Breaker
from services.worker.intake import Intake
from services.worker.isolation import Isolation, was_lost_before
from services.worker.lanes import Lane, Lanes
from services.worker.pausing import Pausing, Tried
from services.worker.settlement import GiveBack, Settlement
from services.worker.settling import PAUSE_SECONDS, Settling, is_lost
from services.worker.spans import tell_settlement
from services.worker.working import Work
from shared.batch_spans import processing
from shared.errors import BrokerUnavailable
from shared.lifecycle import Stop, Stopped, sleep_until
from shared.logs import get_logger
from shared.topology import Topology

log = get_logger(__name__)


class Consumer:
    """Works on so many deliveries at once until stopped; then finishes those and gives back the rest."""

    def __init__(
        self, work: Work, settling: Settling, breaker: Breaker, pausing: Pausing, isolation: Isolation, stop: Stop
    ) -> None:
        self._work = work
        self._settling = settling
        self._breaker = breaker
        self._pausing = pausing
        self._isolation = isolation
        self._stop = stop
        self._lanes: Lanes[AbstractIncomingMessage] = Lanes()

    async def run(self, consuming: Topology, fetching: Topology, concurrency: int) -> None:
        """Until the stop. `consuming` has a prefetch; `fetching`, of another channel, is asked for single messages."""
        self._intake = Intake({Lane.PRIORITY: consuming.ingest, Lane.BULK: consuming.bulk}, self._lanes, self._stop)
        await self._resume()
        log.info("consuming", concurrency=concurrency)
        await _side_by_side(
            end_waits=self._end_waits(),
            move_suspects=self._move_suspects(),
            isolation=self._isolation.run(fetching.isolated, self._settle_alone, self._may_isolate),
            pausing=self._pausing.run(self._halt, self._resume, partial(self._try_one, fetching)),
            settle_postponed=self._settling.settle_postponed(),
            **{f"settle_{number}": self._settle_all() for number in range(concurrency)},
        )
        await self._halt()
        suspects = self._lanes.drain_suspects()
        await asyncio.gather(*(self._settling.settle(message, self._work.isolated(message)) for message in suspects))
        await self._settling.return_postponed()
        log.info("stopped consuming")

    async def _end_waits(self) -> None:
        await self._stop.wait()
        self._lanes.close()
        self._isolation.call.make()
        self._pausing.call.make()

    async def _settle_all(self) -> None:
        while (message := await self._lanes.take()) is not None:
            if is_lost(message):
                continue
            with processing(message) as span:
                async with self._isolation.gate.together():
                    settlement = await self._settlement(message)
                tell_settlement(span, settlement)
                await self._settling.settle(message, settlement)
            if isinstance(settlement, GiveBack):
                await self._give_back_waiting()  # for the same reason, and before RabbitMQ loses its patience

    async def _settlement(self, message: AbstractIncomingMessage, *, alone: bool = False) -> Settlement:
        settlement = await self._work.settlement(message, alone=alone)
        if self._breaker.is_open:
            self._pausing.call.make()
        return settlement

    async def _settle_alone(self, message: AbstractIncomingMessage) -> bool:
        with processing(message) as span:
            settlement = await self._settlement(message, alone=True)
            tell_settlement(span, settlement)
            return await self._settling.settle(message, settlement)

    async def _try_one(self, fetching: Topology) -> Tried:
        """Works on one batch from whichever queue has any; on none while those before could not be settled."""
        if self._settling.has_postponed:
            return Tried.NOTHING
        for queue, work in (
            (fetching.ingest, self._try),
            (fetching.bulk, self._try),
            (fetching.isolated, partial(self._try_to_work, alone=True)),
        ):
            tried = await self._isolation.work_one(queue, work)
            if tried is not None:
                return tried
        return Tried.NOTHING

    async def _try(self, message: AbstractIncomingMessage) -> Tried:
        if was_lost_before(message.headers):
            await self._settling.settle(message, self._work.isolated(message))
            return Tried.UNCLEAR
        return await self._try_to_work(message)

    async def _try_to_work(self, message: AbstractIncomingMessage, *, alone: bool = False) -> Tried:
        with processing(message) as span:
            tried, settlement = await self._work.tried(message, alone=alone)
            tell_settlement(span, settlement)
            await self._settling.settle(message, settlement)
        return tried

    def _may_isolate(self) -> bool:
        """What was lost before is moved first, so that no further loss is counted against it.

        Nor is more fetched than can be settled: no prefetch bounds that.
        """
        return not (self._lanes.has_suspects or self._breaker.is_open or self._settling.has_postponed_work)

    async def _move_suspects(self) -> None:
        while (message := await self._lanes.take_suspect()) is not None:
            if not is_lost(message) and not await self._settling.settle(message, self._work.isolated(message)):
                self._postpone_suspects()
            self._lanes.moved()
            self._isolation.call.make()

    def _postpone_suspects(self) -> None:
        """RabbitMQ takes no message: work goes on, since that may be just what makes room."""
        for message in self._lanes.drain_suspects():
            self._settling.postpone(message, self._work.isolated(message))

    async def _halt(self) -> None:
        await self._intake.close()
        await self._give_back_waiting()

    async def _resume(self) -> None:
        while not self._stop.is_set():
            try:
                await self._intake.open()
                break
            except Stopped:
                break
            except BrokerUnavailable as error:
                log.warning("cannot consume yet", error=str(error))
                await sleep_until(self._stop, PAUSE_SECONDS)

    async def _give_back_waiting(self) -> None:
        waiting = [message for message in self._lanes.drain() if not is_lost(message)]
        await asyncio.gather(*(self._settling.settle(message, GiveBack()) for message in waiting))


async def _side_by_side(**work: Coroutine[Any, Any, None]) -> None:
    """All of it, as tasks so named; where one raises, the others are cancelled and awaited."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for name, coroutine in work.items():
                tasks.create_task(coroutine, name=name)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
