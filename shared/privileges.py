"""What each service needs in PostgreSQL: one list, from which rights are granted and against which they are checked.

Where each service has a role of its own, tables belong to another one, that of the migrations, which alone may make or
drop any: what services need of that is in functions that run with their owner's rights.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from shared.errors import ConfigurationError

ROLE_PREFIX = "logmill_"
MIGRATIONS_TABLE = "schema_migrations"
RECORDS_TABLE = "log_records"
# Rows are looked for, and locked, by these columns alone where the rest is no business of the service's.
TABLES: Mapping[str, Mapping[str, str]] = {
    "api": {
        "api_keys": "SELECT, INSERT, UPDATE (revoked_at)",
        "audit_events": "SELECT, INSERT",
        "audited_letters": "SELECT, INSERT",
        "batches": "SELECT",
        "dead_letters": "SELECT, UPDATE",
        "job_stats": "SELECT",
        "job_tombstones": "INSERT",
        "jobs": "SELECT, INSERT, UPDATE, DELETE",
        "line_parts": "SELECT",
        "log_records": "SELECT",
        "partials": "SELECT (job_id)",
        "rejected_lines": "SELECT",
        "removed_jobs": "INSERT",
        "replays": "SELECT, INSERT, UPDATE",
        "rollups": "SELECT",
        "sessions": "SELECT, INSERT, UPDATE (revoked_at), DELETE",
        "user_formats": "SELECT, INSERT, UPDATE, DELETE",
        "user_keywords": "SELECT, INSERT, UPDATE, DELETE",
        "users": "SELECT, INSERT, UPDATE (is_operator)",
        "webhook_batches": "SELECT, INSERT, UPDATE (tried_at), DELETE",
        "webhook_deliveries": "SELECT, INSERT, DELETE",
        "webhook_feeds": "SELECT, INSERT, UPDATE",
        "webhook_secrets": "SELECT, INSERT, UPDATE (last_used_at), DELETE",
    },
    "worker": {
        "batches": "SELECT (job_id, batch_no), INSERT",
        "job_tombstones": "SELECT (job_id)",
        "jobs": "SELECT (job_id, status)",
        "line_parts": "INSERT",
        "log_records": "INSERT",
        "partials": "INSERT",
        "rejected_lines": "INSERT",
    },
    "aggregator": {
        "audit_events": "SELECT (happened_at), DELETE",
        "batches": "SELECT",
        "dead_letters": "SELECT, INSERT, UPDATE, DELETE",
        "job_stats": "SELECT, INSERT, UPDATE",
        "job_tombstones": "SELECT, INSERT, DELETE",
        "jobs": "SELECT, UPDATE, DELETE",
        "log_records": "SELECT (job_id, stored_on, line_no), DELETE",
        "partials": "SELECT, DELETE",
        "removed_jobs": "SELECT, INSERT, UPDATE (next_line), DELETE",
        "replays": "SELECT, UPDATE, DELETE",
        "rollups": "SELECT, INSERT, UPDATE (records)",
        "sessions": "SELECT (expires_at), DELETE",
        "webhook_batches": "SELECT (job_id)",
        "webhook_feeds": "SELECT, UPDATE (closed_at)",
    },
}
FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "api": (),
    "worker": ("ensure_log_partition(date)",),
    "aggregator": ("drop_log_partition(date)", "summarise_line_index(oid)"),
}
SERVICES = tuple(TABLES)

GRANTED = re.compile(r"(?P<action>[A-Z]+)(?: \((?P<columns>[a-z_, ]+)\))?")
CHECK_TABLES = """
SELECT wanted.name, wanted.told, found.oid IS NOT NULL AS is_there, CASE
    WHEN cardinality(wanted.columns) = 0 THEN has_table_privilege(found.oid, wanted.action)
    ELSE NOT EXISTS (
        SELECT FROM unnest(wanted.columns) AS column_name WHERE NOT EXISTS (
            SELECT FROM pg_attribute AS a WHERE a.attrelid = found.oid AND a.attname = column_name
                AND has_column_privilege(found.oid, a.attnum, wanted.action)))
    END AS is_granted
FROM json_to_recordset($1::text::json) AS wanted (name text, told text, action text, columns text[])
CROSS JOIN LATERAL (SELECT to_regclass(wanted.name)::oid AS oid) AS found
"""
CHECK_FUNCTIONS = """
SELECT name, to_regprocedure(name) IS NOT NULL AS is_there,
    has_function_privilege(to_regprocedure(name)::oid, 'EXECUTE') AS is_granted
