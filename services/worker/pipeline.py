"""One delivery's way: decode, parse, write; the answer is a Settlement."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.worker.metrics import WorkerMetrics
from services.worker.settings import WorkerSettings
from services.worker.settlement import Ack, GiveBack, Settlement, after_failure
from services.worker.summarise import summarise
from services.worker.writer import STORED, Rows, Writer, prepare
from shared.errors import LogmillError, PoisonMessage, TransientError
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.messages import LineBatch, decode
from shared.parsing import ParseHints, RecordBounds, parse_batch
from shared.retries import wait_until_available

log = get_logger(__name__)

LONGEST_HOLD_SECONDS = 600
"""Well below the 30 minutes after which RabbitMQ takes an unacknowledged delivery back and counts that against it."""


class ConservationError(LogmillError):
    """A parsed batch does not account for each of its lines."""


class ParserPanicError(LogmillError):
    """Native code panicked on a batch; its own error is no Exception and would end the process."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What arrived, free of the broker's library.

    `published_at` (aware) is when it arrived here where the message does not tell.
    """

    body: bytes
    message_type: str | None
    headers: Mapping[str, Any]
    published_at: datetime

    @property
    def attempts(self) -> tuple[str, ...]:
        """Earlier failures of this batch, oldest first; none where the header is not ours."""
        told = self.headers.get("attempts")
        if not isinstance(told, list) or not all(isinstance(text, str) for text in told):
            return ()
        return tuple(told)


class Pipeline:
    """Turns deliveries into settlements. Waits for an absent database; gives back what a stop interrupts."""

    def __init__(self, settings: WorkerSettings, writer: Writer, metrics: WorkerMetrics, stop: Stop) -> None:
        self._settings = settings
        self._bounds = RecordBounds(settings.max_record_lines, settings.max_record_bytes)
        self._writer = writer
        self._metrics = metrics
        self._stop = stop

    async def process(self, delivery: Delivery) -> Settlement:
        """Never raises for anything the delivery holds."""
        try:
            return Ack(await self._store(delivery))
        except TransientError:
            return GiveBack()
        except Exception as error:
            if not isinstance(error, PoisonMessage):
                log.warning("a line batch failed unexpectedly", exc_info=True)
            return after_failure(error, delivery.attempts, self._settings.max_attempts)

    async def _store(self, delivery: Delivery) -> str:
        """Parses once; only the write is tried again while the database is away."""
        batch = decode(delivery.body, delivery.message_type, delivery.headers)
        stored_on = self._writer.today()
        if batch.line_part:
            return await self._hold(lambda: self._writer.write_part(batch, stored_on))
        with self._metrics.parse_seconds.time():
            rows = await asyncio.to_thread(self._parse, batch, delivery.published_at, stored_on)
        outcome = await self._hold(lambda: self._write(batch, rows))
        self._metrics.observe(outcome, rows.partial.summary, rows.parsed.format_counts)
        if outcome == STORED and batch.line_part is not None:
            self._metrics.overlong_lines.inc()
        return outcome

    async def _hold(self, write: Callable[[], Awaitable[str]]) -> str:
        return await wait_until_available("PostgreSQL", write, self._stop, LONGEST_HOLD_SECONDS)

    async def _write(self, batch: LineBatch, rows: Rows) -> str:
        with self._metrics.copy_seconds.time():
            return await self._writer.write(batch, rows)

    def _parse(self, batch: LineBatch, received_at: datetime, stored_on: date) -> Rows:
        hints = ParseHints(
            format=batch.hints.format,
            timezone=batch.hints.timezone,
            modified_at=batch.hints.modified_at,
            received_at=received_at,
            charset=batch.hints.charset,
            pattern=batch.hints.pattern,
            header=batch.header,
            is_cut=batch.line_part is not None,
        )
        keywords = self._settings.error_keywords if batch.hints.keywords is None else list(batch.hints.keywords)
        with _panics_as_errors():
            parsed = parse_batch(batch.body, first_line=batch.first_line, hints=hints, bounds=self._bounds)
            partial = summarise(parsed, keywords)
            rows = prepare(batch, parsed, partial, stored_on)
        accounted = partial.summary.lines_stored + partial.summary.lines_rejected
        if accounted != batch.line_count:
            raise ConservationError(f"{accounted} of {batch.line_count} lines of {batch.message_id} accounted for")
        return rows


@contextmanager
def _panics_as_errors() -> Iterator[None]:
    """A panic of native code (Polars, pgpq) derives from BaseException; it is one batch's failure all the same."""
    try:
        yield
    except Exception:
        raise
    except BaseException as panic:
        raise ParserPanicError(f"{type(panic).__name__}: {panic}") from panic
