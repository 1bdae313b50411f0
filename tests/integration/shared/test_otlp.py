"""Spans on their way to a collector: sampled, counted, dropped rather than waited for."""

import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from prometheus_client import Counter

from services.worker.settings import WorkerSettings
from shared import otlp, span_export, tracing
from shared.otlp import OtlpTracer
from shared.span_export import Session
from shared.tracing import SPAN_RESULTS, Kind, Span
from tests.support.collector import collecting
from tests.support.suite import free_port

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SAMPLED, UNSAMPLED = (f"00-{TRACE_ID}-b7ad6b7169203331-{flag}" for flag in ("01", "00"))


@pytest.fixture
def counter() -> Counter:
    return Counter("spans_total", "", ["result"], registry=None)


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    level = logging.getLogger("opentelemetry").level
    yield
    tracing.shut_down()
    logging.getLogger("opentelemetry").setLevel(level)


def switch_on(url: str, counter: Counter, ratio: float = 1.0) -> None:
    tracing.configure(WorkerSettings(otlp_traces_url=url, trace_sample_ratio=ratio))
    tracing.count_spans(counter)


def counts(counter: Counter) -> dict[str, float]:
    """By result, as far as there are any."""
    counted = {result: counter.labels(result)._value.get() for result in SPAN_RESULTS}
    return {result: count for result, count in counted.items() if count}


def test_what_a_span_tells(counter: Counter) -> None:
    with collecting() as collector:
        switch_on(collector.url, counter)
        outer = tracing.span("outer", "consumer")
        with pytest.raises(ValueError, match="what a user logged"), outer:
            _work(outer)
        outer.set({"late": True})
        tracing.shut_down()
    inner, renamed = collector.spans
    assert (inner.name, inner.parent_id, inner.links) == ("inner", renamed.span_id, (TRACE_ID,))
    assert (renamed.name, renamed.kind, renamed.parent_id) == ("outer by name", "consumer", "")
    assert renamed.attributes == {"a": 1, "odd": "?", "error.type": "ValueError"}
    assert renamed.status == ("ERROR", "ValueError")
    assert counts(counter) == {"exported": 2}


def _work(span: Span) -> None:
    span.set({"a": 1, "b": None, "huge": 2**64, "odd": "\ud800"})
    with tracing.span("inner", links=[SAMPLED]):
        span.rename("outer by name")
    raise ValueError("what a user logged")


@pytest.mark.parametrize(
    ("parent", "ratio", "is_kept", "goes_on"),
    [
        (SAMPLED, 1.0, True, True),
        (SAMPLED, 0.0, True, True),
        (UNSAMPLED, 1.0, False, True),
        (None, 1.0, True, False),
        (None, 0.0, False, False),
        ("", 1.0, True, False),
        ("nonsense", 1.0, True, False),
        ("00-" + "0" * 32 + "-b7ad6b7169203331-01", 1.0, True, False),
        (SAMPLED * 20, 1.0, True, False),
    ],
)
def test_who_decides_whether_a_trace_is_kept(
    parent: str | None, ratio: float, is_kept: bool, goes_on: bool, counter: Counter
) -> None:
    with collecting() as collector:
        switch_on(collector.url, counter, ratio)
        with tracing.span("one", parent=parent) as span:
            told = span.traceparent or ""
            event = tracing.add_trace_ids(None, "info", {})
        tracing.shut_down()
    assert (told.split("-")[1] == TRACE_ID) == goes_on
    assert (tracing.kept_trace(told) is not None) == is_kept
    assert (event["trace_id"], event["span_id"]) == tuple(told.split("-")[1:3])
    assert len(collector.spans) == is_kept


@pytest.mark.parametrize(
    ("parent", "kind", "ratio", "is_kept"),
    [
        (SAMPLED, "server", 0.0, False),
        (SAMPLED, "server", 1.0, True),
        (UNSAMPLED, "server", 1.0, False),
        (SAMPLED, "consumer", 0.0, True),
        (UNSAMPLED, "consumer", 1.0, False),
    ],
)
def test_a_caller_can_ask_for_less_and_not_for_more(
    parent: str, kind: Kind, ratio: float, is_kept: bool, counter: Counter
) -> None:
    with collecting() as collector:
        switch_on(collector.url, counter, ratio)
        with tracing.span("outer", kind, parent=parent) as outer, tracing.span("inner") as inner:
            ids = {(span.traceparent or "").split("-")[1] for span in (outer, inner)}
            flags = {(span.traceparent or "")[-2:] for span in (outer, inner)}
        tracing.shut_down()
    assert ids == {TRACE_ID}
    assert flags == {"01" if is_kept else "00"}
    assert len(collector.spans) == 2 * is_kept


