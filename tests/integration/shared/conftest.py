"""Accounts of their own for each service, and the settings of whom tables and queues belong to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.postgres import PostgresEndpoint
from deploy.local.rabbitmq import RabbitmqEndpoint
from services.migrate.settings import MigrateSettings
from tests.support.roles import OWNER, Accounts, accounts


@pytest.fixture
def own(postgres: PostgresEndpoint, rabbitmq: RabbitmqEndpoint, tmp_path: Path) -> Iterator[Accounts]:
    with accounts(postgres, rabbitmq, tmp_path / "secrets") as made:
        yield made


@pytest.fixture
def settings(
    own: Accounts, postgres: PostgresEndpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> MigrateSettings:
    """Those of the owner's account."""
    variables = {**postgres.environment(), **own.environments[OWNER], "LOGMILL_CONFIG_DIR": str(tmp_path)}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return MigrateSettings.load()
