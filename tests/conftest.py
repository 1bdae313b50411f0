"""Real servers for every test that needs them: one private PostgreSQL and RabbitMQ for the session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from deploy.local.infrastructure import Infrastructure, lease
from deploy.local.postgres import PostgresEndpoint
from deploy.local.rabbitmq import RabbitmqEndpoint
from tests.support.servers import empty_database, empty_vhost
from tests.support.suite import ROOT, Suite
from tests.support.user import User

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def infrastructure() -> Iterator[Infrastructure]:
    with lease(ROOT) as servers:
        yield servers


@pytest.fixture
def postgres(infrastructure: Infrastructure) -> Iterator[PostgresEndpoint]:
    """An empty database of the test's own."""
    with empty_database(infrastructure) as database:
        yield database


@pytest.fixture
def rabbitmq(infrastructure: Infrastructure) -> Iterator[RabbitmqEndpoint]:
    """A virtual host of the test's own."""
    with empty_vhost(infrastructure) as vhost:
        yield vhost


@pytest.fixture
def postgres_env(postgres: PostgresEndpoint) -> dict[str, str]:
    """The PSQL_* variables of that database."""
    return postgres.environment()


@pytest.fixture
def is_forked() -> bool:
    """Whether the processes of `own_suite` have their imports behind them; no, where a start or memory is tested."""
    return True


@pytest.fixture
def own_suite(
    postgres: PostgresEndpoint, rabbitmq: RabbitmqEndpoint, tmp_path: Path, is_forked: bool
) -> Iterator[Suite]:
    """Nothing started yet; for tests that kill, stop or configure processes."""
    suite = Suite({**postgres.environment(), **rabbitmq.environment()}, tmp_path, is_forked=is_forked)
    yield suite
    suite.stop_all()


@pytest.fixture(scope="session")
def suite(infrastructure: Infrastructure, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """An api, two workers and an aggregator that all tests of the session share; leave it as it was."""
    with empty_database(infrastructure) as database, empty_vhost(infrastructure) as vhost:
        shared = Suite({**database.environment(), **vhost.environment()}, tmp_path_factory.mktemp("suite"))
        try:
            yield shared.start_all()
        finally:
            shared.stop_all()


@pytest.fixture
def user(suite: Suite) -> Iterator[User]:
    """A fresh user of the shared suite."""
    with User(suite.api_url) as fresh:
        yield fresh
