"""The dead-letter queue into its table: a message is acknowledged once its bytes and reason are kept."""

from contextlib import suppress
from dataclasses import astuple, replace
from uuid import uuid4

import asyncpg
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from services.aggregator.dead_letters import PROPERTIES, DeadLetterRow, read_dead_letter, without_headers
from services.aggregator.metrics import AggregatorMetrics
from shared.broker import transport_errors
from shared.crash_points import crash_point
from shared.database import Connection, Database
from shared.errors import BrokerUnavailable, DatabaseUnavailable, TransientError
from shared.lifecycle import Stop, unless_stopped
from shared.logs import get_logger
from shared.retries import wait_until_available

log = get_logger(__name__)

# Dead once more, or the same message again because its acknowledgement was lost: attempts it has already are not added.
# While a replay runs, only the copy that the replay published ($13) ends it for this letter; any other is an old one.
RECORD = """
INSERT INTO dead_letters AS known (dead_letter_id, job_id, batch_no, first_line, line_count, reason, detail, body,
    headers, properties, attempts, trace)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (job_id, batch_no) DO UPDATE SET
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
"""
WAS_REMOVED = "SELECT EXISTS (SELECT FROM job_tombstones WHERE job_id = $1)"


class DeadLetterRecorder:
    """Consumes the dead-letter queue. A message is acknowledged once its row is committed."""

    def __init__(self, database: Database, metrics: AggregatorMetrics, stop: Stop) -> None:
        self._database = database
        self._metrics = metrics
        self._stop = stop

    async def run(self, queue: AbstractQueue) -> None:
        """Records what arrives until the stop; raises Stopped where that comes before it could begin."""
        consuming = wait_until_available("RabbitMQ", lambda: self._consume(queue), self._stop)
        tag = await unless_stopped(consuming, self._stop)
        await self._stop.wait()
        with suppress(BrokerUnavailable), transport_errors():
            await queue.cancel(tag)

    async def _consume(self, queue: AbstractQueue) -> str:
        with transport_errors():
            return await queue.consume(self._take)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        try:
            await self._keep(message)
            crash_point("aggregator.recorded")
            with transport_errors():
                await message.ack()
        except TransientError as error:
            log.warning("a dead letter was not recorded; it stays in its queue", error=str(error))

    async def _keep(self, message: AbstractIncomingMessage) -> None:
        """Returns once a row holds the message; raises DatabaseUnavailable where the stop came first."""
        try:
            properties = {name: getattr(message, name) for name in PROPERTIES}
            row = read_dead_letter(message.body, message.headers, properties)
            await wait_until_available("PostgreSQL", lambda: self._record(row), self._stop)
        except TransientError:
            raise
        except Exception as error:
            # Unacknowledged messages use up the prefetch: whatever somebody put into this one, it has to go.
            minimal = without_headers(message.body, message.headers)
            await wait_until_available("PostgreSQL", lambda: self._record_minimal(minimal), self._stop)
            self._metrics.unreadable_dead_letters.inc()
            log.error("a dead letter was recorded without its headers", error=type(error).__name__)

    async def _record(self, row: DeadLetterRow) -> None:
        """Letters of removed jobs leave no trace; those of jobs that nobody knows are kept without a job."""
        async with self._database.acquire() as connection:
            try:
                await _insert(connection, row)
            except asyncpg.ForeignKeyViolationError:
                if await connection.fetchval(WAS_REMOVED, row.job_id):
                    self._metrics.dropped_dead_letters.inc()
                    log.info("a dead letter of a removed job was dropped", job_id=str(row.job_id))
                    return
                await _insert(connection, replace(row, job_id=None))
        self._metrics.dead_letters.inc()
        log.error("dead letter recorded", job_id=str(row.job_id), batch_no=row.batch_no, reason=row.reason)

    async def _record_minimal(self, row: DeadLetterRow) -> None:
        """As `_record`. Nothing of the row can be wrong, so any error means the table: that is worth waiting for."""
        try:
            await self._record(row)
        except asyncpg.PostgresError as error:
            raise DatabaseUnavailable(f"no dead letter can be recorded: {error}") from error


async def _insert(connection: Connection, row: DeadLetterRow) -> None:
    await connection.execute(RECORD, uuid4(), *astuple(row))
