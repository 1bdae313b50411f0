"""The settlement of one delivery: what its work came to, in view of how those before it fared."""

from datetime import UTC

from aio_pika.abc import AbstractIncomingMessage

from services.worker.breaker import Breaker, outcome_of
from services.worker.metrics import WorkerMetrics
from services.worker.pausing import Tried
from services.worker.pipeline import Delivery, Pipeline
from services.worker.settlement import GiveBack, Isolate, Settlement
from shared.attempts import LOST, Attempt, read_attempts, with_lost
from shared.clock import Clock
from shared.lifecycle import Stop


class Work:
    """Decides; carries nothing out. `worker` is who tells what was tried."""

    def __init__(
        self, pipeline: Pipeline, breaker: Breaker, metrics: WorkerMetrics, clock: Clock, stop: Stop, worker: str
    ) -> None:
        self._pipeline = pipeline
        self._breaker = breaker
        self._metrics = metrics
        self._clock = clock
        self._stop = stop
        self._worker = worker

    async def settlement(self, message: AbstractIncomingMessage, *, alone: bool = False) -> Settlement:
        """Works on the batch and notes how it fared; gives it back where no work is wanted any more.

        `alone`: nothing runs beside it, and what is given back goes to where that remains so.
        """
        if self._stop.is_set() or self._breaker.is_open:
            return GiveBack(alone)
        settlement = await self._process(message, alone)
        outcome = outcome_of(_job_of(message), settlement)
        if outcome is not None and not self._breaker.is_open:
            self._breaker.note(outcome)
        return settlement

    async def tried(self, message: AbstractIncomingMessage, *, alone: bool = False) -> tuple[Tried, Settlement]:
        """Works on the batch though the breaker is open; what that told, and what becomes of the batch.

        A failure counts as ever: were it only put back, poison that opened the breaker would keep it open for ever.
        """
        settlement = await self._process(message, alone)
        outcome = outcome_of(_job_of(message), settlement)
        if outcome is None:
            return Tried.UNCLEAR, settlement
        return Tried.FAILED if outcome.has_failed else Tried.WORKED, settlement

    def isolated(self, message: AbstractIncomingMessage) -> Isolate:
        """For a delivery that was lost before."""
        lost = Attempt.made(LOST, self._clock.now(), self._worker)
        return Isolate(with_lost(read_attempts(message.headers.get("attempts")), lost))

    async def _process(self, message: AbstractIncomingMessage, alone: bool) -> Settlement:
        told = message.timestamp
        delivery = Delivery(
            body=message.body,
            message_type=message.type,
            headers=message.headers,
            published_at=told.astimezone(UTC) if told else self._clock.now(),
        )
        with self._metrics.in_progress.track_inprogress():
            settlement = await self._pipeline.process(delivery, alone=alone)
        return GiveBack(alone) if isinstance(settlement, GiveBack) else settlement


def _job_of(message: AbstractIncomingMessage) -> str:
    return str(message.headers.get("job_id"))
