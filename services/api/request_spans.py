"""A span for each request, named after its route: where a caller's trace goes on, or one of our own begins."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.request_metrics import KNOWN_METHODS, UNROUTED, route_of
from shared import tracing
from shared.tracing import TRACEPARENT, Attributes, Span

CLIENT_LEFT = "client_left"
UNTRACED_PREFIXES = ("/health", "/metrics", "/assets/", "/docs")
"""Asked all the time, or only files."""
ENDLESS = "text/event-stream"


class RequestSpans:
    """Pure ASGI, so that streams stay streams; the span of one without an end ends when it begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_traced(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        parent = headers.get(TRACEPARENT, "")  # never the current span: a pipelined request begins inside of another
        status: int | None = None
        with tracing.span(_method(scope), "server", parent=parent, attributes=_asked(scope, headers)) as span:

            async def watch(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    if Headers(raw=message["headers"]).get("content-type", "").startswith(ENDLESS):
                        _answered(span, scope, status)
                        span.end()
                await send(message)

            try:
                await self._app(scope, receive, watch)
            finally:
                _answered(span, scope, status)


def is_traced(path: str) -> bool:
    """Whether requests for it have spans."""
    return path != "/" and not path.startswith(UNTRACED_PREFIXES)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in KNOWN_METHODS else "HTTP"


def _asked(scope: Scope, headers: Headers) -> Attributes:
    length = headers.get("content-length", "")
    return {
        "http.request.method": scope["method"] if scope["method"] in KNOWN_METHODS else "_OTHER",
        "url.scheme": scope["scheme"],
        "http.request.body.size": int(length) if length.isascii() and length.isdigit() and len(length) < 19 else None,
    }


def _answered(span: Span, scope: Scope, status: int | None) -> None:
    """What is known once it is routed. A path without a route is anybody's text."""
    route = route_of(scope)
    is_routed = route != UNROUTED
    if is_routed:
        span.rename(f"{_method(scope)} {route}")
    span.set(
        {
            "http.route": route if is_routed else None,
            "url.path": scope["path"] if is_routed else None,
            "http.response.status_code": status,
            "logmill.request.id": scope.get("state", {}).get("request_id"),
        }
    )
    if status is None:
        span.fail(CLIENT_LEFT)
    elif status >= 500:
        span.fail(str(status))
