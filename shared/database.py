"""PostgreSQL: one bounded pool a process, driver errors wrapped at the edge, migrations applied once."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib import resources
from typing import Any, TypeAlias

import asyncpg

from shared.errors import ConfigurationError, DatabaseUnavailable
from shared.lifecycle import Stop, unless_stopped
from shared.logs import get_logger
from shared.privileges import (
    MIGRATIONS_TABLE,
    find_roles,
    grant,
    missing_privileges,
    roles,
)
from shared.retries import wait_until_available
from shared.settings import Settings
from shared.versions import own_version

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

MIGRATION_LOCK = 0x6C6F676D  # any constant; every replica takes the same one
MIGRATION_LOCK_SECONDS = 2
"""How long a migration may wait for a table, and others behind it; then all of it is tried again."""
TRANSIENT_SQLSTATES = ("08", "25P03", "25P04", "40", "42501", "53", "55", "57", "58")
"""Connection, idle or long transaction ended, rollback, a right that is missing (until somebody grants it), resources,
object in use or lock not available, operator intervention, system error: classes, or whole states."""
CONNECTION_GONE = re.compile(r"connection (is closed|has been released back to the pool)|pool is clos(ed|ing)")
"""What asyncpg says where the connection went away under its user. Its InterfaceError means misuse else."""
CONNECTION_ENDING = "cannot switch to state"
"""What asyncpg says where the server told an idle connection that it ends, and the end itself is still on its way."""
GRANTED_AT_ONCE = "tuple concurrently updated"
"""What PostgreSQL says, as an internal error, to the second of two who grant rights on a table at the same time."""
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)
IS_READABLE = "SELECT coalesce(has_table_privilege(to_regclass($1)::oid, 'SELECT'), false)"
CLOSE_SECONDS = 5
BULK_SECONDS = 240
"""Timeout of a statement that may touch hundreds of thousands of rows."""
PLAN_FOR_BLOCK_RANGES = """
SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL work_mem = '32MB'
"""
"""For a transaction that looks into `log_records`, whose indexes are by ranges of blocks: a few batches are found
without reading the whole table, and sorted by line without going over the disk."""

log = get_logger(__name__)


def is_transient(error: BaseException) -> bool:
    """Whether trying the same statement later may succeed."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(TRANSIENT_SQLSTATES) or GRANTED_AT_ONCE in str(error)
    if isinstance(error, asyncpg.InterfaceError):
        return CONNECTION_GONE.search(str(error)) is not None
    if isinstance(error, asyncpg.InternalClientError) and CONNECTION_ENDING in str(error):
        return True
    return isinstance(error, OSError | asyncpg.ProtocolError | asyncpg.OutdatedSchemaCacheError)


@contextmanager
def wrapped_errors() -> Iterator[None]:
    """Turns a driver error worth retrying into DatabaseUnavailable; leaves the others alone."""
    try:
        yield
    except DRIVER_ERRORS as error:
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
    """Waits for PostgreSQL, migrates, and yields the pool; raises ConfigurationError if refused, Stopped by a stop.

    Where migrating is somebody else's (`migrate_at_start`), it waits for that instead.
    """
    prepare = migrate if settings.migrate_at_start else expect_migrated
    await unless_stopped(wait_until_available("PostgreSQL", lambda: prepare(settings), stop), stop)
    opening = wait_until_available("PostgreSQL", lambda: _open_pool(settings, pool_size), stop)
    pool = await unless_stopped(opening, stop)
    try:
        yield Database(pool, settings.database_acquire_timeout_seconds)
    finally:
        await _close(pool)


async def _open_pool(settings: Settings, pool_size: int) -> Pool:
    with wrapped_errors(), _refusals():
        return await asyncpg.create_pool(
            **_connection_options(settings),
            min_size=1,
            max_size=pool_size,
            command_timeout=settings.database_command_timeout_seconds,
            init=_set_codecs,
        )


