"""What waits for batches that are in no queue: jobs are ended as failed, dead letters can be replayed again."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aio_pika.abc import AbstractExchange, AbstractRobustConnection

from services.aggregator.announcements import announce
from services.aggregator.closing import NEVER_ARRIVED
from services.aggregator.metrics import AggregatorMetrics
from services.aggregator.settings import AggregatorSettings
from shared.broker import transport_errors
from shared.clock import Clock
from shared.database import Database
from shared.logs import get_logger
from shared.topology import BULK_QUEUE, DEAD_LETTER_QUEUE, INGEST_QUEUE, ISOLATION_QUEUE, RETRY_QUEUE

log = get_logger(__name__)

LAST_EVENT = """
greatest(
    j.sealed_at,
    (SELECT max(b.stored_at) FROM batches b WHERE b.job_id = j.job_id),
    (SELECT max(d.dead_lettered_at) FROM dead_letters d WHERE d.job_id = j.job_id),
    (SELECT s.updated_at FROM job_stats s WHERE s.job_id = j.job_id)
)
"""
STUCK = f"""
j.status = 'processing' AND j.batches_done < j.batches_total
AND {LAST_EVENT} < now() - $1::interval
AND NOT EXISTS (SELECT FROM partials p WHERE p.job_id = j.job_id)
AND NOT EXISTS (SELECT FROM dead_letters d WHERE d.job_id = j.job_id AND d.folded_at IS NULL)
"""  # noqa: S608 - a constant
# A batch's partial is entered with it, and taken in the transaction that counts it: a job all of whose batches are in
# the ledger or the dead letters, but that is not closed, was tampered with. Counted anew, the next fold closes it.
RECOUNT = f"""
UPDATE jobs j SET batches_folded = found.stored, batches_done = found.stored + found.dead
FROM (
    SELECT s.job_id,
        (SELECT count(*) FROM batches b WHERE b.job_id = s.job_id) AS stored,
        (SELECT count(*) FROM dead_letters d WHERE d.job_id = s.job_id AND NOT EXISTS (
            SELECT FROM batches b WHERE b.job_id = d.job_id AND b.batch_no = d.batch_no)) AS dead
    FROM unnest($2::uuid[]) AS s (job_id)
) AS found
WHERE found.job_id = j.job_id AND found.stored + found.dead >= j.batches_total AND {STUCK}
RETURNING j.job_id
"""  # noqa: S608 - a constant
FIND_STUCK = f"SELECT j.job_id FROM jobs j WHERE {STUCK}"  # noqa: S608 - a constant
# Queues give what came first first: where later jobs are through, no worker is away, and nothing of this one waits.
FIND_OVERTAKEN = f"""
{FIND_STUCK}
AND EXISTS (
    SELECT FROM jobs k WHERE k.status LIKE 'completed%' AND k.batches_total > 0 AND k.created_at > {LAST_EVENT})
"""
# What was read stays as it is: the message says what is missing. All conditions again: much may have happened since.
FAIL_STUCK = f"""
UPDATE jobs j SET
    status = 'failed', failed_at = now(),
    error_message = format($3, j.batches_total - j.batches_done, j.batches_total)
