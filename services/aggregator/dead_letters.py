"""The dead-letter queue into its table: a message is acknowledged once its bytes and reason are kept."""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from services.aggregator.metrics import AggregatorMetrics
from shared.broker import transport_errors
from shared.database import Database
from shared.errors import BrokerUnavailable, DatabaseUnavailable, TransientError
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.retries import wait_until_available

log = get_logger(__name__)

RECORD = """
INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, line_count, reason, detail, headers, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (job_id, batch_no) DO NOTHING
"""
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """What is kept of a dead message; `job_id` and `batch_no` are None where its headers do not tell them."""

    job_id: UUID | None
    batch_no: int | None
    line_count: int
    reason: str
    detail: str
    headers: dict[str, Any]
    body: bytes


def read_dead_letter(body: bytes, headers: Mapping[str, Any]) -> DeadLetterRow:
    """Takes any message; what cannot be read of it is left empty."""
    return DeadLetterRow(
        job_id=_job_id(headers.get("job_id")),
        batch_no=_whole_number(headers.get("batch_no")),
        line_count=_whole_number(headers.get("line_count")) or 0,
        reason=_text(headers.get("reason") or headers.get("x-first-death-reason") or "unknown"),
        detail=_text(headers.get("detail") or ""),
        headers=_plain(dict(headers)),
        body=body,
    )


def without_headers(body: bytes, headers: Mapping[str, Any]) -> DeadLetterRow:
    """What can be kept of any message at all: its bytes and, so that its job can end, which batch it was."""
    return DeadLetterRow(
        job_id=_job_id(headers.get("job_id")),
        batch_no=_whole_number(headers.get("batch_no")),
        line_count=_whole_number(headers.get("line_count")) or 0,
        reason=UNREADABLE,
        detail="its headers could not be kept",
        headers={},
        body=body,
    )


def _job_id(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _whole_number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 2**31 else None


def _plain(value: Any) -> Any:
    """As PostgreSQL's JSON can hold it."""
    if isinstance(value, dict):
        return {_text(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int) or value is None or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _text(value)


def _text(value: object) -> str:
    """Text PostgreSQL can hold: no NUL, no half of a surrogate pair."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\u2400")


class DeadLetterRecorder:
    """Consumes the dead-letter queue. A message is acknowledged once its row is committed."""

    def __init__(self, database: Database, metrics: AggregatorMetrics, stop: Stop) -> None:
        self._database = database
        self._metrics = metrics
        self._stop = stop

    async def run(self, queue: AbstractQueue) -> None:
        """Records what arrives until the stop; raises BrokerUnavailable where it cannot even begin."""
        with transport_errors():
            tag = await queue.consume(self._take)
        await self._stop.wait()
        with suppress(BrokerUnavailable), transport_errors():
            await queue.cancel(tag)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        try:
            await self._keep(message.body, message.headers)
            with transport_errors():
                await message.ack()
        except TransientError as error:
            log.warning("a dead letter was not recorded; it stays in its queue", error=str(error))

    async def _keep(self, body: bytes, headers: Mapping[str, Any]) -> None:
        """Returns once a row holds the message; raises DatabaseUnavailable where the stop came first."""
        try:
            row = read_dead_letter(body, headers)
            await wait_until_available("PostgreSQL", lambda: self._record(row), self._stop)
        except TransientError:
            raise
        except Exception as error:
            # Unacknowledged messages use up the prefetch: whatever somebody put into this one, it has to go.
            minimal = without_headers(body, headers)
            await wait_until_available("PostgreSQL", lambda: self._record_minimal(minimal), self._stop)
            self._metrics.unreadable_dead_letters.inc()
            log.error("a dead letter was recorded without its headers", error=type(error).__name__)

    async def _record(self, row: DeadLetterRow) -> None:
        try:
            await self._insert(row, row.job_id)
        except asyncpg.ForeignKeyViolationError:
            await self._insert(row, None)
        self._metrics.dead_letters.inc()
        log.error("dead letter recorded", job_id=str(row.job_id), batch_no=row.batch_no, reason=row.reason)

    async def _record_minimal(self, row: DeadLetterRow) -> None:
        """As `_record`. Nothing of the row can be wrong, so any error means the table: that is worth waiting for."""
        try:
            await self._record(row)
        except asyncpg.PostgresError as error:
            raise DatabaseUnavailable(f"no dead letter can be recorded: {error}") from error

    async def _insert(self, row: DeadLetterRow, job_id: UUID | None) -> None:
        async with self._database.acquire() as connection:
            await connection.execute(
                RECORD,
                uuid4(),
                job_id,
                row.batch_no,
                row.line_count,
                row.reason,
                row.detail,
                row.headers,
                row.body,
            )
