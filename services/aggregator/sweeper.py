"""Housekeeping: uploads whose api process is gone, the line index of fresh rows, expired sessions, what waits."""

from datetime import timedelta

import asyncpg
from aio_pika.abc import AbstractExchange

from services.aggregator.announcements import announce
from services.aggregator.metrics import AggregatorMetrics
from services.aggregator.settings import AggregatorSettings
from shared.database import Database
from shared.logs import get_logger

log = get_logger(__name__)

# What takes deliveries of webhooks may be silent for as long as its day.
MARK_INTERRUPTED = """
UPDATE jobs j SET
    status = 'interrupted', failed_at = now(), notice = NULL,
    error_message = 'the upload stopped after ' || bytes_received || ' bytes and did not come back',
    lines_read = greatest(lines_read, lines_stored + lines_rejected + lines_dead_lettered)
WHERE status = 'receiving' AND receiving_seen_at < now() - $1::interval
    AND NOT EXISTS (SELECT FROM webhook_feeds f WHERE f.job_id = j.job_id AND f.closed_at IS NULL)
RETURNING job_id
"""
# Only these two days' partitions still get rows; the others were summarised when theirs came.
FRESH_LINE_INDEXES = """
SELECT x.indexrelid
FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid
WHERE i.inhparent = 'log_records_by_line'::regclass AND x.indrelid IN (
    to_regclass('log_records_' || to_char(current_date, 'YYYYMMDD')),
    to_regclass('log_records_' || to_char(current_date - 1, 'YYYYMMDD')))
ORDER BY x.indrelid DESC
"""
# Rows that BRIN has not summarised yet are read in full by every page of lines.
SUMMARISE = "SELECT summarise_line_index($1)"
# An autovacuum is cancelled by whoever waits for its lock for deadlock_timeout (1 s); it summarises by itself.
SHORT_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '200ms'"
COUNT_WAITING_DEAD_LETTERS = "SELECT count(*) FROM dead_letters WHERE state = 'waiting'"
DROP_EXPIRED_SESSIONS = "DELETE FROM sessions WHERE expires_at < now() - interval '1 day'"


class Sweeper:
    """Chores that know nothing of each other; each is a round of its own and may run in several processes at once.

    They all answer False: the next round is after the pause.
    """

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

    async def mark_interrupted(self) -> bool:
        """Ends uploads that nobody keeps alive any more."""
        silence = timedelta(seconds=self._settings.interrupted_after_seconds)
        async with self._database.acquire() as connection:
            job_ids = [row["job_id"] for row in await connection.fetch(MARK_INTERRUPTED, silence)]
        if job_ids:
            log.warning("uploads were interrupted", jobs=[str(job_id) for job_id in job_ids])
            self._metrics.jobs.labels("interrupted").inc(len(job_ids))
        await announce(self._database, self._events, job_ids)
        return False

    async def summarise_fresh_rows(self) -> bool:
        """Brings the line index up to date; a partition that is being vacuumed is left to the vacuum."""
        async with self._database.acquire() as connection:
            for row in await connection.fetch(FRESH_LINE_INDEXES):
                try:
                    async with connection.transaction():
                        await connection.execute(SHORT_LOCK_TIMEOUT)
                        await connection.execute(SUMMARISE, row["indexrelid"])
                except asyncpg.LockNotAvailableError:
                    log.debug("a partition is locked; its line index is summarised later", index=row["indexrelid"])
        return False

    async def drop_expired_sessions(self) -> bool:
        """Sessions that ended a day ago or earlier."""
        async with self._database.acquire() as connection:
            await connection.execute(DROP_EXPIRED_SESSIONS)
        return False

    async def count_waiting_dead_letters(self) -> bool:
        """For the metric: the same number in every process."""
        async with self._database.acquire() as connection:
            self._metrics.waiting_dead_letters.set(await connection.fetchval(COUNT_WAITING_DEAD_LETTERS))
        return False
