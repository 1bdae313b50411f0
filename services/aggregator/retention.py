"""What is older than anybody wants it: ended jobs, days of records nothing leads to, what is kept of removed things."""

from datetime import date, timedelta

import asyncpg

from services.aggregator.metrics import AggregatorMetrics
from services.aggregator.settings import AggregatorSettings
from shared.database import BULK_SECONDS, Database
from shared.job_removal import remove_jobs
from shared.logs import get_logger

log = get_logger(__name__)

# A job that something of came in late, or whose dead letters somebody acts on, is not over as long.
TAKE_EXPIRED = """
SELECT job_id FROM jobs j
WHERE status NOT IN ('receiving', 'processing')
    AND greatest(created_at, sealed_at, completed_at, failed_at) < now() - $1::interval
    AND NOT EXISTS (SELECT FROM batches b WHERE b.job_id = j.job_id AND b.stored_at >= now() - $1::interval)
    AND NOT EXISTS (SELECT FROM dead_letters d WHERE d.job_id = j.job_id AND d.changed_at >= now() - $1::interval)
    AND NOT EXISTS (SELECT FROM partials p WHERE p.job_id = j.job_id)
ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
# Rows are stored under today, just after midnight also under yesterday: these days are never dropped.
FIND_PARTITIONS = """
SELECT name, day FROM (
    SELECT c.relname AS name, to_date(substring(c.relname FROM '^log_records_(\\d{8})$'), 'YYYYMMDD') AS day
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'log_records'::regclass
) AS partitions
WHERE day < least(current_date - $1::integer, current_date - 1)
    AND NOT EXISTS (SELECT FROM batches WHERE stored_on = day)
ORDER BY day
"""
# Everything else that wants the tables waits behind a lock that is waited for.
SHORT_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '200ms'"
DROP = "SELECT drop_log_partition($1)"
# Messages of removed jobs are in no queue for that long; the other two are for people to look back at.
PURGES = (
    "DELETE FROM job_tombstones WHERE removed_at < now() - interval '30 days'",
    "DELETE FROM replays WHERE ended_at < now() - interval '90 days'",
    "DELETE FROM audit_events WHERE happened_at < now() - interval '365 days'",
    "DELETE FROM dead_letters WHERE job_id IS NULL AND state = 'discarded' AND changed_at < now() - interval '90 days'",
)
EXPIRE_LETTERS = """
DELETE FROM dead_letters WHERE job_id IS NULL AND state <> 'replaying' AND changed_at < now() - $1::interval
"""


class Retention:
    """Chores that know nothing of each other; several processes may do them at once."""

    def __init__(self, settings: AggregatorSettings, database: Database, metrics: AggregatorMetrics) -> None:
        self._days = settings.retention_days
        self._database = database
        self._metrics = metrics

    async def remove_expired_job(self) -> bool:
        """Removes one job that ended, and had its last batch stored, before the days kept; False if there is none."""
        if not self._days:
            return False
        async with self._database.transaction() as connection:
            job_id = await connection.fetchval(TAKE_EXPIRED, timedelta(days=self._days))
            if job_id is None:
                return False
            await remove_jobs(connection, [job_id])
        self._metrics.expired_jobs.inc()
        log.info("an expired job was removed", job_id=str(job_id), retention_days=self._days)
        return True

    async def drop_partitions(self) -> bool:
        """Drops days of records, older than the days kept, that no batch of any job leads to any more."""
        if not self._days:
            return False
        async with self._database.acquire() as connection:
            found = await connection.fetch(FIND_PARTITIONS, self._days)
        for row in found:
            await self._drop(row["name"], row["day"])
        return False

    async def _drop(self, partition: str, day: date) -> None:
        """Drops it unless somebody uses the table just now: then it is tried again in the next round."""
        async with self._database.acquire() as connection:
            try:
                async with connection.transaction():
                    await connection.execute(SHORT_LOCK_TIMEOUT)
                    if not await connection.fetchval(DROP, day):
                        return
            except (asyncpg.LockNotAvailableError, asyncpg.UndefinedTableError) as error:
                log.debug("a partition could not be dropped yet", partition=partition, error=str(error))
                return
        log.info("a partition nothing leads to was dropped", partition=partition)

    async def purge(self) -> bool:
        """Forgets removed jobs, ended replays, audit events and letters of no job of long ago."""
        for statement in PURGES:
            async with self._database.acquire() as connection:
                await connection.execute(statement, timeout=BULK_SECONDS)
        if self._days:
            async with self._database.acquire() as connection:
                await connection.execute(EXPIRE_LETTERS, timedelta(days=self._days), timeout=BULK_SECONDS)
        return False