FROM unnest($1::text[]) AS name
"""
# Rows are copied straight into a day's partition, past the rights on the whole table.
CLOSED_PARTITIONS = """
SELECT inhrelid::regclass::text AS name FROM pg_inherits
WHERE inhparent = to_regclass($1) AND NOT has_table_privilege(inhrelid, 'INSERT') ORDER BY 1
"""
EXISTING_ROLES = "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1::text[])"
# No day's table comes or goes meanwhile, which would be left out, or granted to nobody; records are stored and read.
KEEP_PARTITIONS = f"LOCK TABLE ONLY {RECORDS_TABLE} IN SHARE UPDATE EXCLUSIVE MODE"
# What lies there is found by the functions that run as the tables' owner: PostgreSQL takes the best match for a name.
CLOSE_SCHEMA = """
DO $$ BEGIN EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC, {role}', current_schema()); END $$
"""
OPEN_SCHEMA = """
SELECT current_schema() WHERE has_schema_privilege($1, current_schema(), 'CREATE')
"""
OTHER_OWNER = """
SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass($1) AND relowner <> current_user::regrole
"""
OWN_TABLES = """
SELECT oid::regclass::text AS name, relispartition AS is_partition FROM pg_class
WHERE relowner = current_user::regrole AND relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
"""

AnyConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Privilege:
    """A right on a table, or on some of its columns."""

    table: str
    action: str
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.action} ({', '.join(self.columns)})" if self.columns else self.action


def roles(prefix: str = ROLE_PREFIX) -> dict[str, str]:
    """The services' roles, by service; `prefix` is of lower-case letters, digits and underscores."""
    return {service: prefix + service for service in SERVICES}


def needed(service: str) -> list[Privilege]:
    """All that the service needs of tables."""
    tables = {MIGRATIONS_TABLE: "SELECT", **TABLES[service]}
    return [
        Privilege(table, found["action"], tuple((found["columns"] or "").split(", ")) if found["columns"] else ())
        for table, text in tables.items()
        for found in GRANTED.finditer(text)
    ]


async def missing_privileges(connection: AnyConnection, service: str) -> list[str]:
    """What the service lacks as the connection's role, a line each, such as `SELECT on table jobs`.

    A table or function that is not there is missing too: the migrations are not through, or the schema is closed to it.
    """
    wanted = [
        {"name": each.table, "told": str(each), "action": each.action, "columns": list(each.columns)}
        for each in needed(service)
    ]
    tables = await connection.fetch(CHECK_TABLES, json.dumps(wanted))
    functions = await connection.fetch(CHECK_FUNCTIONS, list(FUNCTIONS[service]))
    missing = [_told(f"{row['told']} on table {row['name']}", row) for row in tables if not row["is_granted"]]
    missing += [_told(f"EXECUTE on function {row['name']}", row) for row in functions if not row["is_granted"]]
    if "INSERT" in TABLES[service].get(RECORDS_TABLE, ""):
        closed = await connection.fetch(CLOSED_PARTITIONS, RECORDS_TABLE)
        missing += [f"INSERT on table {row['name']}" for row in closed]
    return missing


def _told(right: str, row: asyncpg.Record) -> str:
    return right if row["is_there"] else f"{right}, which is not to be found"


async def find_roles(connection: AnyConnection, prefix: str = ROLE_PREFIX) -> dict[str, str]:
    """Those of the services' roles that are there, by service."""
    wanted = roles(prefix)
    found = {row["rolname"] for row in await connection.fetch(EXISTING_ROLES, list(wanted.values()))}
    return {service: role for service, role in wanted.items() if role in found}


async def grant(connection: AnyConnection, service: str, role: str) -> None:
    """Gives the role what the service needs and takes all else of ours; for the tables' owner, in a transaction.

    Raises ConfigurationError where the tables are somebody else's, or the role could still make some beside them.
    """
    if owner := await connection.fetchval(OTHER_OWNER, RECORDS_TABLE):
        raise ConfigurationError(f"logmill's tables belong to {owner}, which alone may say who does what with them")
    await connection.execute(CLOSE_SCHEMA.format(role=role))
    if schema := await connection.fetchval(OPEN_SCHEMA, role):
        raise ConfigurationError(
            f"{role} may create in the schema {schema}, where functions of the tables' owner would find it: a superuser"
            f" has to GRANT CREATE ON SCHEMA {schema} to that owner and REVOKE it FROM PUBLIC"
        )
    await connection.execute(KEEP_PARTITIONS)
    tables = await connection.fetch(OWN_TABLES)
    partitions = [row["name"] for row in tables if row["is_partition"]]
    for statement in grant_statements(service, role, [row["name"] for row in tables], partitions):
        await connection.execute(statement)


def grant_statements(service: str, role: str, tables: list[str], partitions: list[str]) -> list[str]:
    """What `grant` runs; `tables` are all that there are, as SQL spells them."""
    functions = [each for given in FUNCTIONS.values() for each in given]
    statements = [
        f"REVOKE ALL ON {', '.join(tables)} FROM {role}",
        f"REVOKE ALL ON FUNCTION {', '.join(functions)} FROM {role}",
    ]
    statements += [f"GRANT {each} ON {each.table} TO {role}" for each in needed(service)]
    if partitions and "INSERT" in TABLES[service].get(RECORDS_TABLE, ""):
        statements.append(f"GRANT INSERT ON {', '.join(partitions)} TO {role}")
    return statements + [f"GRANT EXECUTE ON FUNCTION {each} TO {role}" for each in FUNCTIONS[service]]
