"""Spans on their way to the collector: a bounded queue, and what becomes of them. Imported only where tracing is on."""

import threading
from collections.abc import Sequence
from typing import Any

import requests
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import Counter

from shared.logs import get_logger

QUEUE_SPANS = 4096
"""What may wait to be sent, some megabytes; more is dropped."""
BATCH_SPANS = 512
EVERY_SECONDS = 1
MAX_ANSWER_BYTES = 64 * 1024
"""Of what the collector answers; nothing in it is looked at."""

log = get_logger(__name__)


class SpanCount:
    """What became of spans; says when they begin to be lost and when that is over, and not for each."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._counter: Counter | None = None
        self._is_failing = False

    def count_in(self, counter: Counter) -> None:
        """Where to count, labelled `result`."""
        self._counter = counter

    def exported(self, spans: int) -> None:
        """The collector has them."""
        self._count("exported", spans)
        if self._is_failing:
            log.info("spans are exported again", service=self._service)
        self._is_failing = False

    def failed(self, spans: int, why: str) -> None:
        """They are lost: the collector did not take them in time."""
        self._count("failed", spans)
        if not self._is_failing:
            log.warning("spans cannot be exported and are lost, until they can", error=why, service=self._service)
        self._is_failing = True

    def dropped(self) -> None:
        """One is lost, since too many wait."""
        self._count("dropped", 1)

    def _count(self, result: str, spans: int) -> None:
        if self._counter is not None:
            self._counter.labels(result).inc(spans)


class Room:
    """So many spans may wait; several threads take and give back."""

    def __init__(self, spans: int) -> None:
        self._free = spans
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Room for one, unless there is none."""
        with self._lock:
            if self._free == 0:
                return False
            self._free -= 1
            return True

    def give_back(self, spans: int) -> None:
        """Room for so many."""
        with self._lock:
            self._free += spans


class Session(requests.Session):
    """Goes to the collector itself, whatever proxy the environment names, and keeps in mind what came of it last."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.problem = ""

    def request(self, *args: Any, **options: Any) -> requests.Response:
        """See requests. A redirection is none of an export's answers, and raises; a body is read up to a limit."""
        try:
            answer = super().request(*args, **{**options, "stream": True, "allow_redirects": False})
            answer.raw.read(MAX_ANSWER_BYTES)
            answer.close()
        except Exception as error:
            self.problem = words_of(error)
            raise
        self.problem = f"answered {answer.status_code}"
        if 300 <= answer.status_code < 400:
            raise requests.TooManyRedirects(self.problem)
        return answer


def words_of(error: BaseException) -> str:
    """What the first of its causes says; the libraries around it repeat the URL."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return f"{type(error).__name__}: {error}"


class CountedExporter(SpanExporter):
    """`exporter`, with its results counted and the room of what it was given free again."""

    def __init__(self, exporter: SpanExporter, session: Session, room: Room, count: SpanCount) -> None:
        self._exporter = exporter
        self._session = session
        self._room = room
        self._count = count

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See SpanExporter."""
        self._room.give_back(len(spans))
        self._session.problem = "no request could be made of them"
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self._count.exported(len(spans))
        else:
            self._count.failed(len(spans), self._session.problem)
        return result

    def shutdown(self) -> None:
        """See SpanExporter."""
        self._exporter.shutdown()


class BoundedProcessor(BatchSpanProcessor):
    """Drops a span, and counts it, where there is no room: the processor's own queue is never full, nor tells so."""

    def __init__(self, exporter: SpanExporter, session: Session, count: SpanCount) -> None:
        self._room = Room(QUEUE_SPANS)
        self._count = count
        super().__init__(
            CountedExporter(exporter, session, self._room, count),
            max_queue_size=QUEUE_SPANS,
            schedule_delay_millis=EVERY_SECONDS * 1000,
            max_export_batch_size=BATCH_SPANS,
            meter_provider=NoOpMeterProvider(),
        )

    def on_end(self, span: ReadableSpan) -> None:
        """See SpanProcessor."""
        if span.context is None or not span.context.trace_flags.sampled:
            return
        if self._room.take():
            super().on_end(span)
        else:
            self._count.dropped()
