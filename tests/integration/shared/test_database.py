"""Migrations: applied once by however many start at once, waited for without limit, given up for a stop."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import PostgresEndpoint
from services.worker.settings import WorkerSettings
from shared.database import MIGRATION_LOCK, MIGRATION_LOCK_SECONDS, migrate, migrations, open_database
from shared.errors import DatabaseUnavailable
from shared.lifecycle import Stop, Stopped
from tests.support.servers import connect

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
    connection = await connect(postgres)
    yield connection
    await connection.close()


async def waiting_pid(other: "asyncpg.Connection[asyncpg.Record]", waited: timedelta) -> int:
    """The process that has waited for the lock so long, once there is one."""
    async with asyncio.timeout(30):
        while (pid := await other.fetchval(WAITERS, waited)) is None:
            pass
    return int(pid)


async def open_only(settings: WorkerSettings, stop: Stop) -> None:
    async with open_database(settings, stop, pool_size=1):
        pass


async def test_each_migration_is_applied_once(
    settings: WorkerSettings, other: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await asyncio.gather(*(migrate(settings) for _ in range(8)))
    rows = await other.fetch("SELECT number, name FROM schema_migrations ORDER BY number")
    assert [(row["number"], row["name"]) for row in rows] == [(number, name) for number, name, _ in migrations()]


async def test_a_longer_migration_and_a_lost_connection_are_waited_out(
    settings: WorkerSettings, other: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await other.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
    opening = asyncio.create_task(open_only(settings, Stop()))
    longer_than_a_statement_may_take = 2 * timedelta(seconds=settings.database_command_timeout_seconds)
    pid = await waiting_pid(other, longer_than_a_statement_may_take)
    assert await other.fetchval("SELECT pg_terminate_backend($1, 30000)", pid), "it is gone, not only told to go"
    assert await waiting_pid(other, timedelta(0)) != pid
    await other.execute("SELECT pg_advisory_unlock($1)", MIGRATION_LOCK)
    await asyncio.wait_for(opening, 30)


async def test_a_stop_ends_the_wait_for_a_migration(
    settings: WorkerSettings, other: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    stop = Stop()
    await other.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
    opening = asyncio.create_task(open_only(settings, stop))
    await waiting_pid(other, timedelta(0))
    stop.set()
    with pytest.raises(Stopped):
        await asyncio.wait_for(opening, 10)


async def test_wrong_arguments_are_not_tried_again(settings: WorkerSettings) -> None:
    async with open_database(settings, Stop(), pool_size=1) as database:
        with pytest.raises(asyncpg.InterfaceError, match="expects 1 argument"):
            async with database.acquire() as connection:
                await connection.fetchval("SELECT $1::int", 1, 2)


OLD_LONG_LINE = """
INSERT INTO users VALUES ('00000000-0000-0000-0000-000000000001', 'a@example.com', 'x');
INSERT INTO jobs (job_id, owner_id, source, file_name)
VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'upload', 'a.log');
INSERT INTO batches (job_id, batch_no, first_line, line_count, lines_stored, lines_rejected, stored_on)
SELECT '00000000-0000-0000-0000-000000000002', batch_no, first_line, 0, 0, 0, '2026-01-01'
FROM (VALUES (0, 1), (4, 7), (5, 7), (6, 7), (7, 8)) AS ledger (batch_no, first_line);
INSERT INTO line_parts VALUES
    ('00000000-0000-0000-0000-000000000002', 7, 1, 'abc'), ('00000000-0000-0000-0000-000000000002', 7, 2, E'de\\012');
"""


async def test_parts_of_long_lines_are_taken_along(
    settings: WorkerSettings, other: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """A database as the first migration left it."""
    await other.execute(
        "CREATE TABLE schema_migrations (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz)"
    )
    number, name, sql = migrations()[0]
    await other.execute(sql)
    await other.execute("INSERT INTO schema_migrations VALUES ($1, $2)", number, name)
    await other.execute(OLD_LONG_LINE)
    await migrate(settings)
    rows = await other.fetch("SELECT batch_no, line_no, line_bytes, body FROM line_parts ORDER BY batch_no")
    assert [tuple(row) for row in rows] == [(5, 7, 3, b"abc"), (6, 7, 2, b"de\n")]


async def test_a_migration_never_makes_others_wait_for_long(
    settings: WorkerSettings, other: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads a table for hours, as a backup does, keeps a migration away from it, but nobody else."""
    await migrate(settings)
    added = (9000, "9000_added.sql", "ALTER TABLE partials ADD COLUMN added text")
    monkeypatch.setattr("shared.database.migrations", lambda: [*migrations(), added])
    async with other.transaction():
        await other.execute("SELECT count(*) FROM partials")
        with pytest.raises(DatabaseUnavailable, match="lock timeout"):
            await asyncio.wait_for(migrate(settings), 10 * MIGRATION_LOCK_SECONDS)
    await migrate(settings)
    assert await other.fetchval("SELECT count(added) FROM partials") == 0
