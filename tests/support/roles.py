"""Accounts of their own for each service, as deploy/docker-compose.yml has them, at the tests' servers."""

import asyncio
import json
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from deploy.local.postgres import PostgresEndpoint
from deploy.local.rabbitmq import RabbitmqEndpoint, manage
from shared.privileges import roles
from tests.support.servers import connect
from tests.support.suite import ROOT

PASSWORD = "of-no-use-elsewhere"
OWNER = "owner"


@dataclass(frozen=True)
class Accounts:
    """What each service gets of the environment, and `owner`: whom tables and queues belong to."""

    prefix: str
    environments: dict[str, dict[str, str]]


@contextmanager
def accounts(postgres: PostgresEndpoint, rabbitmq: RabbitmqEndpoint, folder: Path) -> Iterator[Accounts]:
    """Makes them, and removes them; the names are nobody else's."""
    prefix = f"test_{secrets.token_hex(4)}_"
    names = {**roles(prefix), OWNER: prefix + OWNER}
    asyncio.run(_run(postgres, *(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'" for name in names.values())))
    opened = f"GRANT CONNECT ON DATABASE {postgres.database} TO {', '.join(names.values())}"
    closed = f"REVOKE CONNECT, TEMPORARY ON DATABASE {postgres.database} FROM PUBLIC"
    owned = f"ALTER DATABASE {postgres.database} OWNER TO {names[OWNER]}"
    asyncio.run(_run(postgres, owned, closed, opened))
    users = _import_users(rabbitmq, folder, prefix)
    try:
        yield Accounts(prefix, {service: _environment(name, users[service]) for service, name in names.items()})
    finally:
        for url in users.values():
            manage(rabbitmq, "DELETE", f"/api/users/{urlsplit(url).username}")
        mine = ", ".join(names.values())
        asyncio.run(
            _run(postgres, f"DROP OWNED BY {mine}", f"ALTER DATABASE {postgres.database} OWNER TO {postgres.user}")
        )
        asyncio.run(_run(postgres, f"DROP ROLE {mine}"))


def _environment(role: str, url: str) -> dict[str, str]:
    return {"PSQL_USER": role, "PSQL_PASS": PASSWORD, "RABBITMQ_URL": url}


async def _run(postgres: PostgresEndpoint, *statements: str) -> None:
    connection = await connect(postgres)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _import_users(rabbitmq: RabbitmqEndpoint, folder: Path, prefix: str) -> dict[str, str]:
    """The users and permissions that production's RabbitMQ gets, in the test's virtual host; their URLs by service."""
    subprocess.run([ROOT / "deploy/make-secrets", folder], check=True, capture_output=True)
    definitions = json.loads((folder / "rabbitmq_definitions.json").read_text("utf-8"))
    renamed = {user["name"]: prefix + user["name"] for user in definitions["users"]}
    parts = urlsplit(rabbitmq.url)
    for user in definitions["users"]:
        manage(rabbitmq, "PUT", f"/api/users/{renamed[user['name']]}", {k: user[k] for k in ("password", "tags")})
    for given in definitions["permissions"]:
        rights = {action: given[action] for action in ("configure", "write", "read")}
        vhost = quote(parts.path.removeprefix("/"), safe="")
        manage(rabbitmq, "PUT", f"/api/permissions/{vhost}/{renamed[given['user']]}", rights)
    return {
        user["name"].removeprefix("logmill").removeprefix("_") or OWNER: parts._replace(
            netloc=f"{renamed[user['name']]}:{user['password']}@{parts.hostname}:{parts.port}"
        ).geturl()
        for user in definitions["users"]
    }
