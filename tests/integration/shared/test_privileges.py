"""The services' own accounts: each may do what its service does, and nothing else."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aio_pika
import asyncpg
import pytest
from aiormq.exceptions import ChannelAccessRefused

from deploy.local.postgres import PostgresEndpoint
from deploy.local.rabbitmq import RabbitmqEndpoint
from services.migrate.settings import MigrateSettings
from shared.database import migrate_for_roles
from shared.errors import DatabaseUnavailable
from shared.privileges import FUNCTIONS, SERVICES, missing_privileges
from shared.topology import (
    BULK_QUEUE,
    DEAD_LETTER_EXCHANGE,
    DEAD_LETTER_QUEUE,
    EVENTS_EXCHANGE,
    INGEST_QUEUE,
    ISOLATION_QUEUE,
    PIPELINE_QUEUES,
    RETRY_QUEUE,
    declare,
    find,
)
from tests.support.roles import OWNER, Accounts, accounts

Connection = asyncpg.Connection
Channel = aio_pika.abc.AbstractChannel
MAKE_PARTITION = "SELECT ensure_log_partition(current_date + 1)"
REFUSED = [
    ("api", "CREATE TABLE made ()"),
    ("api", "CREATE TEMPORARY TABLE made ()"),
    ("api", "CREATE SCHEMA made"),
    ("api", "DROP TABLE jobs"),
    ("api", "TRUNCATE jobs"),
    ("api", "INSERT INTO schema_migrations VALUES (9000, 'made')"),
    ("api", "INSERT INTO log_records SELECT * FROM log_records"),
    ("api", "DELETE FROM log_records"),
    ("api", "DELETE FROM audit_events"),
    ("api", "UPDATE users SET password_hash = ''"),
    ("api", "UPDATE webhook_secrets SET secret = ''"),
    ("api", "SELECT ensure_log_partition(current_date)"),
    ("api", "SELECT drop_log_partition(current_date - 9)"),
    ("worker", "SELECT 1 FROM users"),
    ("worker", "SELECT 1 FROM sessions"),
    ("worker", "SELECT 1 FROM api_keys"),
    ("worker", "SELECT 1 FROM webhook_secrets"),
    ("worker", "SELECT 1 FROM audit_events"),
    ("worker", "SELECT message FROM log_records"),
    ("worker", "SELECT file_name FROM jobs"),
    ("worker", "UPDATE jobs SET status = 'completed'"),
    ("worker", "UPDATE batches SET lines_stored = 0"),
    ("worker", "DELETE FROM partials"),
    ("worker", "ALTER TABLE partials ADD COLUMN made text"),
    ("worker", "SELECT drop_log_partition(current_date - 9)"),
    ("aggregator", "SELECT 1 FROM users"),
    ("aggregator", "SELECT session_id FROM sessions"),
    ("aggregator", "SELECT 1 FROM api_keys"),
    ("aggregator", "SELECT 1 FROM webhook_secrets"),
    ("aggregator", "SELECT body FROM webhook_batches"),
    ("aggregator", "SELECT message FROM log_records"),
    ("aggregator", "INSERT INTO log_records SELECT * FROM log_records"),
    ("aggregator", "INSERT INTO batches SELECT * FROM batches"),
    ("aggregator", "SELECT ensure_log_partition(current_date)"),
]
INVALID = [
    ("worker", "SELECT ensure_log_partition(current_date + 8)"),
    ("worker", "SELECT ensure_log_partition(current_date - 8)"),
    ("worker", "SELECT ensure_log_partition('infinity')"),
    ("worker", "SELECT ensure_log_partition(NULL)"),
    ("aggregator", "SELECT drop_log_partition(current_date)"),
    ("aggregator", "SELECT drop_log_partition(current_date - 1)"),
    ("aggregator", "SELECT drop_log_partition(NULL)"),
    ("aggregator", "SELECT summarise_line_index('jobs_open'::regclass)"),
]


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


@pytest.fixture
async def migrated(settings: MigrateSettings, own: Accounts) -> None:
    await migrate_for_roles(settings, own.prefix, required=True)


@asynccontextmanager
async def connected(
    postgres: PostgresEndpoint, environment: dict[str, str]
) -> AsyncIterator["Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(
        host=postgres.host,
        port=postgres.port,
        database=postgres.database,
        user=environment["PSQL_USER"],
        password=environment["PSQL_PASS"],
    )
    try:
        yield connection
    finally:
        await connection.close()


async def refused_as(
    error: type[Exception], postgres: PostgresEndpoint, own: Accounts, cases: list[tuple[str, str]]
) -> list[str]:
    """The cases that did not raise the error, with what they did."""
    wrong = []
    for service in SERVICES:
        async with connected(postgres, own.environments[service]) as connection:
            for statement in (statement for asked, statement in cases if asked == service):
                try:
                    wrong.append(f"{service}: {statement}: {await connection.execute(statement)}")
                except error:
                    continue
                except asyncpg.PostgresError as other:
                    wrong.append(f"{service}: {statement}: {other!r}")
    return wrong


@pytest.mark.usefixtures("migrated")
async def test_nothing_is_missing_after_a_migration(own: Accounts, postgres: PostgresEndpoint) -> None:
    """Nor where the day's partition is made by a worker then, or was there before the role was."""
    for service in (*SERVICES, OWNER):
        async with connected(postgres, own.environments[service]) as connection:
            assert await missing_privileges(connection, service if service in SERVICES else "worker") == []
    async with connected(postgres, own.environments["worker"]) as connection:
        partition = await connection.fetchval(MAKE_PARTITION)
        assert await connection.fetchval(MAKE_PARTITION) == partition
        assert await missing_privileges(connection, "worker") == []


