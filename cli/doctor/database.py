"""What PostgreSQL can be asked: over one connection that may only read, each question with a timeout of its own."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import date, datetime
from typing import Any, TypeVar

import asyncpg

from cli.doctor.facts import (
    TIMED_OUT,
    UNREACHABLE,
    Clock,
    DatabaseFacts,
    Failure,
    Limits,
    Partition,
    why_unreachable,
)
from cli.doctor.settings import DoctorSettings, masked, secrets_of
from shared.privileges import MIGRATIONS_TABLE, missing_privileges

CONNECT_SECONDS = 10
QUESTION_SECONDS = 5
CLOSE_SECONDS = 2
CLOCK_READINGS = 3
APPLICATION = "logmill-doctor"
ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

SERVER = """
SELECT current_setting('server_version_num')::integer AS version, pg_encoding_to_char(encoding) AS encoding,
    pg_is_in_recovery() AS is_replica, (now() AT TIME ZONE 'UTC')::date AS today
FROM pg_database WHERE datname = current_database()
"""
NOW = "SELECT clock_timestamp()"
IS_MIGRATED = f"SELECT to_regclass('{MIGRATIONS_TABLE}') IS NOT NULL"
MIGRATIONS = f"SELECT number, name FROM {MIGRATIONS_TABLE} ORDER BY number"  # noqa: S608
PARTITIONS = """
SELECT c.relname AS name, i.inhparent IS NOT NULL AS is_attached
FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = to_regclass('log_records')
WHERE c.relkind = 'r' AND (i.inhparent IS NOT NULL
    OR c.relname ~ '^log_records_[0-9]{8}$' AND c.relnamespace = current_schema()::regnamespace)
ORDER BY c.relname
"""
# The sum counts everybody's connections, whoever asks; reserved_connections is new in PostgreSQL 16.
LIMITS = """
SELECT (SELECT sum(setting::integer) FILTER (WHERE name = 'max_connections')
        - sum(setting::integer) FILTER (WHERE name <> 'max_connections') FROM pg_settings
        WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections'))::integer AS most,
    (SELECT sum(numbackends) FROM pg_stat_database)::integer AS used
"""
SESSIONS = """
SELECT application_name AS name, count(*) AS sessions FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'logmill-%' AND application_name <> $1 GROUP BY 1
"""
DEAD_LETTERS = "SELECT count(*) FROM dead_letters WHERE state = 'waiting'"

T = TypeVar("T")


async def gather_database(settings: DoctorSettings) -> DatabaseFacts | Failure:
    """Connects as the service does and asks; a Failure where there is no connection, or it can do nothing."""
    secrets = secrets_of(settings)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await asyncpg.connect(**_connection_options(settings))
    except ERRORS as error:
        return failure_of(error, secrets)
    try:
        return await Questions(connection, settings.service, secrets).ask()
    finally:
        await _close(connection)


def _connection_options(settings: DoctorSettings) -> dict[str, Any]:
    return {
        "host": settings.psql_addr,
        "port": settings.psql_port,
        "user": settings.psql_user,
        "password": settings.psql_pass.get_secret_value() or None,
        "database": settings.psql_db,
        "timeout": CONNECT_SECONDS,
        "server_settings": {
            "application_name": APPLICATION,
            "default_transaction_read_only": "on",
            "timezone": "UTC",
        },
    }


async def _close(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    try:
        await connection.close(timeout=CLOSE_SECONDS)
    except ERRORS:
        connection.terminate()


class Questions:
    """All that is asked of one database, one thing after the other."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", service: str, secrets: frozenset[str]) -> None:
        self._connection = connection
        self._service = service
        self._secrets = secrets

    async def ask(self) -> DatabaseFacts | Failure:
        """Every answer, or the Failure of the first question."""
        server = await self._asked(self._connection.fetchrow(SERVER))
        if isinstance(server, Failure) or server is None:
            return server or Failure("no answer", "nothing is known of the database")
        return DatabaseFacts(
            version=server["version"],
            encoding=server["encoding"],
            is_replica=server["is_replica"],
            today=server["today"],
            clock=await self._asked(self._clock()),
            migrations=await self._asked(self._migrations()),
            missing_privileges=await self._asked(missing_privileges(self._connection, self._service)),
            partitions=await self._asked(self._partitions()),
            limits=await self._asked(self._limits()),
            sessions=await self._asked(self._sessions()),
            dead_letters=await self._asked(self._connection.fetchval(DEAD_LETTERS)),
        )

    async def _asked(self, question: Awaitable[T]) -> T | Failure:
        try:
            async with asyncio.timeout(QUESTION_SECONDS):
                return await question
        except ERRORS as error:
            return failure_of(error, self._secrets)

    async def _clock(self) -> Clock:
        """The reading that took the shortest time."""
        readings = [await self._read_clock() for _ in range(CLOCK_READINGS)]
        return min(readings, key=lambda each: each.uncertainty_seconds)

    async def _read_clock(self) -> Clock:
        asked_at, began = time.time(), time.monotonic()
        there: datetime = await self._connection.fetchval(NOW)
        half = (time.monotonic() - began) / 2
        return Clock(there.timestamp() - asked_at - half, half)

    async def _migrations(self) -> dict[int, str] | None:
        if not await self._connection.fetchval(IS_MIGRATED):
            return None
        return {row["number"]: row["name"] for row in await self._connection.fetch(MIGRATIONS)}

    async def _partitions(self) -> list[Partition]:
        rows = await self._connection.fetch(PARTITIONS)
        return [Partition(row["name"], day_of(row["name"]), row["is_attached"]) for row in rows]

    async def _limits(self) -> Limits:
        (row,) = await self._connection.fetch(LIMITS)
        return Limits(row["most"], row["used"])

    async def _sessions(self) -> dict[str, int]:
        return {row["name"]: row["sessions"] for row in await self._connection.fetch(SESSIONS, APPLICATION)}


def day_of(table: str) -> date | None:
    """The day of a partition called log_records_YYYYMMDD; None for any other name."""
    try:
        return datetime.strptime(table, "log_records_%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def failure_of(error: BaseException, secrets: frozenset[str]) -> Failure:
    """A driver's error as a fact."""
    if isinstance(error, asyncpg.PostgresError):
        return Failure(error.sqlstate or type(error).__name__, masked(str(error), secrets))
    if isinstance(error, TimeoutError):
        return Failure(TIMED_OUT, "no answer in time")
    if isinstance(error, OSError):
        return Failure(UNREACHABLE, masked(why_unreachable(error), secrets))
    return Failure(type(error).__name__, masked(str(error), secrets))
