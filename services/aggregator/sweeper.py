"""Housekeeping: uploads whose api process is gone, the line index of fresh rows, expired sessions."""

from datetime import timedelta
from uuid import UUID

from aio_pika.abc import AbstractExchange

from services.aggregator.metrics import AggregatorMetrics
from services.aggregator.settings import AggregatorSettings
from shared.database import Database
from shared.events import publish_progress
from shared.logs import get_logger
from shared.progress import fetch_progress

log = get_logger(__name__)

MARK_INTERRUPTED = """
UPDATE jobs SET
    status = 'interrupted', failed_at = now(),
    error_message = 'the upload stopped after ' || bytes_received || ' bytes and did not come back',
    lines_read = greatest(lines_read, lines_stored + lines_rejected + lines_dead_lettered)
WHERE status = 'receiving' AND receiving_seen_at < now() - $1::interval
RETURNING job_id
"""
# Rows that BRIN has not summarised yet are read in full by every page of lines.
SUMMARISE_FRESH_ROWS = """
SELECT coalesce(sum(brin_summarize_new_values(i.inhrelid)), 0)
FROM pg_inherits i
WHERE i.inhparent = 'log_records_by_line'::regclass
"""
DROP_EXPIRED_SESSIONS = "DELETE FROM sessions WHERE expires_at < now() - interval '1 day'"


class Sweeper:
    """One round does all of it; every statement may run in several processes at once."""

    def __init__(
        self,
        settings: AggregatorSettings,
        database: Database,
        events: AbstractExchange,
        metrics: AggregatorMetrics,
    ) -> None:
        self._settings = settings
        self._database = database
        self._events = events
        self._metrics = metrics

    async def round(self) -> bool:
        """Always False: the next round is after the pause."""
        silence = timedelta(seconds=self._settings.interrupted_after_seconds)
        async with self._database.acquire() as connection:
            rows = await connection.fetch(MARK_INTERRUPTED, silence)
            await connection.execute(SUMMARISE_FRESH_ROWS)
            await connection.execute(DROP_EXPIRED_SESSIONS)
        await self._tell([row["job_id"] for row in rows])
        return False

    async def _tell(self, job_ids: list[UUID]) -> None:
        if not job_ids:
            return
        log.warning("uploads were interrupted", jobs=[str(job_id) for job_id in job_ids])
        self._metrics.jobs.labels("interrupted").inc(len(job_ids))
        async with self._database.acquire() as connection:
            for progress in await fetch_progress(connection, job_ids):
                await publish_progress(self._events, progress)
