"""One line batch, one transaction: ledger row, records, rejected lines, partial."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import asyncpg

from services.worker.bisection import Bisection, copy_records
from services.worker.copy_rows import encode_records, encode_rejected
from services.worker.settlement import CANCELLED, DUPLICATE, ORPHANED, STORED, UNKNOWN_JOB
from services.worker.spans import WRITING
from shared import tracing
from shared.clock import Clock
from shared.crash_points import crash_point
from shared.database import Connection, Database
from shared.errors import DatabaseUnavailable, PoisonMessage
from shared.job_removal import WAS_REMOVED
from shared.lines import LF
from shared.messages import LineBatch
from shared.parsing import ParsedBatch
from shared.summary import Partial, Summary

LOOK = """
SELECT status = 'cancelled' AS is_cancelled,
    EXISTS (SELECT FROM batches WHERE job_id = $1 AND batch_no = $2) AS is_stored
FROM jobs WHERE job_id = $1
"""
ENTER_LEDGER = """
INSERT INTO batches (job_id, batch_no, first_line, line_count, lines_stored, lines_rejected, stored_on)
SELECT job_id, $2::integer, $3::bigint, $4::integer, $5::integer, $6::integer, $7::date
FROM jobs WHERE job_id = $1 AND status <> 'cancelled'
ON CONFLICT DO NOTHING
RETURNING batch_no
"""
WRITE_PART = "INSERT INTO line_parts (job_id, batch_no, line_no, line_bytes, body) VALUES ($1, $2, $3, $4, $5)"
WRITE_PARTIAL = "INSERT INTO partials (job_id, batch_no, body, traceparent) VALUES ($1, $2, $3, $4)"


@dataclass(frozen=True, slots=True)
class Rows:
    """A parsed batch, ready to be written."""

    parsed: ParsedBatch
    records: bytes
    rejected: bytes
    partial: Partial
    stored_on: date


def prepare(batch: LineBatch, parsed: ParsedBatch, partial: Partial, stored_on: date) -> Rows:
    """Encodes everything up front, so that the transaction only waits for PostgreSQL."""
    return Rows(
        parsed=parsed,
        records=encode_records(parsed.records, batch.job_id, stored_on.isoformat()),
        rejected=encode_rejected(parsed.rejected, batch.job_id) if len(parsed.rejected) else b"",
        partial=partial,
        stored_on=stored_on,
    )


class Writer:
    """Stores batches. The ledger row comes first: a batch that is in it already is not written again."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._partitions: dict[date, str] = {}

    def today(self) -> date:
        """The day to store rows under."""
        return self._clock.now().date()

    async def look(self, batch: LineBatch) -> str | None:
        """Why the batch need not be worked on: orphaned, duplicate or cancelled; None where it is wanted.

        Raises DatabaseUnavailable, and PoisonMessage where nobody knows its job.
        """
        async with self._database.acquire() as connection:
            return await _look(connection, batch)

    async def write(self, batch: LineBatch, rows: Rows) -> str:
        """Commits the batch; says stored, duplicate, cancelled (its job was) or orphaned (its job was deleted).

        Raises DatabaseUnavailable; whether the commit happened is then unknown, and trying again is right. Raises
        RowsRefused where records of it are refused, PoisonMessage where nobody knows its job: nothing is written.
        """
        partition = await self._partition(rows.stored_on)
        return await self._commit(batch, rows.partial, rows.stored_on, lambda c: _copy(c, rows, partition))

    async def write_part(self, batch: LineBatch, stored_on: date) -> str:
        """Commits one further part of an over-long line, as `write` does."""
        line_bytes = len(batch.body.removesuffix(LF))
        part = (batch.job_id, batch.batch_no, batch.first_line, line_bytes, batch.body)
        nothing = Partial(Summary(), [])
        return await self._commit(batch, nothing, stored_on, lambda c: c.execute(WRITE_PART, *part))

    async def find_refused(self, batch: LineBatch, rows: Rows) -> dict[int, str]:
        """Places of the records that PostgreSQL refuses, and why; writes nothing.

        Raises DatabaseUnavailable, and RowsRefused where that are so many that no row is to blame.
        """
        partition = await self._partition(rows.stored_on)
        async with self._database.acquire() as connection:
            trial = connection.transaction()
            await trial.start()
            try:
                return await Bisection(connection, partition, rows.parsed.records, batch.job_id, rows.stored_on).find()
            finally:
                await trial.rollback()

    async def _partition(self, day: date) -> str:
        """The table of that day's records, made where it is missing."""
        if day not in self._partitions:
            async with self._database.acquire() as connection:
                self._partitions[day] = await connection.fetchval("SELECT ensure_log_partition($1)", day)
        return self._partitions[day]

    async def _commit(
        self,
        batch: LineBatch,
        partial: Partial,
        stored_on: date,
        write_rows: Callable[[Connection], Awaitable[object]],
    ) -> str:
        with tracing.span("write", "client", attributes=WRITING) as span:
            outcome = await self._store(batch, partial, stored_on, write_rows, span.traceparent)
            span.set({"logmill.batch.outcome": outcome})
        return outcome

    async def _store(
        self,
        batch: LineBatch,
        partial: Partial,
        stored_on: date,
        write_rows: Callable[[Connection], Awaitable[object]],
        traceparent: str | None,
    ) -> str:
        try:
            async with self._database.transaction() as connection:
                if not await self._enter_ledger(connection, batch, partial.summary, stored_on):
                    return await _why_not(connection, batch)
                crash_point("worker.entered", batch.body)
                await write_rows(connection)
                crash_point("worker.copied", batch.body)
                sums = partial.encode()
                await connection.execute(WRITE_PARTIAL, batch.job_id, batch.batch_no, sums, traceparent)
        except asyncpg.ForeignKeyViolationError:
            return ORPHANED
        crash_point("worker.committed", batch.body)
        return STORED

    async def _enter_ledger(self, connection: Connection, batch: LineBatch, summary: Summary, stored_on: date) -> bool:
        entered = await connection.fetchval(
            ENTER_LEDGER,
            batch.job_id,
            batch.batch_no,
            batch.first_line,
            batch.line_count,
            summary.lines_stored,
            summary.lines_rejected,
            stored_on,
        )
        return entered is not None


async def _look(connection: Connection, batch: LineBatch) -> str | None:
    found = await connection.fetchrow(LOOK, batch.job_id, batch.batch_no)
    if found is None:
        return await _why_gone(connection, batch)
    if found["is_stored"]:
        return DUPLICATE
    return CANCELLED if found["is_cancelled"] else None


async def _why_gone(connection: Connection, batch: LineBatch) -> str:
    """ORPHANED where the job was removed: nobody misses the batch.

    Raises PoisonMessage where the job never was here: the database before a restore, or another one, may know it, and
    its lines are kept as a dead letter.
    """
    if await connection.fetchval(WAS_REMOVED, batch.job_id):
        return ORPHANED
    raise PoisonMessage(UNKNOWN_JOB, f"the database has no job {batch.job_id}, and none of that id was removed")


async def _why_not(connection: Connection, batch: LineBatch) -> str:
    if (why := await _look(connection, batch)) is None:
        raise DatabaseUnavailable(f"the job of {batch.message_id} changed meanwhile")
    return why


async def _copy(connection: Connection, rows: Rows, partition: str) -> None:
    await copy_records(connection, partition, rows.parsed.records, rows.records)
    if rows.rejected:
        await connection.copy_to_table(
            "rejected_lines",
            source=BytesIO(rows.rejected),
            columns=["job_id", *rows.parsed.rejected.columns],
            format="binary",
        )
