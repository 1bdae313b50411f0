"""One delivery's way: decode, look, parse, write; the answer is a Settlement."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from services.worker.bisection import RowsRefused
from services.worker.metrics import WorkerMetrics
from services.worker.panics import panics_as_errors
from services.worker.refusals import reject
from services.worker.settings import WorkerSettings
from services.worker.settlement import STORED, Ack, GiveBack, Settlement, after_failure
from services.worker.summarise import summarise
from services.worker.traces import told_briefly, trace_of
from services.worker.writer import Rows, Writer, prepare
from shared import tracing
from shared.attempts import Attempt, read_attempts
from shared.batch_spans import identity
from shared.clock import Clock
from shared.crash_points import crash_point
from shared.errors import LogmillError, PoisonMessage, TransientError
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.messages import LineBatch, decode
from shared.parsing import ParsedBatch, ParseHints, RecordBounds, parse_batch
from shared.retries import wait_until_available

log = get_logger(__name__)
T = TypeVar("T")

LONGEST_HOLD_SECONDS = 600
"""Well below the 30 minutes after which RabbitMQ takes an unacknowledged delivery back and counts that against it."""
LONGEST_HOLD_ALONE_SECONDS = 30
"""Nothing else runs meanwhile, and each connection lost with it in hand counts against a batch that runs alone."""


class ConservationError(LogmillError):
    """A parsed batch does not account for each of its lines."""


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
    def attempts(self) -> tuple[Attempt, ...]:
        """What was tried with this batch, oldest first; none where the header is not ours."""
        return read_attempts(self.headers.get("attempts"))


class Pipeline:
    """Turns deliveries into settlements. Waits for an absent database; gives back what a stop interrupts.

    `worker` names this process in what it tells of failed attempts.
    """

    def __init__(
        self, settings: WorkerSettings, writer: Writer, metrics: WorkerMetrics, clock: Clock, stop: Stop, worker: str
    ) -> None:
        self._settings = settings
        self._bounds = RecordBounds(settings.max_record_lines, settings.max_record_bytes)
        self._writer = writer
        self._metrics = metrics
        self._clock = clock
        self._stop = stop
        self._worker = worker

    async def process(self, delivery: Delivery, *, alone: bool = False) -> Settlement:
        """Never raises for anything the delivery holds. `alone`: it is not held for long while the database is away."""
        until = self._clock.monotonic() + (LONGEST_HOLD_ALONE_SECONDS if alone else LONGEST_HOLD_SECONDS)
        try:
            return Ack(await self._store(delivery, until))
        except TransientError:
            return GiveBack()
        except Exception as error:
            tracing.current().fail(*tracing.told(error))
            if not isinstance(error, PoisonMessage):
                log.warning("a line batch failed unexpectedly", trace=trace_of(error))  # exc_info would tell a row
            failed = Attempt.made(told_briefly(error), self._clock.now(), self._worker)
            return after_failure(error, delivery.attempts, failed, self._settings.max_attempts)

    async def _store(self, delivery: Delivery, until: float) -> str:
        """Parses once, and only what is wanted; what waits for an absent database is the look before and the write."""
        batch = decode(delivery.body, delivery.message_type, delivery.headers)
        tracing.current().set({**identity(batch), "logmill.batch.attempts": len(delivery.attempts)})
        if (unwanted := await self._hold(lambda: self._writer.look(batch), until)) is not None:
            return unwanted
        stored_on = self._writer.today()
        if batch.line_part:
            return await self._hold(lambda: self._writer.write_part(batch, stored_on), until)
        with self._metrics.parse_seconds.time(), tracing.span("parse"):
            rows = await asyncio.to_thread(self._parse, batch, delivery.published_at, stored_on)
        outcome, rows = await self._write(batch, rows, until)
        self._metrics.observe(outcome, rows.partial.summary, rows.parsed.format_counts)
        if outcome == STORED and batch.line_part is not None:
            self._metrics.overlong_lines.inc()
        return outcome

    async def _hold(self, attempt: Callable[[], Awaitable[T]], until: float) -> T:
        longest = max(0.0, until - self._clock.monotonic())
        return await wait_until_available("PostgreSQL", attempt, self._stop, longest)

    async def _write(self, batch: LineBatch, rows: Rows, until: float) -> tuple[str, Rows]:
        """The outcome, and the rows as they were written: without records that PostgreSQL refuses."""
        try:
            return await self._hold(lambda: self._write_once(batch, rows), until), rows
        except RowsRefused as error:
            log.warning("PostgreSQL refuses records of a line batch", message_id=batch.message_id, error=str(error))
            mended = await self._without_refused(batch, rows, until)
            return await self._hold(lambda: self._write_once(batch, mended), until), mended

    async def _write_once(self, batch: LineBatch, rows: Rows) -> str:
        with self._metrics.copy_seconds.time():
            return await self._writer.write(batch, rows)

    async def _without_refused(self, batch: LineBatch, rows: Rows, until: float) -> Rows:
        refused = await self._hold(lambda: self._writer.find_refused(batch, rows), until)
        return await asyncio.to_thread(self._mend, batch, rows, refused)

    def _parse(self, batch: LineBatch, received_at: datetime, stored_on: date) -> Rows:
        crash_point("worker.parsing", batch.body)
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
        with panics_as_errors():
            parsed = parse_batch(batch.body, first_line=batch.first_line, hints=hints, bounds=self._bounds)
        return self._rows(batch, parsed, stored_on)

    def _mend(self, batch: LineBatch, rows: Rows, refused: Mapping[int, str]) -> Rows:
        with panics_as_errors():
            parsed = reject(rows.parsed, refused)
        return self._rows(batch, parsed, rows.stored_on)

    def _rows(self, batch: LineBatch, parsed: ParsedBatch, stored_on: date) -> Rows:
        keywords = self._settings.error_keywords if batch.hints.keywords is None else list(batch.hints.keywords)
        with panics_as_errors():
            partial = summarise(parsed, keywords)
            rows = prepare(batch, parsed, partial, stored_on)
        accounted = partial.summary.lines_stored + partial.summary.lines_rejected
        if accounted != batch.line_count:
            raise ConservationError(f"{accounted} of {batch.line_count} lines of {batch.message_id} accounted for")
        return rows
