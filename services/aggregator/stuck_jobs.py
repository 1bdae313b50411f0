"""Jobs whose missing batches are in no queue: they will never end by themselves, so they are ended as failed."""

import asyncio
from datetime import timedelta
from uuid import UUID

from aio_pika.abc import AbstractExchange, AbstractRobustConnection

from services.aggregator.announcements import announce
from services.aggregator.metrics import AggregatorMetrics
from services.aggregator.settings import AggregatorSettings
from shared.broker import transport_errors
from shared.clock import Clock
from shared.database import Database
from shared.logs import get_logger
from shared.topology import DEAD_LETTER_QUEUE, INGEST_QUEUE, RETRY_QUEUE

log = get_logger(__name__)

STUCK = """
j.status = 'processing' AND j.batches_done < j.batches_total
AND greatest(
    j.sealed_at,
    (SELECT max(b.stored_at) FROM batches b WHERE b.job_id = j.job_id),
    (SELECT max(d.dead_lettered_at) FROM dead_letters d WHERE d.job_id = j.job_id),
    (SELECT s.updated_at FROM job_stats s WHERE s.job_id = j.job_id)
) < now() - $1::interval
AND NOT EXISTS (SELECT FROM partials p WHERE p.job_id = j.job_id)
AND NOT EXISTS (SELECT FROM dead_letters d WHERE d.job_id = j.job_id AND d.folded_at IS NULL)
"""
FIND_STUCK = f"SELECT j.job_id FROM jobs j WHERE {STUCK}"  # noqa: S608 - a constant
# What was read stays as it is: the message says what is missing. All conditions again: much may have happened since.
FAIL_STUCK = f"""
UPDATE jobs j SET
    status = 'failed', failed_at = now(),
    error_message = (j.batches_total - j.batches_done) || ' of ' || j.batches_total || ' batches never arrived'
WHERE j.job_id = ANY ($2::uuid[]) AND {STUCK}
RETURNING j.job_id, j.error_message
"""  # noqa: S608 - a constant
LONGEST_QUIET_SECONDS = 120
BROKER_TIMEOUT_SECONDS = 5


class StuckJobs:
    """Tells stuck from slow: a job is only failed when nothing happened to it for long, and the queues are empty.

    The broker counts what waits, not what workers hold. So the queues have to be found empty in every round for a
    while, longer than a worker holds a batch. When in doubt the job stays as it is.
    """

    def __init__(
        self,
        settings: AggregatorSettings,
        database: Database,
        broker: AbstractRobustConnection,
        events: AbstractExchange,
        metrics: AggregatorMetrics,
        clock: Clock,
    ) -> None:
        self._stuck_after = timedelta(seconds=settings.stuck_after_seconds)
        self._quiet_seconds = min(settings.stuck_after_seconds, LONGEST_QUIET_SECONDS)
        self._database = database
        self._broker = broker
        self._events = events
        self._metrics = metrics
        self._clock = clock
        self._quiet_since: float | None = None

    async def round(self) -> bool:
        """Always False: the next round is after the pause."""
        suspects = await self._suspects()
        if suspects and self._has_been_quiet():
            await self._fail(suspects)
        return False

    async def _suspects(self) -> list[UUID]:
        """Jobs that nothing happened to, while the queues are empty; none ends the quiet."""
        suspects: list[UUID] = []
        try:
            async with self._database.acquire() as connection:
                silent = [row["job_id"] for row in await connection.fetch(FIND_STUCK, self._stuck_after)]
            if silent and await queues_are_empty(self._broker):
                suspects = silent
        finally:
            if not suspects:
                self._quiet_since = None
        return suspects

    def _has_been_quiet(self) -> bool:
        now = self._clock.monotonic()
        if self._quiet_since is None:
            self._quiet_since = now
        return now - self._quiet_since >= self._quiet_seconds

    async def _fail(self, suspects: list[UUID]) -> None:
        async with self._database.acquire() as connection:
            failed = await connection.fetch(FAIL_STUCK, self._stuck_after, suspects)
        for row in failed:
            self._metrics.jobs.labels("failed").inc()
            log.error("job failed: it lacks batches", job_id=str(row["job_id"]), error=row["error_message"])
        await announce(self._database, self._events, [row["job_id"] for row in failed])


async def queues_are_empty(broker: AbstractRobustConnection) -> bool:
    """Whether no message waits in any queue of the pipeline; raises BrokerUnavailable."""
    with transport_errors():
        async with asyncio.timeout(BROKER_TIMEOUT_SECONDS), broker.channel() as channel:
            # Each queue before the one its messages go to, so that none slips by.
            for name in (RETRY_QUEUE, INGEST_QUEUE, DEAD_LETTER_QUEUE):
                queue = await channel.declare_queue(name, passive=True)
                if queue.declaration_result.message_count != 0:
                    return False
    return True
