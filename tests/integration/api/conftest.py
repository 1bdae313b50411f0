"""The api's HTTP interface over a real database, without a broker: what reads and logs in."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import Route

from services.api import reads
from services.api.context import Context, build_context
from services.api.metrics import ApiMetrics
from services.api.middleware import http_middleware
from services.api.problems import ERROR_HANDLERS
from services.api.progress.hub import Hub
from services.api.progress.streams import Streams
from services.api.queue_status import unmetered
from services.api.settings import ApiSettings
from shared.clock import SYSTEM_CLOCK
from shared.database import Database, open_database
from shared.lifecycle import Stop
from tests.integration.api.owner import Owner
from tests.integration.api.seed import Seed

SECRET = "integration-tests-" + "x" * 32


@pytest.fixture
def settings(postgres_env: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ApiSettings:
    """The test's own database, cheap password hashes, and limits no test meets by accident."""
    cheap = {
        "LOGMILL_CONFIG_DIR": str(tmp_path),
        "LOGMILL_JWT_SECRET": SECRET,
        "LOGMILL_PASSWORD_HASH_MEMORY_KIB": "64",
        "LOGMILL_PASSWORD_HASH_ITERATIONS": "1",
        "LOGMILL_LOGINS_PER_MINUTE": "1000",
        "LOGMILL_REQUESTS_PER_SECOND": "10000",
        "LOGMILL_REQUEST_BURST": "10000",
    }
    for name, value in (postgres_env | cheap).items():
        monkeypatch.setenv(name, value)
    return ApiSettings.load()


@pytest.fixture
async def database(settings: ApiSettings) -> AsyncIterator[Database]:
    async with open_database(settings, Stop(), pool_size=settings.database_pool_connections) as database:
        yield database


@pytest.fixture
def context(settings: ApiSettings, database: Database) -> Context:
    return build_context(settings, database, unmetered)


@pytest.fixture
def app(context: Context) -> Starlette:
    return build_reading_app(context)


def build_reading_app(context: Context) -> Starlette:
    """Everything that needs no broker."""
    streams = Streams(context, Hub(SYSTEM_CLOCK), ApiMetrics(CollectorRegistry()), Stop())
    own = [Route("/stream", streams.all_jobs), Route("/stream/{job_id}", streams.one_job)]
    app = Starlette(
        routes=[*reads.routes(context), *own],
        middleware=http_middleware(context),
        exception_handlers=ERROR_HANDLERS,
    )
    app.router.redirect_slashes = False
    return app


@pytest.fixture
async def http(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client that knows nobody."""
    transport = httpx.ASGITransport(app, client=("198.51.100.7", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        yield client


@pytest.fixture
def seed(database: Database) -> Seed:
    return Seed(database)


@pytest.fixture
async def ann(http: httpx.AsyncClient) -> Owner:
    return await Owner.register(http, "ann@example.org")


@pytest.fixture
async def bob(http: httpx.AsyncClient) -> Owner:
    return await Owner.register(http, "bob@example.org")


@pytest.fixture
async def boss(http: httpx.AsyncClient, seed: Seed) -> Owner:
    """An operator."""
    owner = await Owner.register(http, "boss@example.org")
    await seed.operator(owner.user_id)
    return owner