WHERE j.job_id = ANY ($2::uuid[]) AND {STUCK}
RETURNING j.job_id, j.error_message
"""  # noqa: S608 - a constant
# Published, but neither stored nor dead once more; if such a letter comes after all, that is as good as ever.
LOST = "state = 'replaying' AND (replay_id IS NULL OR published_at < now() - $1::interval)"
FIND_LOST = f"SELECT EXISTS (SELECT FROM dead_letters WHERE {LOST})"  # noqa: S608 - a constant
RETURN_LOST = f"UPDATE dead_letters SET state = 'waiting', changed_at = now() WHERE {LOST}"  # noqa: S608 - a constant
LONGEST_REPLAY_SECONDS = 600
CERTAINLY_LOST_AFTER = timedelta(hours=6)
"""However busy the queues are."""
CERTAINLY_STUCK_AFTER = timedelta(hours=24)
"""However busy the queues are, where later jobs are through."""
LONGEST_QUIET_SECONDS = 1500
"""A worker may hold a batch for 600 s while PostgreSQL is away, and for as long again while it waits to work alone."""
BROKER_TIMEOUT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class _Suspects:
    """What nothing happened to for long; false where there is nothing."""

    job_ids: list[UUID]
    has_letters: bool

    def __bool__(self) -> bool:
        return bool(self.job_ids) or self.has_letters


class StuckJobs:
    """Tells stuck from slow: a job is only failed when nothing happened to it for long, and the queues are empty.

    The broker counts what waits, not what workers hold. So the queues have to be found empty in every round for a
    while, longer than a worker holds a batch. When in doubt the job stays as it is; where the queues are never empty
    that is for a day.
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
        self._overtaken_after = max(self._stuck_after, CERTAINLY_STUCK_AFTER)
        self._lost_after = timedelta(seconds=min(settings.stuck_after_seconds, LONGEST_REPLAY_SECONDS))
        self._quiet_seconds = min(settings.stuck_after_seconds, LONGEST_QUIET_SECONDS)
        self._database = database
        self._broker = broker
        self._events = events
        self._metrics = metrics
        self._clock = clock
        self._quiet_since: float | None = None

    async def round(self) -> bool:
        """Always False: the next round is after the pause."""
        await self._return_letters(CERTAINLY_LOST_AFTER)
        await self._end_overtaken()
        suspects = await self._suspects()
        if suspects and self._has_been_quiet():
            await self._return_letters(self._lost_after)
            await self._end(suspects.job_ids, self._stuck_after)
        return False

    async def _end_overtaken(self) -> None:
        async with self._database.acquire() as connection:
            found = await connection.fetch(FIND_OVERTAKEN, self._overtaken_after)
        if found:
            await self._end([row["job_id"] for row in found], self._overtaken_after)

    async def _suspects(self) -> _Suspects | None:
        """What nothing happened to, while the queues are empty; none ends the quiet."""
        suspects = None
        try:
            async with self._database.acquire() as connection:
                silent = [row["job_id"] for row in await connection.fetch(FIND_STUCK, self._stuck_after)]
                found = _Suspects(silent, await connection.fetchval(FIND_LOST, self._lost_after))
            if found and await queues_are_empty(self._broker):
                suspects = found
        finally:
            if not suspects:
                self._quiet_since = None
        return suspects

    def _has_been_quiet(self) -> bool:
        now = self._clock.monotonic()
        if self._quiet_since is None:
            self._quiet_since = now
        return now - self._quiet_since >= self._quiet_seconds

    async def _return_letters(self, published_before: timedelta) -> None:
        async with self._database.acquire() as connection:
            done = await connection.execute(RETURN_LOST, published_before)
        if done != "UPDATE 0":
            log.warning("replayed dead letters never came back; they wait again", letters=done.removeprefix("UPDATE "))

    async def _end(self, suspects: list[UUID], silent_for: timedelta) -> None:
        async with self._database.acquire() as connection:
            for row in await connection.fetch(RECOUNT, silent_for, suspects):
                log.warning("a job's batches were counted anew", job_id=str(row["job_id"]))
            failed = await connection.fetch(FAIL_STUCK, silent_for, suspects, NEVER_ARRIVED)
        for row in failed:
            self._metrics.jobs.labels("failed").inc()
            log.error("job failed: it lacks batches", job_id=str(row["job_id"]), error=row["error_message"])
        await announce(self._database, self._events, [row["job_id"] for row in failed])


async def queues_are_empty(broker: AbstractRobustConnection) -> bool:
    """Whether no message waits in any queue of the pipeline; raises BrokerUnavailable."""
    with transport_errors():
        async with asyncio.timeout(BROKER_TIMEOUT_SECONDS), broker.channel() as channel:
            # Each queue before the one its messages go to, so that none slips by.
            for name in (RETRY_QUEUE, INGEST_QUEUE, BULK_QUEUE, ISOLATION_QUEUE, DEAD_LETTER_QUEUE):
                queue = await channel.declare_queue(name, passive=True)
                if queue.declaration_result.message_count != 0:
                    return False
    return True
