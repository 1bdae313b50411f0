"""The ASGI application: what answers before the dependencies are there, and what answers after."""

from pathlib import Path

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api.context import Context
from services.api.metrics import ApiMetrics
from services.api.middleware import http_middleware
from services.api.problems import ERROR_HANDLERS
from services.api.progress.streams import Streams
from services.api.reads import routes as read_routes
from services.api.request_metrics import RequestMetrics
from services.api.request_spans import RequestSpans
from services.api.uploads.routes import Uploads
from services.api.webhooks.routes import Webhooks
from shared import tracing
from shared.errors import TransientError
from shared.operations import Health, operations_routes

WEB_DIST = Path(__file__).parent / "web" / "dist"


class Switchboard:
    """The one ASGI application the server knows; what is behind it changes once, when the service can work."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def build_waiting_app(health: Health, registry: CollectorRegistry) -> Starlette:
    """Health and metrics; everything else is 503 for now."""
    return _starlette([*operations_routes(health, registry), Mount("/", _not_yet)], [])


def build_app(
    context: Context,
    uploads: Uploads,
    webhooks: Webhooks,
    streams: Streams,
    metrics: ApiMetrics,
    health: Health,
    registry: CollectorRegistry,
) -> Starlette:
    """The whole HTTP interface and the page."""
    routes = [
        Route("/upload", uploads.answer, methods=["HEAD", "POST"]),
        Route("/webhook/github", webhooks.answer, methods=["POST"]),
        Route("/stream", streams.all_jobs),
        Route("/stream/{job_id}", streams.one_job),
        *read_routes(context),
        *operations_routes(health, registry),
    ]
    spans = [Middleware(RequestSpans)] if tracing.is_on() else []
    counting = Middleware(RequestMetrics, metrics=metrics)
    return _starlette([*routes, *_web_routes()], [*spans, counting, *http_middleware(context)])


def _starlette(routes: list[BaseRoute], middleware: list[Middleware]) -> Starlette:
    app = Starlette(routes=routes, middleware=middleware, exception_handlers=ERROR_HANDLERS)
    app.router.redirect_slashes = False
    return app


async def _not_yet(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise TransientError("the api waits for its database and broker")


def _web_routes() -> list[BaseRoute]:
    """The built page, where it was built."""
    if not WEB_DIST.is_dir():
        return []

    async def page(_request: Request) -> Response:
        return FileResponse(WEB_DIST / "index.html", headers={"Cache-Control": "no-cache"})

    return [Route("/", page), Mount("/assets", StaticFiles(directory=WEB_DIST / "assets"))]
