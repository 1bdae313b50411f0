"""What the span of a request is called, and tells."""

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

import pytest
from prometheus_client import Counter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.request_spans import RequestSpans, is_traced
from shared import tracing
from shared.tracing import Attributes, Kind, Span

JOB = "/api/jobs/1f2e"


class Told(Span):
    """Keeps what it is told until its end, as the real ones do."""

    def __init__(self, name: str, attributes: Attributes) -> None:
        self.name, self.attributes, self.failure, self.is_over = name, dict(attributes), "", False

    def set(self, attributes: Attributes) -> None:
        if not self.is_over:
            self.attributes |= attributes

    def rename(self, name: str) -> None:
        if not self.is_over:
            self.name = name

    def fail(self, error_type: str, told: str = "") -> None:
        if not self.is_over:
            self.failure = error_type

    def end(self) -> None:
        self.is_over = True


class Recorder:
    """Makes spans that tell what they were told."""

    def __init__(self) -> None:
        self.spans: list[Told] = []

    def span(self, name: str, kind: Kind, *, attributes: Attributes, parent: str | None, **_options: Any) -> Span:
        assert kind == "server"
        self.spans.append(Told(name, {**attributes, "parent": parent}))
        return self.spans[-1]

    def current(self) -> Span:
        return self.spans[-1]

    def count_in(self, counter: Counter) -> None:
        pass

    def shut_down(self) -> None:
        pass


@pytest.fixture
def recorder() -> Iterable[Recorder]:
    made = Recorder()
    tracing.use(made)
    yield made
    tracing.use(None)


async def answer(request: Request) -> Response:
    return Response(status_code=int(request.query_params["status"]))


async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
    await Response(media_type="text/event-stream")(_scope, _receive, send)
    raise ValueError("long after")


async def leave(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Nobody was there to be answered."""


APP = Starlette(routes=[Route("/api/jobs/{job_id}", answer, methods=["GET", "POST"])])


async def ask(app: ASGIApp, method: str, path: str, query: bytes = b"", headers: dict[str, str] | None = None) -> None:
    told = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": told, "scheme": "http"}
    await RequestSpans(app)(scope, _receive, _send)


async def _receive() -> Message:
    return {"type": "http.disconnect"}


async def _send(_message: Message) -> None:
    pass


@pytest.mark.parametrize(
    ("method", "path", "status", "name", "failure"),
    [
        ("GET", JOB, 200, "GET /api/jobs/{job_id}", ""),
        ("POST", JOB, 404, "POST /api/jobs/{job_id}", ""),
        ("GET", JOB, 503, "GET /api/jobs/{job_id}", "503"),
    ],
)
async def test_names(recorder: Recorder, method: str, path: str, status: int, name: str, failure: str) -> None:
    await ask(APP, method, path, b"status=%d&q=what+users+look+for" % status)
    [span] = recorder.spans
    assert (span.name, span.failure) == (name, failure)
    assert {key: value for key, value in span.attributes.items() if value not in (None, "")} == {
        "http.request.method": method,
        "url.scheme": "http",
        "url.path": path,
        "http.route": "/api/jobs/{job_id}",
        "http.response.status_code": status,
    }


async def test_a_path_that_leads_nowhere_is_not_told(recorder: Recorder) -> None:
    await ask(APP, "BREW", "/swordfish")
    [span] = recorder.spans
    assert span.name == "HTTP"
    assert "swordfish" not in repr(span.attributes)
    assert span.attributes["http.request.method"] == "_OTHER"
    assert span.attributes["http.response.status_code"] == 404


@pytest.mark.parametrize(
    ("headers", "parent", "size"),
    [
        ({}, "", None),
        ({"traceparent": "00-a-b-01", "content-length": "12"}, "00-a-b-01", 12),
        ({"content-length": "9" * 30}, "", None),
        ({"content-length": "-1"}, "", None),
    ],
)
async def test_headers(recorder: Recorder, headers: dict[str, str], parent: str, size: int | None) -> None:
    await ask(APP, "GET", JOB, b"status=200", headers)
    [span] = recorder.spans
    assert (span.attributes["parent"], span.attributes["http.request.body.size"]) == (parent, size)


@pytest.mark.parametrize(
    ("app", "raised", "failure", "is_over"), [(stream, ValueError, "", True), (leave, None, "client_left", False)]
)
async def test_ends(
    recorder: Recorder, app: ASGIApp, raised: type[Exception] | None, failure: str, is_over: bool
) -> None:
    with pytest.raises(raised) if raised else nullcontext():
        await ask(app, "GET", "/stream")
    [span] = recorder.spans
    assert (span.failure, span.is_over) == (failure, is_over)


@pytest.mark.parametrize(
    ("path", "traced"),
    [
        ("/upload", True),
        ("/stream/1", True),
        ("/api/jobs", True),
        ("/", False),
        ("/health/ready", False),
        ("/metrics", False),
        ("/assets/a.js", False),
        ("/docs", False),
    ],
)
async def test_what_is_traced(path: str, traced: bool, recorder: Recorder) -> None:
    assert is_traced(path) == traced
    await ask(leave, "GET", path)
    assert len(recorder.spans) == traced
