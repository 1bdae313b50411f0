"""One round of folding: every job with partials, then the news of it."""

import asyncio
from uuid import UUID

from aio_pika.abc import AbstractExchange

from services.aggregator.backoff import Backoff
from services.aggregator.fold_spans import FoldSpan
from services.aggregator.metrics import AggregatorMetrics
from services.aggregator.reducer import Fold, find_jobs, fold_job
from services.aggregator.settings import AggregatorSettings
from shared.clock import Clock
from shared.database import Database
from shared.errors import TransientError
from shared.events import publish_progress
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.progress import JobProgress

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
        self._backoff = Backoff()
        self._news: set[asyncio.Task[None]] = set()

    async def round(self) -> bool:
        """Folds each waiting job once; True where a job had more than one fold's worth.

        A job that fails rests; the others do not wait for it. Raises DatabaseUnavailable where none can be folded.
        """
        try:
            return await self._fold_all()
        finally:
            await self._publish_rest()

    async def _fold_all(self) -> bool:
        job_ids = await find_jobs(self._database)
        self._backoff.keep_only(set(job_ids))
        more = False
        for job_id in job_ids:
            if self._stop.is_set():
                return False
            if not self._backoff.rests(job_id, self._clock.monotonic()):
                more |= await self._try_fold(job_id)
        if not self._backoff.is_needed:
            self._metrics.last_success.set(self._clock.now().timestamp())
        return more

    async def _try_fold(self, job_id: UUID) -> bool:
        try:
            more = await self._fold(job_id)
        except TransientError as error:
            rest_seconds = self._backoff.failed(job_id, self._clock.monotonic())
            # Is it this job, say somebody's lock, or is the database away for all of them? Then this raises.
            await self._database.check()
            log.warning("a job's fold has to wait", job_id=str(job_id), error=str(error), rest_seconds=rest_seconds)
            return False
        except Exception:
            rest_seconds = self._backoff.failed(job_id, self._clock.monotonic())
            self._metrics.fold_failures.inc()
            log.exception("a job could not be folded", job_id=str(job_id), rest_seconds=rest_seconds)
            return False
        self._backoff.succeeded(job_id)
        return more

    async def _fold(self, job_id: UUID) -> bool:
        with FoldSpan() as span:
            with self._metrics.fold_seconds.time():
                fold = await fold_job(self._database, job_id, self._settings.fold_batches, span)
            if fold is None:
                return False
            span.tell(fold.partials, fold.ending.status if fold.ending else None)
            self._observe_ending(fold)
        self._metrics.partials.inc(fold.partials)
        self._publish(fold.progress)
        return fold.partials == self._settings.fold_batches

    def _publish(self, progress: JobProgress) -> None:
        """In the background: a blocked broker takes its timeout once a round, not once a job."""
        self._news.add(asyncio.create_task(publish_progress(self._events, progress)))

    async def _publish_rest(self) -> None:
        """Before the next round, so that the news of a job stay in order."""
        news, self._news = self._news, set()
        await asyncio.gather(*news)

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
