"""Traces: spans that tell one upload's way through all services, sent to a collector.

Off unless `otlp_traces_url` is set. Only then OpenTelemetry is imported, by `shared.otlp`; else all of this does
nothing. What goes from process to process is W3C's `traceparent`, as text. No span ever holds what users logged.
"""

import re
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, Protocol, TypeAlias

from prometheus_client import Counter
from structlog.typing import EventDict

from shared.errors import PoisonMessage, TransientError
from shared.settings import Settings

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Attributes: TypeAlias = Mapping[str, str | int | float | bool | None]
"""By OpenTelemetry's names where it has one. What is None is left out."""

TRACEPARENT = "traceparent"
"""The header of that name, of HTTP requests and of messages."""
SPAN_RESULTS = ("exported", "failed", "dropped")
MAX_TOLD_CHARACTERS = 200
_KEPT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f][13579bdf]")


class Span:
    """One that nobody records: all there is while tracing is off. Ends with its block, at the latest."""

    @property
    def traceparent(self) -> str | None:
        """What makes another process's span a child of this one."""
        return None

    def set(self, attributes: Attributes) -> None:
        """Adds attributes."""

    def rename(self, name: str) -> None:
        """For who knows the name only later; one of few, without ids."""

    def fail(self, error_type: str, told: str = "") -> None:
        """Marks it as failed; `error_type` comes from a closed set."""

    def end(self) -> None:
        """Ends it before its block does."""

    def __enter__(self) -> "Span":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        pass


class Tracer(Protocol):
    """Makes spans and sends them off, without ever waiting for whoever takes them."""

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
        """See `span` below."""

    def current(self) -> Span:
        """The innermost span whose block this is."""

    def count_in(self, counter: Counter) -> None:
        """Counts what becomes of spans in `counter`, labelled `result`."""

    def shut_down(self) -> None:
        """Sends what is left, for a bounded time."""


_NOT_RECORDED = Span()
_tracer: Tracer | None = None


def configure(settings: Settings) -> None:
    """Switches tracing on where the settings say so; once a process, before anything else is done."""
    if settings.otlp_traces_url:
        from shared.otlp import OtlpTracer

        use(OtlpTracer.to_collector(settings))


def use(tracer: Tracer | None) -> None:
    """Takes `tracer` from now on; None switches tracing off."""
    global _tracer
    _tracer = tracer


def is_on() -> bool:
    """Whether spans are made at all."""
    return _tracer is not None


def span(
    name: str,
    kind: Kind = "internal",
    *,
    parent: str | None = None,
    links: Iterable[str] = (),
    attributes: Attributes | None = None,
    began_at_ns: int | None = None,
) -> Span:
    """A span, current while its block lasts; an error that leaves the block fails it. Began at `began_at_ns`, or now.

    Its parent is what `parent` (a traceparent) tells of, else the current span. A `parent` that cannot be read makes it
    the first of a new trace. `links` are traceparents of others that it has to do with.
    """
    if _tracer is None:
        return _NOT_RECORDED
    return _tracer.span(name, kind, parent=parent, links=links, attributes=attributes or {}, began_at_ns=began_at_ns)


def current() -> Span:
    """The span whose block this is; one that is not recorded outside of any."""
    return _NOT_RECORDED if _tracer is None else _tracer.current()


def count_spans(counter: Counter) -> None:
    """Counts from now on what becomes of spans, by `result`: one of SPAN_RESULTS."""
    if _tracer is not None:
        _tracer.count_in(counter)


def shut_down() -> None:
    """Sends what is left, for a bounded time, and switches tracing off."""
    global _tracer
    tracer, _tracer = _tracer, None
    if tracer is not None:
        tracer.shut_down()


def kept_trace(traceparent: str | None) -> str | None:
    """The id of the trace that it tells of, where that is sampled. Pure.

    >>> kept_trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    '0af7651916cd43dd8448eb211c80319c'
    """
    found = _KEPT.fullmatch(traceparent or "")
    return found[1] if found else None


def add_trace_ids(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """For structlog: which trace and span an event belongs to."""
    if traceparent := current().traceparent:
        _, event["trace_id"], event["span_id"], _ = traceparent.split("-")
    return event


def told(error: BaseException) -> tuple[str, str]:
    """An error's type, and its text where that is ours: any other's may repeat what users logged."""
    if isinstance(error, PoisonMessage):
        return error.reason, ""
    text = str(error)[:MAX_TOLD_CHARACTERS] if isinstance(error, TransientError) else ""
    return type(error).__name__, text
