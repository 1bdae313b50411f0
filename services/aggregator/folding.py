"""One round of folding: every job with partials, then the news of it."""

from uuid import UUID

from aio_pika.abc import AbstractExchange

from services.aggregator.metrics import AggregatorMetrics
from services.aggregator.reducer import Fold, find_jobs, fold_job
from services.aggregator.settings import AggregatorSettings
from shared.clock import Clock
from shared.database import Database
from shared.errors import TransientError
from shared.events import publish_progress
from shared.lifecycle import Stop
from shared.logs import get_logger

log = get_logger(__name__)


class Folding:
    """Folds whatever waits and tells the api processes. Safe to run in several processes at once."""

    def __init__(
        self,
        settings: AggregatorSettings,
        database: Database,
        events: AbstractExchange,
        metrics: AggregatorMetrics,
        clock: Clock,
        stop: Stop,
    ) -> None:
        self._settings = settings
        self._database = database
        self._events = events
        self._metrics = metrics
        self._clock = clock
        self._stop = stop

    async def round(self) -> bool:
        """Folds each waiting job once; True where a job had more than one fold's worth."""
        more = False
        for job_id in await find_jobs(self._database):
            if self._stop.is_set():
                return False
            more |= await self._fold(job_id)
        self._metrics.last_success.set(self._clock.now().timestamp())
        return more

    async def _fold(self, job_id: UUID) -> bool:
        try:
            with self._metrics.fold_seconds.time():
                fold = await fold_job(self._database, job_id, self._settings.fold_batches)
        except TransientError:
            raise
        except Exception:
            # The other jobs must not wait for this one; it is tried again in the next round.
            self._metrics.fold_failures.inc()
            log.exception("a job could not be folded", job_id=str(job_id))
            return False
        if fold is None:
            return False
        self._metrics.partials.inc(fold.partials)
        self._observe_ending(fold)
        await publish_progress(self._events, fold.progress)
        return fold.partials == self._settings.fold_batches

    def _observe_ending(self, fold: Fold) -> None:
        ending = fold.ending
        if ending is None:
            return
        self._metrics.jobs.labels(ending.status).inc()
        if ending.violates_conservation:
            self._metrics.conservation_violations.inc()
            log.error("a job's lines do not add up", job_id=str(fold.progress.job_id), error=ending.error_message)
        else:
            log.info("job ended", job_id=str(fold.progress.job_id), status=ending.status)
