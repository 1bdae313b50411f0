"""The dead-letter queue into its table: a message is acknowledged once its bytes and reason are kept."""

import asyncio
from contextlib import suppress
from dataclasses import astuple, replace
from typing import Any
from uuid import uuid4

import asyncpg
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from services.aggregator.dead_letters import PROPERTIES, DeadLetterRow, read_dead_letter, without_headers
from services.aggregator.metrics import AggregatorMetrics
from shared.broker import transport_errors
from shared.crash_points import crash_point
from shared.database import Connection, Database
from shared.errors import BrokerUnavailable, DatabaseUnavailable, TransientError
from shared.job_removal import WAS_REMOVED
from shared.lifecycle import Stop, unless_stopped
from shared.logs import get_logger
from shared.retries import wait_until_available

log = get_logger(__name__)

# Dead once more, or the same message again because its acknowledgement was lost: attempts it has already are not added.
# While a replay runs, only the copy that the replay published ($13) ends it for this letter; any other is an old one,
# which brings nothing back that was discarded either.
RECORD = """
INSERT INTO dead_letters AS known (dead_letter_id, job_id, batch_no, first_line, line_count, reason, detail, body,
    headers, properties, attempts, trace)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT ({key}) DO UPDATE SET
    first_line = excluded.first_line, line_count = excluded.line_count, reason = excluded.reason,
    detail = excluded.detail, body = excluded.body, headers = excluded.headers, properties = excluded.properties,
    attempts = known.attempts || coalesce((
        SELECT jsonb_agg(attempt ORDER BY place)
        FROM jsonb_array_elements(excluded.attempts) WITH ORDINALITY AS made (attempt, place)
        WHERE NOT known.attempts @> jsonb_build_array(attempt)
    ), '[]'),
    trace = excluded.trace,
    state = CASE WHEN known.state = 'replaying' AND known.replay_id IS DISTINCT FROM $13::uuid
        THEN known.state ELSE 'waiting' END,
    published_at = CASE WHEN known.replay_id = $13 THEN coalesce(known.published_at, now()) ELSE known.published_at END,
    folded_at = NULL, dead_lettered_at = now(), changed_at = now()
WHERE known.state <> 'discarded' OR known.replay_id = $13
"""
RECORD_OF_JOB = RECORD.format(key="job_id, batch_no")
RECORD_OF_NONE = RECORD.format(key="dead_letter_id")
# The row that a letter of no job may have already: it comes of a replay ($3), or is delivered again ($4). Whoever looks
# for one of several that are alike has to see what the one before took.
TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended('dead letters of no job', 0))"
FIND_OF_NONE = """
SELECT dead_letter_id FROM dead_letters
WHERE job_id IS NULL AND body = $1 AND (
    state = 'replaying' AND replay_id = $3
    OR $4 AND headers - 'x-delivery-count' = $2::jsonb - 'x-delivery-count')
LIMIT 1 FOR UPDATE
"""
CANCEL_TIMEOUT_SECONDS = 5
ACK_TIMEOUT_SECONDS = 5


class DeadLetterRecorder:
    """Consumes the dead-letter queue. A message is acknowledged once its row is committed."""

    def __init__(self, database: Database, metrics: AggregatorMetrics, stop: Stop) -> None:
        self._database = database
        self._metrics = metrics
        self._stop = stop
        self._taking: set[asyncio.Task[Any]] = set()

    async def run(self, queue: AbstractQueue) -> None:
        """Records what arrives until the stop, and finishes what it has then.

        Raises Stopped where the stop comes before it could begin.
        """
        consuming = wait_until_available("RabbitMQ", lambda: self._consume(queue), self._stop)
        tag = await unless_stopped(consuming, self._stop)
        await self._stop.wait()
        with suppress(BrokerUnavailable), transport_errors():
            # The library's own timeout only begins once its connection is back.
            async with asyncio.timeout(CANCEL_TIMEOUT_SECONDS):
                await queue.cancel(tag)
        if self._taking:
            await asyncio.wait(self._taking)

    async def _consume(self, queue: AbstractQueue) -> str:
        with transport_errors():
            return await queue.consume(self._take)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        if task := asyncio.current_task():
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)
        try:
            await self._keep(message)
            crash_point("aggregator.recorded")
            with transport_errors():
                async with asyncio.timeout(ACK_TIMEOUT_SECONDS):
                    await message.ack()
        except TransientError as error:
            log.warning("a dead letter was not recorded; it stays in its queue", error=str(error))

    async def _keep(self, message: AbstractIncomingMessage) -> None:
        """Returns once a row holds the message; raises DatabaseUnavailable where the stop came first."""
        again = bool(message.redelivered)
        try:
            properties = {name: getattr(message, name) for name in PROPERTIES}
            row = read_dead_letter(message.body, message.headers, properties)
            await wait_until_available("PostgreSQL", lambda: self._record(row, again), self._stop)
        except TransientError:
            raise
        except Exception as error:
            # Unacknowledged messages use up the prefetch: whatever somebody put into this one, it has to go.
            minimal = without_headers(message.body, message.headers)
            await wait_until_available("PostgreSQL", lambda: self._record_minimal(minimal, again), self._stop)
            self._metrics.unreadable_dead_letters.inc()
            log.error("a dead letter was recorded without its headers", error=type(error).__name__)

    async def _record(self, row: DeadLetterRow, again: bool) -> None:
        """Letters of removed jobs leave no trace; those that no known job can count are kept without a job.

        `again`: the message was delivered before, and may be recorded.
        """
        async with self._database.acquire() as connection:
            if not await _record_with_job(connection, row):
                if await connection.fetchval(WAS_REMOVED, row.job_id):
                    self._metrics.dropped_dead_letters.inc()
                    log.info("a dead letter of a removed job was dropped", job_id=str(row.job_id))
                    return
                await _record_without_job(connection, replace(row, job_id=None), again)
        self._metrics.dead_letters.inc()
        log.error("dead letter recorded", job_id=str(row.job_id), batch_no=row.batch_no, reason=row.reason)

    async def _record_minimal(self, row: DeadLetterRow, again: bool) -> None:
        """As `_record`. Nothing of the row can be wrong, so any error means the table: that is worth waiting for."""
        try:
            await self._record(row, again)
        except asyncpg.PostgresError as error:
            # Without PostgreSQL's DETAIL, which repeats the row.
            raise DatabaseUnavailable(f"no dead letter can be recorded: {error.args[0]}") from error


async def _record_with_job(connection: Connection, row: DeadLetterRow) -> bool:
    """Whether its job has it now. A letter that does not say which batch it was might be counted twice."""
    if row.job_id is None or row.batch_no is None:
        return False
    try:
        await connection.execute(RECORD_OF_JOB, uuid4(), *astuple(row))
    except asyncpg.ForeignKeyViolationError:
        return False
    return True


async def _record_without_job(connection: Connection, row: DeadLetterRow, again: bool) -> None:
    async with connection.transaction():
        known = None
        if again or row.replay_id:
            await connection.execute(TAKE_TURNS)
            known = await connection.fetchval(FIND_OF_NONE, row.body, row.headers, row.replay_id, again)
        await connection.execute(RECORD_OF_NONE, known or uuid4(), *astuple(row))
