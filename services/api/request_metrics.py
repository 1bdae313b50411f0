"""Counts requests by route, never by path: a path may hold an id."""

import time

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.metrics import ApiMetrics

CLIENT_LEFT = 499
"""What is counted where nobody was there to be answered; nginx's number for it."""
UNROUTED = "unrouted"
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """Pure ASGI, so that streams stay streams."""

    def __init__(self, app: ASGIApp, metrics: ApiMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | None = None
        began_at = time.monotonic()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:
            raise
        except BaseException:
            status = status or 500
            raise
        finally:
            route = route_of(scope)
            method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
            self._metrics.requests.labels(method, route, str(status or CLIENT_LEFT)).inc()
            self._metrics.request_seconds.labels(route).observe(time.monotonic() - began_at)


def route_of(scope: Scope) -> str:
    """The template of the route that Starlette chose; a path inside a mount is not told apart."""
    return getattr(scope.get("route"), "path", UNROUTED) or "/"
