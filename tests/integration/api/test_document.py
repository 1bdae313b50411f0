"""What the OpenAPI document promises, tried out with whatever Hypothesis comes up with."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import CheckContext, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from services.api.context import build_context
from services.api.queue_status import unmetered
from services.api.reads import document
from services.api.settings import ApiSettings
from shared.database import open_database
from shared.lifecycle import Stop
from shared.operations import serve_http
from tests.integration.api.conftest import build_reading_app
from tests.integration.api.owner import PASSWORD
from tests.support.suite import free_port, wait_for

NOT_HERE = "^/(upload|webhook|stream|metrics|health)"
Case = schemathesis.Case[Any]


def wrong_input_is_refused(context: CheckContext, response: Response, case: Case) -> bool | None:
    """A parameter that is there but empty counts as not given, whatever its type."""
    is_empty = "" in (case.query or {}).values()
    return None if is_empty else negative_data_rejection(context, response, case)


CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
    wrong_input_is_refused,
]
given_examples = hypothesis.settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SCHEMA = schemathesis.openapi.from_dict(document()).exclude(path_regex=NOT_HERE)


@dataclass
class Server:
    """The reading part of the api in a thread and event loop of its own."""

    settings: ApiSettings
    port: int = field(default_factory=free_port)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    stop: Stop = field(default_factory=Stop)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self) -> None:
        """Until stopped."""
        self.loop.run_until_complete(self._serve())
        self.loop.close()

    async def _serve(self) -> None:
        async with open_database(self.settings, self.stop, pool_size=5) as database:
            app = build_reading_app(build_context(self.settings, database, unmetered))
            await serve_http(app, "api", "127.0.0.1", self.port, self.stop, drain_seconds=1)

    def answers(self) -> bool:
        """Whether it listens."""
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/docs").is_success
        return False


@pytest.fixture
def api_url(settings: ApiSettings) -> Iterator[str]:
    server = Server(settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for("the api", server.answers)
    yield server.url
    server.loop.call_soon_threadsafe(server.stop.set)
    thread.join()


@pytest.fixture
def api_key(api_url: str) -> str:
    """Of a new user; unlike a session it outlives every logout that is tried out."""
    credentials = {"email": "ann@example.org", "password": PASSWORD}
    with httpx.Client(base_url=api_url) as http:
        http.post("/auth/register", json=credentials).raise_for_status()
        http.post("/auth/login", json=credentials).raise_for_status()
        key: str = http.post("/auth/api-keys", json={"name": "tests"}).raise_for_status().json()["api_key"]
        return key


@SCHEMA.parametrize()
@given_examples
def test_route(case: Case, api_url: str, api_key: str) -> None:
    case.call_and_validate(base_url=api_url, checks=CHECKS, headers={"Authorization": f"Bearer {api_key}"})
