"""Servers of their own for tests that restart, fill or alarm them, and a suite around them."""

from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from deploy.local.infrastructure import Infrastructure, lease
from deploy.local.postgres import PostgresServer, create_database, drop_database
from deploy.local.rabbitmq import RabbitmqServer, create_vhost, drop_vhost
from tests.support.suite import ROOT, Suite, wait_for
from tests.support.user import User

NAMED = ("PSQL_ADDR", "PSQL_PORT", "RABBITMQ_URL")
QUICK = {
    "LOGMILL_BATCH_BYTES": "65536",
    "LOGMILL_BROKER_HEARTBEAT_SECONDS": "5",
    "LOGMILL_DATABASE_ACQUIRE_TIMEOUT_SECONDS": "2",
    "LOGMILL_DATABASE_LOCK_TIMEOUT_SECONDS": "0.5",
    "LOGMILL_MAINTENANCE_INTERVAL_SECONDS": "0.5",
    "LOGMILL_PUBLISH_TIMEOUT_SECONDS": "2",
    "LOGMILL_RETRY_DELAY_SECONDS": "0.2",
}
"""Settings under which a fault is noticed within seconds."""
WORKERS = 2


@pytest.fixture(scope="session")
def infrastructure() -> Iterator[Infrastructure]:
    """Private servers, whatever the environment names: in this folder the fixtures of every test get these."""
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as environment:
            for name in NAMED:
                environment.delenv(name, raising=False)
                environment.delenv(f"LOGMILL_{name}", raising=False)
            servers = stack.enter_context(lease(ROOT, instance="faults"))
        yield servers


@pytest.fixture
def database_server(infrastructure: Infrastructure) -> Iterator[PostgresServer]:
    """PostgreSQL, to be stopped and killed; it runs again afterwards."""
    server = infrastructure.postgres_server
    assert server is not None
    yield server
    start_again(server)


@pytest.fixture
def broker_server(infrastructure: Infrastructure) -> Iterator[RabbitmqServer]:
    """RabbitMQ, to be stopped and killed; it runs again afterwards."""
    server = infrastructure.rabbitmq_server
    assert server is not None
    yield server
    start_again(server)


def start_again(server: PostgresServer | RabbitmqServer) -> None:
    """Returns once the server can be used; does nothing to one that runs."""
    server.launch()
    server.await_ready()


@pytest.fixture(scope="session")
def lasting_suite(infrastructure: Infrastructure, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """An api, two workers and an aggregator, started once; tests ask for `standing`."""
    name = f"faults_{uuid4().hex}"
    database = create_database(infrastructure.postgres, name)
    vhost = create_vhost(infrastructure.rabbitmq, name)
    environment = {**database.environment(), **vhost.environment(), **QUICK}
    suite = Suite(environment, tmp_path_factory.mktemp("faults"), is_forked=True)
    try:
        yield suite.start_all(workers=WORKERS)
    finally:
        suite.stop_all()
        drop_database(infrastructure.postgres, name)
        drop_vhost(infrastructure.rabbitmq, name)


@pytest.fixture
def standing(lasting_suite: Suite) -> Iterator[Suite]:
    """That suite, whole; what a test killed of it is replaced afterwards, and whatever held it up is over."""
    yield lasting_suite
    for name, count in (("api", 1), ("aggregator", 1), ("worker", WORKERS)):
        for _ in range(count - len(lasting_suite.named(name))):
            lasting_suite.start(name)
    for service in lasting_suite.services:
        if service.process.poll() is None:
            service.wait_ready()
    with User(lasting_suite.api_url) as visitor:
        wait_for(
            "uploads to be let in", lambda: visitor.http.post("/upload", content=b"one\n").status_code in (202, 409)
        )


@pytest.fixture
def user(standing: Suite) -> Iterator[User]:
    """A fresh user of that suite."""
    with User(standing.api_url) as fresh:
        yield fresh