def _connection_options(settings: Settings) -> dict[str, Any]:
    return {
        "host": settings.psql_addr,
        "port": settings.psql_port,
        "user": settings.psql_user,
        "password": settings.psql_pass.get_secret_value() or None,
        "database": settings.psql_db,
        "timeout": settings.database_acquire_timeout_seconds,
        "server_settings": {
            "application_name": f"logmill-{settings.service}/{own_version()}",
            "lock_timeout": f"{settings.database_lock_timeout_seconds:g}s",
            "idle_in_transaction_session_timeout": f"{settings.database_command_timeout_seconds:g}s",
            "timezone": "UTC",
        },
    }


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except REFUSED as error:
        raise ConfigurationError(f"PostgreSQL refused the connection settings (psql_*): {error}") from None


async def _set_codecs(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _close(pool: Pool) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await pool.close()
    except TimeoutError:
        pool.terminate()


def migrations() -> list[tuple[int, str, str]]:
    """Every migration as (number, name, sql), in order; the number is the file name's leading digits."""
    folder = resources.files("shared") / "sql" / "migrations"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name)
    return [(int(entry.name.split("_")[0]), entry.name, entry.read_text("utf-8")) for entry in files]


async def migrate(settings: Settings) -> None:
    """Applies what is missing, over a connection of its own on which no statement is timed out.

    Raises DatabaseUnavailable where trying again may succeed, ConfigurationError where the database refuses.
    """
    async with _own_connection(settings) as connection, _migration(connection):
        await _apply_missing(connection)


async def migrate_for_roles(settings: Settings, prefix: str, *, required: bool) -> list[str]:
    """Applies what is missing, and lets the services' own roles do what each needs; those of them that are there.

    Both become visible at once. Raises as `migrate`, and DatabaseUnavailable where roles are `required` and missing.
    """
    async with _own_connection(settings) as connection, _migration(connection):
        found = await find_roles(connection, prefix)
        if required and (missing := sorted(set(roles(prefix).values()) - set(found.values()))):
            raise DatabaseUnavailable(f"PostgreSQL has no role {', '.join(missing)} yet")
        await _apply_missing(connection)
        for service, role in found.items():
            await grant(connection, service, role)
    return list(found.values())


async def expect_migrated(settings: Settings) -> None:
    """Raises DatabaseUnavailable unless every migration is applied and the service's role may do what it has to.

    Raises ConfigurationError where the database refuses the connection.
    """
    async with _own_connection(settings) as connection:
        applied = await _applied(connection)
        if missing := [name for number, name, _ in migrations() if number not in applied]:
            raise DatabaseUnavailable(f"`python -m services.migrate` has to apply {', '.join(missing)}")
        if rights := await missing_privileges(connection, settings.service):
            raise DatabaseUnavailable(f"`python -m services.migrate` has to grant {'; '.join(rights)}")


@asynccontextmanager
async def _own_connection(settings: Settings) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    with wrapped_errors(), _refusals():
        connection = await asyncpg.connect(**_connection_options(settings))
        try:
            yield connection
        finally:
            with suppress(*DRIVER_ERRORS):
                await connection.close(timeout=CLOSE_SECONDS)


@asynccontextmanager
async def _migration(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """The one transaction that holds the lock; replicas wait for each other as long as it takes."""
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = 0")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
        # Whatever wants a table waits behind a migration that waits for it, say for a backup's end: better it comes
        # again later.
        await connection.execute(f"SET LOCAL lock_timeout = '{MIGRATION_LOCK_SECONDS}s'")
        yield


async def _applied(connection: "asyncpg.Connection[asyncpg.Record]") -> set[int]:
    """The numbers of what is applied; none where that is not there, or not to be read, yet."""
    if not await connection.fetchval(IS_READABLE, MIGRATIONS_TABLE):
        return set()
    return {row["number"] for row in await connection.fetch(f"SELECT number FROM {MIGRATIONS_TABLE}")}  # noqa: S608


async def _apply_missing(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    applied = await _applied(connection)
    if not applied:
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS {MIGRATIONS_TABLE}"
            " (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
    for number, name, sql in migrations():
        if number not in applied:
            await connection.execute(sql)
            await connection.execute(
                f"INSERT INTO {MIGRATIONS_TABLE} (number, name) VALUES ($1, $2)",  # noqa: S608
                number,
                name,
            )
            log.info("migration applied", migration=name)
