"""One delivery's way: decode, parse, write; the answer is a Settlement."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.worker.metrics import WorkerMetrics
from services.worker.settings import WorkerSettings
from services.worker.settlement import Ack, GiveBack, Settlement, after_failure
from services.worker.summarise import summarise
from services.worker.writer import Rows, Writer, prepare
from shared.errors import LogmillError, TransientError
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.messages import LineBatch, decode
from shared.parsing import ParsedBatch, ParseHints, parse_batch
from shared.retries import wait_until_available

log = get_logger(__name__)


class ConservationError(LogmillError):
    """A parsed batch does not account for each of its lines."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What arrived, free of the broker's library. `published_at` is aware or None."""

    body: bytes
    message_type: str | None
    headers: Mapping[str, Any]
    published_at: datetime | None

    @property
    def attempts(self) -> tuple[str, ...]:
        """Earlier failures of this batch, oldest first."""
        return tuple(str(text) for text in self.headers.get("attempts", ()))


class Pipeline:
    """Turns deliveries into settlements. Waits out an absent database; gives back what a stop interrupts."""

    def __init__(self, settings: WorkerSettings, writer: Writer, metrics: WorkerMetrics, stop: Stop) -> None:
        self._settings = settings
        self._writer = writer
        self._metrics = metrics
        self._stop = stop

    async def process(self, delivery: Delivery) -> Settlement:
        """Never raises for anything the delivery holds."""
        try:
            batch = decode(delivery.body, delivery.message_type, delivery.headers)
            outcome = await wait_until_available("PostgreSQL", lambda: self._store(batch, delivery), self._stop)
        except TransientError:
            return GiveBack()
        except Exception as error:
            log.exception("a line batch failed", batch=delivery.headers.get("batch_no"))
            return after_failure(error, delivery.attempts, self._settings.max_attempts)
        return Ack(outcome)

    async def _store(self, batch: LineBatch, delivery: Delivery) -> str:
        stored_on = await self._writer.today()
        if batch.line_part:
            return await self._writer.write_part(batch, stored_on)
        with self._metrics.parse_seconds.time():
            parsed, rows = await asyncio.to_thread(self._parse, batch, delivery.published_at, stored_on)
        with self._metrics.copy_seconds.time():
            outcome = await self._writer.write(batch, rows)
        self._metrics.observe(outcome, rows.partial.summary, parsed.format_counts)
        return outcome

    def _parse(self, batch: LineBatch, received_at: datetime | None, stored_on: Any) -> tuple[ParsedBatch, Rows]:
        hints = ParseHints(
            format=batch.hints.format,
            timezone=batch.hints.timezone,
            modified_at=batch.hints.modified_at,
            received_at=received_at,
        )
        parsed = parse_batch(batch.body, first_line=batch.first_line, hints=hints)
        partial = summarise(parsed, self._settings.error_keywords)
        accounted = partial.summary.lines_stored + partial.summary.lines_rejected
        if accounted != batch.line_count:
            raise ConservationError(f"{accounted} of {batch.line_count} lines of {batch.message_id} accounted for")
        return parsed, prepare(batch, parsed, partial, stored_on)
