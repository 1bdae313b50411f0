"""PostgreSQL: one bounded pool a process, driver errors wrapped at the edge, migrations applied once."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import resources
from typing import TypeAlias

import asyncpg

from shared.errors import ConfigurationError, DatabaseUnavailable
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.retries import wait_until_available
from shared.settings import Settings

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

MIGRATION_LOCK = 0x6C6F676D  # any constant; every replica takes the same one
TRANSIENT_SQLSTATE_CLASSES = ("08", "40", "53", "55", "57", "58")
"""Connection, rollback, resources, object in use or lock not available, operator intervention, system error."""
REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)

log = get_logger(__name__)


def is_transient(error: BaseException) -> bool:
    """Whether trying the same statement later may succeed."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(TRANSIENT_SQLSTATE_CLASSES)
    return isinstance(error, OSError | TimeoutError | asyncpg.InterfaceError | asyncpg.InternalClientError)


@contextmanager
def wrapped_errors() -> Iterator[None]:
    """Turns a driver error worth retrying into DatabaseUnavailable; leaves the others alone."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
        if is_transient(error):
            raise DatabaseUnavailable(str(error) or type(error).__name__) from error
        raise


class Database:
    """The process's connections. `acquire` and `transaction` wait a bounded time, then raise DatabaseUnavailable."""

    def __init__(self, pool: Pool, acquire_timeout_seconds: float) -> None:
        self._pool = pool
        self._acquire_timeout_seconds = acquire_timeout_seconds

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """A pooled connection outside any transaction."""
        with wrapped_errors():
            async with self._pool.acquire(timeout=self._acquire_timeout_seconds) as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A pooled connection inside a transaction, committed on a clean exit."""
        async with self.acquire() as connection, connection.transaction():
            yield connection

    async def check(self) -> None:
        """Raises DatabaseUnavailable unless a statement comes back within a second."""
        async with self.acquire() as connection:
            await connection.fetchval("SELECT 1", timeout=1)


@asynccontextmanager
async def open_database(settings: Settings, stop: Stop, *, pool_size: int) -> AsyncIterator[Database]:
    """Waits for PostgreSQL (until stopped), migrates, and yields the pool; raises ConfigurationError if refused."""
    pool = await wait_until_available("PostgreSQL", lambda: _open_pool(settings, pool_size), stop)
    try:
        async with pool.acquire() as connection:
            await migrate(connection)
        yield Database(pool, settings.database_acquire_timeout_seconds)
    finally:
        await _close(pool)


async def _open_pool(settings: Settings, pool_size: int) -> Pool:
    try:
        with wrapped_errors():
            return await asyncpg.create_pool(
                host=settings.psql_addr,
                port=settings.psql_port,
                user=settings.psql_user,
                password=settings.psql_pass.get_secret_value() or None,
                database=settings.psql_db,
                min_size=1,
                max_size=pool_size,
                timeout=settings.database_acquire_timeout_seconds,
                command_timeout=settings.database_command_timeout_seconds,
                init=_set_codecs,
                server_settings={
                    "application_name": f"logmill-{settings.service}",
                    "lock_timeout": f"{settings.database_lock_timeout_seconds:g}s",
                    "idle_in_transaction_session_timeout": f"{settings.database_command_timeout_seconds:g}s",
                    "timezone": "UTC",
                },
            )
    except REFUSED as error:
        raise ConfigurationError(f"PostgreSQL refused the connection settings (psql_*): {error}") from None


async def _set_codecs(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _close(pool: Pool) -> None:
    try:
        async with asyncio.timeout(5):
            await pool.close()
    except TimeoutError:
        pool.terminate()


def migrations() -> list[tuple[int, str, str]]:
    """Every migration as (number, name, sql), in order; the number is the file name's leading digits."""
    folder = resources.files("shared") / "sql" / "migrations"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name)
    return [(int(entry.name.split("_")[0]), entry.name, entry.read_text("utf-8")) for entry in files]


async def migrate(connection: Connection) -> None:
    """Applies what is missing, each file in the one transaction that holds the lock; replicas wait for each other."""
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = 0")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations"
            " (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = {row["number"] for row in await connection.fetch("SELECT number FROM schema_migrations")}
        for number, name, sql in migrations():
            if number not in applied:
                await connection.execute(sql)
                await connection.execute("INSERT INTO schema_migrations (number, name) VALUES ($1, $2)", number, name)
                log.info("migration applied", migration=name)