async def test_what_is_missing_is_told(own: Accounts, settings: MigrateSettings, postgres: PostgresEndpoint) -> None:
    async with connected(postgres, own.environments["worker"]) as connection:
        assert "SELECT on table schema_migrations, which is not to be found" in await missing_privileges(
            connection, "worker"
        )
        await migrate_for_roles(settings, own.prefix, required=True)
        assert await missing_privileges(connection, "worker") == []
        others = await missing_privileges(connection, "aggregator")
        assert {"SELECT on table rollups", "EXECUTE on function drop_log_partition(date)"} <= set(others)
        assert "SELECT (job_id) on table webhook_batches" in others
        partition = await connection.fetchval(MAKE_PARTITION)
    async with connected(postgres, own.environments[OWNER]) as connection:
        await connection.execute(f"REVOKE INSERT ON {partition} FROM {own.environments['worker']['PSQL_USER']}")
    async with connected(postgres, own.environments["worker"]) as connection:
        assert await missing_privileges(connection, "worker") == [f"INSERT on table {partition}"]
        await migrate_for_roles(settings, own.prefix, required=True)
        assert await missing_privileges(connection, "worker") == []


async def test_a_migration_takes_what_is_not_needed(
    own: Accounts, settings: MigrateSettings, postgres: PostgresEndpoint
) -> None:
    await migrate_for_roles(settings, own.prefix, required=True)
    role = own.environments["worker"]["PSQL_USER"]
    async with connected(postgres, own.environments[OWNER]) as connection:
        await connection.execute(f"GRANT SELECT ON users TO {role}; GRANT UPDATE (email) ON users TO {role}")
        await migrate_for_roles(settings, own.prefix, required=True)
        for right in (
            "has_table_privilege($1, 'users', 'SELECT')",
            "has_column_privilege($1, 'users', 'email', 'UPDATE')",
        ):
            assert not await connection.fetchval(f"SELECT {right}", role)


async def test_roles_may_be_waited_for(own: Accounts, settings: MigrateSettings, postgres: PostgresEndpoint) -> None:
    """Nothing is applied before they are there; else whoever is there gets what it needs."""
    with pytest.raises(DatabaseUnavailable, match="no role nobodys_aggregator, nobodys_api, nobodys_worker"):
        await migrate_for_roles(settings, "nobodys_", required=True)
    async with connected(postgres, own.environments[OWNER]) as connection:
        assert await connection.fetchval("SELECT to_regclass('jobs')") is None
    assert await migrate_for_roles(settings, "nobodys_", required=False) == []
    assert await migrate_for_roles(settings, own.prefix, required=True) == [f"{own.prefix}{name}" for name in SERVICES]