def test_no_trace_id_is_kept_more_than_the_ratio(counter: Counter) -> None:
    chosen = f"00-{'a' * 16}{'0' * 16}-b7ad6b7169203331-01"
    with collecting() as collector:
        switch_on(collector.url, counter, 0.01)
        for _ in range(1000):
            tracing.span("one", "server", parent=chosen).end()
        tracing.shut_down()
    assert len(collector.spans) < 100


def silent(connection: socket.socket, is_over: threading.Event) -> None:
    is_over.wait(30)


def garbled(connection: socket.socket, _is_over: threading.Event) -> None:
    connection.recv(4096)
    connection.sendall(b"\x00\xff nonsense\r\n\r\n")


def endless(connection: socket.socket, is_over: threading.Event) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    with suppress(OSError):
        while not is_over.is_set():
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")


@contextmanager
def misbehaving(behave: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """The port of one who accepts connections and then does so."""
    is_over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            behave(self.request, is_over)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        yield server.server_address[1]
        is_over.set()
        server.shutdown()
        serving.join()


@pytest.mark.parametrize(
    ("behave", "scheme", "result", "why"),
    [
        (silent, "http", "failed", "imed out"),
        (garbled, "http", "failed", "BadStatusLine"),
        (garbled, "https", "failed", "SSLError"),
        (endless, "http", "exported", ""),
    ],
)
def test_a_collector_that_is_none(
    behave: Callable[[socket.socket, threading.Event], None],
    scheme: str,
    result: str,
    why: str,
    counter: Counter,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(otlp, "EXPORT_SECONDS", 0.5)
    with misbehaving(behave) as port:
        switch_on(f"{scheme}://127.0.0.1:{port}/v1/traces?key=swordfish", counter)
        tracing.span("one").end()
        tracing.shut_down()
    assert counts(counter) == {result: 1}
    told = capsys.readouterr().out
    assert why in told
    assert "swordfish" not in told


@pytest.mark.parametrize("status", [302, 400, 404, 503])
def test_a_collector_that_refuses(
    status: int, counter: Counter, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otlp, "EXPORT_SECONDS", 0.2)
    monkeypatch.setattr(span_export, "BATCH_SPANS", 1)
    with collecting(status) as collector:
        switch_on(collector.url, counter)
        for _ in range(3):
            tracing.span("lost").end()
        tracing.shut_down()
    assert counts(counter) == {"failed": 3}
    assert capsys.readouterr().out.count("spans cannot be exported") == 1


def test_nobody_waits_at_the_end_for_a_collector_that_is_away(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otlp, "STOP_SECONDS", 0.1)
    switch_on(f"http://127.0.0.1:{free_port()}/v1/traces", counter)
    tracing.span("lost").end()
    began_at = time.monotonic()
    tracing.shut_down()
    assert time.monotonic() - began_at < 1
    assert not tracing.is_on()


class Stuck(SpanExporter):
    """Takes as long as it is let."""

    def __init__(self) -> None:
        self.is_asked = threading.Event()
        self.may_go_on = threading.Event()
        self.taken = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.is_asked.set()
        self.may_go_on.wait(30)
        self.taken += len(spans)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        pass


def test_what_there_is_no_room_for_is_dropped(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_export, "QUEUE_SPANS", 4)
    monkeypatch.setattr(span_export, "BATCH_SPANS", 1)
    exporter = Stuck()
    tracing.use(OtlpTracer(WorkerSettings(), exporter, Session()))
    tracing.count_spans(counter)
    tracing.span("sent").end()
    assert exporter.is_asked.wait(30)
    for _ in range(7):
        tracing.span("waits").end()
    assert counts(counter) == {"dropped": 3}
    exporter.may_go_on.set()
    tracing.shut_down()
    assert counts(counter) == {"dropped": 3, "exported": 5}
    assert exporter.taken == 5
