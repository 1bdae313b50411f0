"""Migrations: applied once by however many start at once, waited for without limit, given up for a stop."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import PostgresEndpoint
from services.worker.settings import WorkerSettings
from shared.database import MIGRATION_LOCK, migrate, migrations, open_database
from shared.lifecycle import Stop, Stopped

WAITERS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > $1::interval
"""


@pytest.fixture
def settings(postgres_env: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> WorkerSettings:
    """An empty database, and less time for a statement than a migration takes."""
    hurried = {"LOGMILL_CONFIG_DIR": str(tmp_path), "LOGMILL_DATABASE_COMMAND_TIMEOUT_SECONDS": "0.5"}
    for name, value in (postgres_env | hurried).items():
        monkeypatch.setenv(name, value)
    return WorkerSettings.load()


@pytest.fixture
async def other(postgres: PostgresEndpoint) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Somebody else in the same database."""
    connection = await asyncpg.connect(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database=postgres.database,
    )
    yield connection
    await connection.close()


async def waiting_pid(other: "asyncpg.Connection[asyncpg.Record]", waited: timedelta) -> int:
    """The process that has waited for the lock so long, once there is one."""
    async with asyncio.timeout(30):
        while (pid := await other.fetchval(WAITERS, waited)) is None:
            pass
    return int(pid)


async def test_each_migration_is_applied_once(
    settings: WorkerSettings, other: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await asyncio.gather(*(migrate(settings) for _ in range(8)))
    rows = await other.fetch("SELECT number, name FROM schema_migrations ORDER BY number")
    assert [(row["number"], row["name"]) for row in rows] == [(number, name) for number, name, _ in migrations()]


async def test_a_longer_migration_and_a_lost_connection_are_waited_out(
    settings: WorkerSettings, other: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async def open_and_ask() -> None:
        async with open_database(settings, Stop(), pool_size=1) as database:
            await database.check()

    await other.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
    opening = asyncio.create_task(open_and_ask())
    longer_than_a_statement_may_take = 2 * timedelta(seconds=settings.database_command_timeout_seconds)
    pid = await waiting_pid(other, longer_than_a_statement_may_take)
    await other.execute("SELECT pg_terminate_backend($1)", pid)
    assert await waiting_pid(other, timedelta(0)) != pid
    await other.execute("SELECT pg_advisory_unlock($1)", MIGRATION_LOCK)
    await asyncio.wait_for(opening, 30)


async def test_a_stop_ends_the_wait_for_a_migration(
    settings: WorkerSettings, other: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    stop = Stop()

    async def open_only() -> None:
        async with open_database(settings, stop, pool_size=1):
            pass

    await other.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
    opening = asyncio.create_task(open_only())
    await waiting_pid(other, timedelta(0))
    stop.set()
    with pytest.raises(Stopped):
        await asyncio.wait_for(opening, 10)


async def test_wrong_arguments_are_not_tried_again(settings: WorkerSettings) -> None:
    async with open_database(settings, Stop(), pool_size=1) as database:
        with pytest.raises(asyncpg.InterfaceError, match="expects 1 argument"):
            async with database.acquire() as connection:
                await connection.fetchval("SELECT $1::int", 1, 2)
