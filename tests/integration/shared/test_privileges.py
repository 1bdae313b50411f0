"""The services' own roles in PostgreSQL: each may do what its service does, and nothing else."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest
from pydantic import SecretStr

from deploy.local.postgres import PostgresEndpoint
from services.migrate.settings import MigrateSettings
from shared.database import migrate_for_roles
from shared.errors import ConfigurationError, DatabaseUnavailable
from shared.privileges import FUNCTIONS, SERVICES, missing_privileges
from tests.support.roles import OWNER, Accounts
from tests.support.servers import connect

Connection = asyncpg.Connection
WAITS = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
"""
MAKE_PARTITION = "SELECT ensure_log_partition(current_date + 1)"
ELSEWHERE = "SET timezone = '<+167>-167'"
"""Where it is a week later; gone with the statement that is refused."""
TODAY = "(now() AT TIME ZONE 'UTC')::date"
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
    ("api", "CREATE FUNCTION to_char(date, text) RETURNS text LANGUAGE sql AS 'SELECT $2'"),
    ("worker", "SELECT job_id FROM jobs FOR UPDATE"),
    ("worker", "DO $$ BEGIN LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE; END $$"),
    ("worker", "COPY log_records TO STDOUT"),
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
    ("worker", f"{ELSEWHERE}; SELECT ensure_log_partition({TODAY} + 8)"),
    ("aggregator", f"{ELSEWHERE}; SELECT drop_log_partition({TODAY})"),
    ("aggregator", "SELECT drop_log_partition(current_date)"),
    ("aggregator", "SELECT drop_log_partition(current_date - 1)"),
    ("aggregator", "SELECT drop_log_partition(NULL)"),
    ("aggregator", "SELECT summarise_line_index('jobs_open'::regclass)"),
]


@pytest.fixture
async def migrated(settings: MigrateSettings, own: Accounts) -> None:
    await migrate_for_roles(settings, own.prefix, required=True)


@asynccontextmanager
async def connected(
    postgres: PostgresEndpoint, environment: dict[str, str]
) -> AsyncIterator["Connection[asyncpg.Record]"]:
    connection = await connect(replace(postgres, user=environment["PSQL_USER"], password=environment["PSQL_PASS"]))
    try:
        yield connection
    finally:
        await connection.close()


async def somebody_waits(postgres: PostgresEndpoint) -> None:
    """Seen from outside of any transaction, in which the answer would stay the same."""
    async with connected(postgres, postgres.environment()) as connection, asyncio.timeout(30):
        while not await connection.fetchval(WAITS):
            pass


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


async def test_a_schema_open_to_all_is_closed(
    own: Accounts, settings: MigrateSettings, postgres: PostgresEndpoint
) -> None:
    """As those are that were made by an older PostgreSQL: what lies there could be called by the owner's functions."""
    worker = own.environments["worker"]["PSQL_USER"]
    async with connected(postgres, own.environments[OWNER]) as owner:
        await owner.execute(f"GRANT CREATE ON SCHEMA public TO PUBLIC, {worker}")
        await migrate_for_roles(settings, own.prefix, required=True)
        assert not await owner.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", worker)
    async with connected(postgres, postgres.environment()) as superuser:
        await superuser.execute("ALTER SCHEMA public OWNER TO CURRENT_USER")
        await superuser.execute(f"GRANT CREATE ON SCHEMA public TO PUBLIC, {own.environments[OWNER]['PSQL_USER']}")
        with pytest.raises(ConfigurationError, match="may create in the schema public"):
            await migrate_for_roles(settings, own.prefix, required=True)


async def test_only_the_owner_of_the_tables_grants(
    own: Accounts, settings: MigrateSettings, postgres: PostgresEndpoint
) -> None:
    await migrate_for_roles(settings, own.prefix, required=True)
    stranger = settings.model_copy(update={"psql_user": postgres.user, "psql_pass": SecretStr(postgres.password)})
    with pytest.raises(ConfigurationError, match=f"tables belong to {own.environments[OWNER]['PSQL_USER']}"):
        await migrate_for_roles(stranger, own.prefix, required=True)


async def test_who_grants_at_the_same_time_is_waited_for(
    own: Accounts, settings: MigrateSettings, postgres: PostgresEndpoint
) -> None:
    """As what lets Grafana read does, which every start of the containers runs beside the migrations."""
    await migrate_for_roles(settings, own.prefix, required=True)
    async with connected(postgres, postgres.environment()) as other:
        async with other.transaction():
            await other.execute(f"GRANT SELECT ON rollups TO {own.environments['worker']['PSQL_USER']}")
            migrating = asyncio.create_task(migrate_for_roles(settings, own.prefix, required=True))
            await somebody_waits(postgres)
        with pytest.raises(DatabaseUnavailable, match="tuple concurrently updated"):
            await migrating


async def test_a_day_that_begins_meanwhile_is_granted_too(
    own: Accounts, settings: MigrateSettings, postgres: PostgresEndpoint
) -> None:
    """Made before the worker had any right, and there once it has."""
    await migrate_for_roles(settings, "nobodys_", required=False)
    async with connected(postgres, own.environments[OWNER]) as owner:
        async with owner.transaction():
            await owner.execute(MAKE_PARTITION)
            migrating = asyncio.create_task(migrate_for_roles(settings, own.prefix, required=True))
            await somebody_waits(postgres)
        await migrating
    async with connected(postgres, own.environments["worker"]) as worker:
        assert await missing_privileges(worker, "worker") == []


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
    assert all(row["prosecdef"] and row["proconfig"] == ["search_path=public, pg_temp", "TimeZone=UTC"] for row in rows)
    assert not [row["name"] for row in rows if re.search(r"[{,]=X", row["acl"])]
