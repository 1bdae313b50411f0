"""Which status a request counts as."""

from contextlib import nullcontext

import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.metrics import ApiMetrics
from services.api.request_metrics import RequestMetrics

SCOPE = {"type": "http", "method": "POST", "path": "/upload", "headers": []}


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=202)(scope, receive, send)


async def breaks_off(scope: Scope, receive: Receive, send: Send) -> None:
    await answers(scope, receive, send)
    raise ValueError("boom")


async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ValueError("boom")


async def is_left(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ClientDisconnect


async def answers_nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """What is left of a disconnect that an inner middleware took note of."""


@pytest.mark.parametrize(
    ("app", "raised", "status"),
    [
        (answers, None, "202"),
        (breaks_off, ValueError, "202"),
        (fails, ValueError, "500"),
        (is_left, ClientDisconnect, "499"),
        (answers_nobody, None, "499"),
    ],
)
async def test_status(app: ASGIApp, raised: type[Exception] | None, status: str) -> None:
    registry = CollectorRegistry()
    counted = RequestMetrics(app, ApiMetrics(registry))
    with pytest.raises(raised) if raised else nullcontext():
        await counted(dict(SCOPE), _receive, _send)
    labels = {"method": "POST", "route": "unrouted", "status": status}
    (family,) = [family for family in registry.collect() if family.name == "logmill_api_http_requests"]
    samples = [sample for sample in family.samples if sample.name.endswith("_total") and sample.value]
    assert [(sample.labels, sample.value) for sample in samples] == [(labels, 1)]


async def _receive() -> Message:
    return {"type": "http.disconnect"}


async def _send(_message: Message) -> None:
    pass
