"""What every service answers on its own port: /metrics, /health, /health/live, /health/ready and /stream."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import uvicorn
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from shared.errors import ConfigurationError, LogmillError, TransientError
from shared.lifecycle import Stop, sleep_until
from shared.logs import get_logger
from shared.request_heads import BoundedHeads

log = get_logger(__name__)

CHECK_TIMEOUT_SECONDS = 2
PROGRESS_INTERVAL_SECONDS = 1
CLIENT_RETRY_MS = 3000

Probe = Callable[[], Awaitable[None]]
"""Raises LogmillError (or times out) when what it looks at cannot be used."""


def new_registry() -> CollectorRegistry:
    """A registry with the process's own memory, CPU, file and garbage collection metrics."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


@dataclass
class Health:
    """The named probes of a service; each is bounded by CHECK_TIMEOUT_SECONDS."""

    service: str
    stop: Stop
    probes: dict[str, Probe] = field(default_factory=dict)

    def waiting_for(self, *names: str) -> None:
        """Marks dependencies that are not there yet; replaced by a probe once they are."""
        for name in names:
            self.probes[name] = partial(_not_there_yet, name)

    async def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether the service can work now, and the answer that says why not."""
        results = dict(zip(self.probes, await asyncio.gather(*map(_run, self.probes.values())), strict=True))
        if self.stop.is_set():
            results["stopping"] = "the service is stopping"
        ready = all(problem is None for problem in results.values())
        checks = {name: {"ok": problem is None, "detail": problem} for name, problem in results.items()}
        return ready, {"service": self.service, "status": "ok" if ready else "unavailable", "checks": checks}


async def _not_there_yet(name: str) -> None:
    raise TransientError(f"waiting for the {name}")


async def _run(probe: Probe) -> str | None:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await probe()
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT_SECONDS} s"
    except LogmillError as error:
        return str(error)
    return None


def operations_routes(health: Health, registry: CollectorRegistry) -> list[Route]:
    """/metrics and the health routes. Liveness looks at nothing but the event loop."""

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def live(_request: Request) -> Response:
        return JSONResponse({"service": health.service, "status": "ok"})

    async def ready(_request: Request) -> Response:
        is_ready, report = await health.report()
        return JSONResponse(report, status_code=200 if is_ready else 503)

    return [
        Route("/metrics", metrics),
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/health", ready),
    ]


def progress_route(registry: CollectorRegistry, stop: Stop) -> Route:
    """/stream of a service without uploads of its own: its counters, once a second, as `progress` events."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        number = 0
        while True:
            number += 1
            yield ServerSentEvent(
                json.dumps(counters(registry)),
                event="progress",
                id=str(number),
                retry=CLIENT_RETRY_MS if number == 1 else None,
            )
            if await sleep_until(stop, PROGRESS_INTERVAL_SECONDS):
                return

    async def stream(_request: Request) -> Response:
        return EventSourceResponse(events())

    return Route("/stream", stream)


def counters(registry: CollectorRegistry) -> dict[str, float | dict[str, float]]:
    """logmill's own counters and gauges by name; those with a label as {label's value: number}."""
    shown: dict[str, float | dict[str, float]] = {}
    for metric in registry.collect():
        if metric.name.startswith("logmill_") and metric.type in ("counter", "gauge"):
            samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            labelled = {",".join(sample.labels.values()): sample.value for sample in samples}
            shown[metric.name] = labelled.get("", labelled)
    return shown


class _Server(uvicorn.Server):
    """Leaves signals to the process's own stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(service: str, host: str, port: int) -> socket.socket:
    """A socket that takes connections; raises ConfigurationError naming the settings where it cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        where = f"{service}_host {host}, {service}_port {port}"
        raise ConfigurationError(f"cannot listen on {where}: {error}") from None


async def serve_http(app: ASGIApp, service: str, host: str, port: int, stop: Stop, *, drain_seconds: float) -> None:
    """Serves `app` until the stop, then waits up to `drain_seconds` for requests under way.

    Raises ConfigurationError where the address, told by the settings of `service`, cannot be bound.
    """
    listener = listen(service, host, port)
    config = uvicorn.Config(
        app,
        http=BoundedHeads,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=max(1, int(drain_seconds)),
    )
    server = _Server(config)
    log.info("listening", address=f"http://{host}:{port}")
    serving = asyncio.create_task(server.serve(sockets=[listener]), name=f"http {host}:{port}")
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((serving, stopped), return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        stopped.cancel()
        serving.cancel()
        listener.close()
