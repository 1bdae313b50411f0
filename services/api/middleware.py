"""What happens to every request, whatever its route: an id, limits, headers, an answer to every error."""

import re
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.context import Context
from services.api.problems import TooManyRequestsError, problem_response, refusal_of
from shared.errors import InputError
from shared.logs import get_logger

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
TRANSPORT_SECURITY = "max-age=31536000"
UNLIMITED_PREFIXES = ("/health", "/metrics", "/webhook/")
"""Webhooks come in bursts, and from addresses that others share: there, only what is not signed counts."""

log = get_logger(__name__)


def http_middleware(context: Context) -> list[Middleware]:
    """The api's middleware, outermost first."""
    return [
        Middleware(RequestIds),
        Middleware(SecurityHeaders, over_tls=context.settings.cookie_secure),
        Middleware(UnexpectedErrors),
        Middleware(Admission, context=context),
    ]


class RequestIds:
    """Gives every request an id: the caller's own X-Request-ID where it is a plain word, else a new one.

    The answer, the problem it may carry and every log event on the way name it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_with_id)


class SecurityHeaders:
    """Adds the headers that keep a browser from doing more with an answer than showing it."""

    def __init__(self, app: ASGIApp, *, over_tls: bool) -> None:
        self._app = app
        self._headers = dict(SECURITY_HEADERS)
        if over_tls:
            self._headers["strict-transport-security"] = TRANSPORT_SECURITY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class UnexpectedErrors:
    """Answers 500 for what nobody foresaw, and logs it; where the answer has begun, it breaks off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:
            log.debug("a client left before its request was read", path=scope["path"])
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            await self._answer(Request(scope, receive), error, send)

    async def _answer(self, request: Request, error: Exception, send: Send) -> None:
        refusal = refusal_of(error)
        if refusal.status == 500:
            log.exception("a request failed unexpectedly", method=request.method, path=request.url.path)
        await problem_response(request, refusal)(request.scope, request.receive, send)


class Admission:
    """Refuses requests of unclear length, and more of them than a client may make."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self._app = app
        self._clients = context.clients
        self._limit = context.request_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._check(Request(scope))
        await self._app(scope, receive, send)

    def _check(self, request: Request) -> None:
        lengths = request.headers.getlist("content-length")
        if len(lengths) > 1 or (lengths and "transfer-encoding" in request.headers):
            raise InputError(400, "Unclear length", "Send either Content-Length or Transfer-Encoding, once.")
        if not request.url.path.startswith(UNLIMITED_PREFIXES):
            wait_seconds = self._limit.take(self._clients.of(request))
            if wait_seconds is not None:
                raise TooManyRequestsError(wait_seconds)
