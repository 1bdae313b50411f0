"""A deployment without processes: tables and queues are made, and the environment names it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeAlias

import aio_pika
import asyncpg
import pytest

from cli.doctor.examination import examine
from cli.doctor.findings import Finding, State
from cli.doctor.settings import AggregatorSettings
from deploy.local.postgres import PostgresEndpoint
from deploy.local.rabbitmq import RabbitmqEndpoint
from shared.database import migrate
from shared.topology import declare
from tests.support.suite import ROOT

Findings: TypeAlias = Mapping[str, Finding]
Examine: TypeAlias = Callable[..., Findings]
Tell: TypeAlias = Callable[..., None]
UNCONSUMED = {"queue logs_ingest", "queue logs_ingest.bulk", "queue logs_ingest.dlq", "api"}
"""What is bad of a deployment of which no process runs, and nothing else."""


@pytest.fixture
def empty(postgres: PostgresEndpoint, rabbitmq: RabbitmqEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made yet; this process' environment is a service's."""
    for name, value in {**postgres.environment(), **rabbitmq.environment()}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LOGMILL_CONFIG_DIR", str(ROOT / "configs"))


@pytest.fixture
def made(empty: None) -> None:
    """Tables and queues are there, as an aggregator makes them."""
    asyncio.run(_make(AggregatorSettings.load()))


async def _make(settings: AggregatorSettings) -> None:
    await migrate(settings)
    async with await aio_pika.connect(settings.rabbitmq_url.get_secret_value()) as connection:
        await declare(await connection.channel(), settings)


@pytest.fixture
def tell_database(postgres: PostgresEndpoint) -> Tell:
    """Runs statements as the database's owner."""

    async def run(*statements: str) -> None:
        connection = await asyncpg.connect(
            host=postgres.host,
            port=postgres.port,
            user=postgres.user,
            password=postgres.password,
            database=postgres.database,
        )
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    return lambda *statements: asyncio.run(run(*statements))


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> Examine:
    """The findings by what was checked, with some variables changed for it."""

    def run(service: str = "api", **variables: str) -> Findings:
        with monkeypatch.context() as changed:
            for name, value in variables.items():
                changed.setenv(name, value)
            return {finding.check: finding for finding in examine(service)}

    return run


def unwell(findings: Findings) -> dict[str, State]:
    """The state of whatever is not well, but for what no process does."""
    return {
        check: finding.state
        for check, finding in findings.items()
        if finding.state is not State.ok and check not in UNCONSUMED
    }


def assert_mended(finding: Finding, state: State, found: str, mend: str) -> None:
    """It says what it found, and what mends it."""
    assert finding.state is state, finding
    assert found in finding.found, finding
    assert finding.mend is not None, finding
    assert mend in finding.mend, finding
