"""The dead-letter queue into its table: a message is acknowledged once its bytes and reason are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from services.aggregator.metrics import AggregatorMetrics
from shared.broker import TRANSPORT_ERRORS
from shared.database import Database
from shared.errors import TransientError
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.retries import wait_until_available

log = get_logger(__name__)

RECORD = """
INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, line_count, reason, detail, headers, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (job_id, batch_no) DO NOTHING
"""


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
        reason=str(headers.get("reason") or headers.get("x-first-death-reason") or "unknown"),
        detail=str(headers.get("detail") or ""),
        headers=_plain(dict(headers)),
        body=body,
    )


def _job_id(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 2**31 else None


def _plain(value: Any) -> Any:
    """As JSON can hold it, NUL-free."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.replace("\0", "\u2400")


class DeadLetterRecorder:
    """Consumes the dead-letter queue. A message is acknowledged once its row is committed."""

    def __init__(self, database: Database, metrics: AggregatorMetrics, stop: Stop) -> None:
        self._database = database
        self._metrics = metrics
        self._stop = stop

    async def run(self, queue: AbstractQueue) -> None:
        """Records what arrives until the stop."""
        tag = await queue.consume(self._take)
        await self._stop.wait()
        await queue.cancel(tag)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        row = read_dead_letter(message.body, message.headers)
        try:
            await wait_until_available("PostgreSQL", lambda: self._record(row), self._stop)
            await message.ack()
        except (TransientError, *TRANSPORT_ERRORS) as error:
            log.warning("a dead letter was not recorded; it stays in its queue", error=str(error))

    async def _record(self, row: DeadLetterRow) -> None:
        try:
            await self._insert(row, row.job_id)
        except asyncpg.ForeignKeyViolationError:
            await self._insert(row, None)
        self._metrics.dead_letters.inc()
        log.error("dead letter recorded", job_id=str(row.job_id), batch_no=row.batch_no, reason=row.reason)

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