@pytest.mark.usefixtures("migrated")
async def test_what_is_no_business_of_a_service_is_refused(own: Accounts, postgres: PostgresEndpoint) -> None:
    assert await refused_as(asyncpg.InsufficientPrivilegeError, postgres, own, REFUSED) == []
    assert await refused_as(asyncpg.InvalidParameterValueError, postgres, own, INVALID) == []


@pytest.mark.usefixtures("migrated")
async def test_functions_of_the_owner_mean_its_own_tables(own: Accounts, postgres: PostgresEndpoint) -> None:
    async with connected(postgres, own.environments[OWNER]) as connection:
        rows = await connection.fetch(
            "SELECT oid::regprocedure::text AS name, prosecdef, proconfig, proacl::text AS acl FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace"
        )
    assert {row["name"] for row in rows} == {name for names in FUNCTIONS.values() for name in names}
    assert all(row["prosecdef"] and row["proconfig"] == ["search_path=public, pg_temp"] for row in rows)
    assert not [row["name"] for row in rows if re.search(r"[{,]=X", row["acl"])]


def publish(exchange: str, key: str = "") -> Callable[[Channel], Awaitable[object]]:
    """To an exchange, `""` being that which has every queue by its name."""

    async def act(channel: Channel) -> object:
        found = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        return await found.publish(aio_pika.Message(b""), key)

    return act


def consume(queue: str) -> Callable[[Channel], Awaitable[object]]:
    async def act(channel: Channel) -> object:
        return await (await channel.get_queue(queue, ensure=False)).get(fail=False)

    return act


def make(queue: str) -> Callable[[Channel], Awaitable[object]]:
    async def act(channel: Channel) -> object:
        return await channel.declare_queue(queue, durable=True)

    return act


def drop(queue: str) -> Callable[[Channel], Awaitable[object]]:
    async def act(channel: Channel) -> object:
        return await channel.queue_delete(queue)

    return act


def purge(queue: str) -> Callable[[Channel], Awaitable[object]]:
    async def act(channel: Channel) -> object:
        return await (await channel.get_queue(queue, ensure=False)).purge()

    return act


async def listen(channel: Channel) -> object:
    """To events, by a queue of one's own."""
    queue = await channel.declare_queue("amq_own", exclusive=True, auto_delete=True)
    await queue.bind(EVENTS_EXCHANGE, "#")
    return await queue.get(fail=False)


MAY = {
    "api": {publish("", INGEST_QUEUE), publish(EVENTS_EXCHANGE), listen},
    "worker": {
        publish("", RETRY_QUEUE),
        publish(DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE),
        *map(consume, (INGEST_QUEUE, BULK_QUEUE, ISOLATION_QUEUE)),
    },
    "aggregator": {publish("", INGEST_QUEUE), publish(EVENTS_EXCHANGE), consume(DEAD_LETTER_QUEUE)},
}
MAY_NOT = {
    "api": {
        publish(DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE),
        *map(consume, PIPELINE_QUEUES),
        *map(purge, PIPELINE_QUEUES),
        *map(drop, PIPELINE_QUEUES),
        make("logs_ingest.other"),
    },
    "worker": {
        publish(EVENTS_EXCHANGE),
        *map(consume, (RETRY_QUEUE, DEAD_LETTER_QUEUE)),
        *map(drop, PIPELINE_QUEUES),
        make("amq_own"),
        listen,
    },
    "aggregator": {
        publish(DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE),
        *map(consume, (INGEST_QUEUE, BULK_QUEUE, ISOLATION_QUEUE, RETRY_QUEUE)),
        *map(drop, PIPELINE_QUEUES),
        listen,
    },
    OWNER: {publish(EVENTS_EXCHANGE), make("other")},
}


async def test_rabbitmqs_users_may_do_what_their_service_does(own: Accounts, settings: MigrateSettings) -> None:
    async with await aio_pika.connect(own.environments[OWNER]["RABBITMQ_URL"]) as connection:
        await declare(await connection.channel(), settings)
        await declare(await connection.channel(), settings)
    for service in (*SERVICES, OWNER):
        async with await aio_pika.connect(own.environments[service]["RABBITMQ_URL"]) as connection:
            await find(await connection.channel(), settings)
            for act in MAY.get(service, set()):
                await act(await connection.channel())
            for act in MAY_NOT[service]:
                with pytest.raises(ChannelAccessRefused):
                    await act(await connection.channel())
