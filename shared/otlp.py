"""Spans by OpenTelemetry, sent over OTLP/HTTP from a thread of their own. Imported only where tracing is on."""

import logging
import os
import socket
import threading
from collections.abc import Iterable
from contextvars import Token
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter

from shared.collector import read_headers
from shared.sampling import Sampling
from shared.settings import Settings
from shared.span_export import BoundedProcessor, Session, SpanCount
from shared.tracing import TRACEPARENT, Attributes, Kind, Span, told

EXPORT_SECONDS = 5
"""For one batch, with what is tried again of it."""
STOP_SECONDS = 2
"""For all that is left at the end."""
MAX_VALUE_CHARACTERS = 256
MAX_INT_BITS = 63


def sendable(attributes: Attributes) -> dict[str, str | int | float | bool]:
    """Without what no span can hold: one such value, and all the spans that are sent with it are lost."""
    sent = {name: _text(value) if isinstance(value, str) else value for name, value in attributes.items()}
    return {
        name: value
        for name, value in sent.items()
        if value is not None and not (isinstance(value, int) and value.bit_length() > MAX_INT_BITS)
    }


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode("utf-8")


class RecordedSpan(Span):
    """A span of OpenTelemetry's. What is told after its end is passed over."""

    def __init__(self, made: trace.Span) -> None:
        self._made = made
        self._token: Token[Context] | None = None

    @property
    def traceparent(self) -> str | None:
        """See Span. One that is not sampled has one too, which tells that."""
        context = self._made.get_span_context()
        if not context.is_valid:
            return None
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags & 1:02x}"

    def set(self, attributes: Attributes) -> None:
        """See Span."""
        if self._made.is_recording():
            self._made.set_attributes(sendable(attributes))

    def rename(self, name: str) -> None:
        """See Span."""
        if self._made.is_recording():
            self._made.update_name(name)

    def fail(self, error_type: str, told: str = "") -> None:
        """See Span."""
        if self._made.is_recording():
            self._made.set_attribute("error.type", error_type)
            self._made.set_status(StatusCode.ERROR, f"{error_type}: {told}" if told else error_type)

    def end(self) -> None:
        """See Span."""
        if self._made.is_recording():
            self._made.end()

    def __enter__(self) -> Span:
        self._token = attach(trace.set_span_in_context(self._made))
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if self._token is not None:
            detach(self._token)
        if error is not None:
            self.fail(*told(error))
        self.end()


class OtlpTracer:
    """Makes spans by OpenTelemetry; a queue and a thread of its own send them off."""

    def __init__(self, settings: Settings, exporter: SpanExporter, session: Session) -> None:
        # Its loggers tell of each failure and of each span; what there is to say, the count says.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._count = SpanCount(settings.service)
        self._provider = TracerProvider(
            sampler=Sampling(settings.trace_sample_ratio),
            resource=Resource.create(resource_of(settings.service)),
            shutdown_on_exit=False,
            span_limits=SpanLimits(max_attribute_length=MAX_VALUE_CHARACTERS),
        )
        self._provider.add_span_processor(BoundedProcessor(exporter, session, self._count))
        self._tracer = self._provider.get_tracer("logmill")
        self._propagator = TraceContextTextMapPropagator()

    @classmethod
    def to_collector(cls, settings: Settings) -> "OtlpTracer":
        """One that sends to `otlp_traces_url`; opens nothing until there is something to send."""
        session = Session()
        exporter = OTLPSpanExporter(
            endpoint=settings.otlp_traces_url,
            headers=read_headers(settings.otlp_headers.get_secret_value()),
            timeout=EXPORT_SECONDS,
            compression=Compression.Gzip,
            session=session,
        )
        return cls(settings, exporter, session)

    def span(
        self,
        name: str,
        kind: Kind,
        *,
        parent: str | None,
        links: Iterable[str],
        attributes: Attributes,
        began_at_ns: int | None,
    ) -> Span:
        """See `shared.tracing.span`."""
        return RecordedSpan(
            self._tracer.start_span(
                name,
                context=None if parent is None else self._context_of(parent),
                kind=SpanKind[kind.upper()],
                attributes=sendable(attributes),
                links=[trace.Link(trace.get_current_span(self._context_of(link)).get_span_context()) for link in links],
                start_time=began_at_ns,
            )
        )

    def current(self) -> Span:
        """See Tracer."""
        return RecordedSpan(trace.get_current_span())

    def count_in(self, counter: Counter) -> None:
        """See Tracer."""
        self._count.count_in(counter)

    def shut_down(self) -> None:
        """See Tracer. The library would wait for half a minute, and so long it may, beside the end of the process."""
        closing = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        closing.start()
        closing.join(STOP_SECONDS)

    def _context_of(self, traceparent: str) -> Context:
        return self._propagator.extract({TRACEPARENT: traceparent}, Context())


def resource_of(service: str) -> dict[str, str]:
    """Who the spans are from; OTEL_RESOURCE_ATTRIBUTES in the environment may add to it."""
    try:
        release = version("logmill")
    except PackageNotFoundError:
        release = "unknown"
    return {
        "service.namespace": "logmill",
        "service.name": f"logmill-{service}",
        "service.version": release,
        "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
    }
