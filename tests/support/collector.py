"""A collector of traces: takes spans in by OTLP/HTTP, as any would, and keeps them."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from tests.support.suite import wait_for

PATH = "/v1/traces"
SECONDS = 30


@dataclass(frozen=True)
class Collected:
    """A span, and the attributes of whoever it is from. Ids are hexadecimal; no parent is an empty one."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]
    resource: dict[str, Any]
    links: tuple[str, ...]
    status: tuple[str, str]
    began_at_ns: int
    ended_at_ns: int
    raw: bytes


@dataclass
class Collector:
    """What was received so far."""

    url: str
    spans: list[Collected] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def of_trace(self, trace_id: str) -> list[Collected]:
        """Its spans, in the order in which they began."""
        return sorted((s for s in self.spans if s.trace_id == trace_id), key=lambda s: s.began_at_ns)

    def wait_for(self, what: str, condition: Callable[[list[Collected]], object]) -> list[Collected]:
        """All spans, once `condition` holds for them."""
        wait_for(what, lambda: condition(list(self.spans)), SECONDS)
        return list(self.spans)


@contextmanager
def collecting(status: int = 200, port: int = 0) -> Iterator[Collector]:
    """A collector on a port of its own, or on this one. Answers with `status`; what is sent is kept if that is 200."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            if status == 200 and self.path == PATH:
                collector.headers.append({name.lower(): value for name, value in self.headers.items()})
                collector.spans.extend(read(ExportTraceServiceRequest.FromString(body)))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    collector = Collector(f"http://127.0.0.1:{server.server_address[1]}{PATH}")
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield collector
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def read(request: ExportTraceServiceRequest) -> Iterator[Collected]:
    """The spans of an export."""
    for resource_spans in request.resource_spans:
        resource = _plain(resource_spans.resource.attributes)
        for scope in resource_spans.scope_spans:
            for span in scope.spans:
                yield _collected(span, resource)


def _collected(span: trace_pb2.Span, resource: dict[str, Any]) -> Collected:
    return Collected(
        service=resource["service.name"],
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        attributes=_plain(span.attributes),
        resource=resource,
        links=tuple(link.trace_id.hex() for link in span.links),
        status=(trace_pb2.Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_"), span.status.message),
        began_at_ns=span.start_time_unix_nano,
        ended_at_ns=span.end_time_unix_nano,
        raw=span.SerializeToString(),
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {pair.key: _value(pair) for pair in attributes}


def _value(pair: KeyValue) -> Any:
    value: AnyValue = pair.value
    return getattr(value, value.WhichOneof("value") or "string_value")
