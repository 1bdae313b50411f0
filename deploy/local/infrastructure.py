"""PostgreSQL and RabbitMQ for whoever needs them: servers named by the environment if set, else private ones.

with lease(root) as infrastructure:            # the tests' own pair, started if need be, shared by sessions
    infrastructure.postgres.host, .port, .user, .password
    infrastructure.rabbitmq.url, .management_url
    infrastructure.environment()               # what a service has to be given to use both
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from deploy.local import processes
from deploy.local.layout import TEST, Layout
from deploy.local.ports import PortBook
from deploy.local.postgres import PostgresEndpoint, PostgresServer
from deploy.local.rabbitmq import RabbitmqEndpoint, RabbitmqServer
from shared.errors import ConfigurationError


@dataclass(frozen=True)
class Infrastructure:
    """Both servers, ready.

    A `_server` is None where the environment names an existing one: that is not ours to stop.
    """

    layout: Layout
    postgres: PostgresEndpoint
    rabbitmq: RabbitmqEndpoint
    postgres_server: PostgresServer | None
    rabbitmq_server: RabbitmqServer | None

    def environment(self) -> dict[str, str]:
        """The settings of a service that uses both."""
        return {**self.postgres.environment(), **self.rabbitmq.environment()}


def ensure(root: Path, instance: str = TEST) -> Infrastructure:
    """Starts what is private and not running, and returns when both servers can be used.

    Raises ConfigurationError where a program is missing and may not be installed, ProcessFailed where one
    does not start. Nothing is stopped when the caller ends: see `lease` and `stop`.
    """
    layout = Layout(root.resolve(), instance)
    with layout.locked():
        return start(layout)


def start(layout: Layout) -> Infrastructure:
    """`ensure` for a caller that holds the layout's lock."""
    postgres, rabbitmq = existing_postgres(os.environ), existing_rabbitmq(os.environ)
    postgres_server = None if postgres else PostgresServer(layout)
    rabbitmq_server = None if rabbitmq else RabbitmqServer(layout)
    servers = [server for server in (rabbitmq_server, postgres_server) if server]
    if not all(server.running() for server in servers):
        end_strays(layout)
        for server in servers:
            server.require_programs()
    for server in servers:
        server.launch()
    for server in servers:
        server.await_ready()
    return Infrastructure(
        layout,
        postgres or PostgresServer(layout).endpoint,
        rabbitmq or RabbitmqServer(layout).endpoint,
        postgres_server,
        rabbitmq_server,
    )


def last_known(layout: Layout) -> dict[str, str]:
    """The settings of a service that uses both servers, where they were when they last ran; starts nothing.

    Raises ConfigurationError where they never did.
    """
    known = PortBook(layout.ports_file, layout.first_port).known()
    postgres, rabbitmq = existing_postgres(os.environ), existing_rabbitmq(os.environ)
    if not (postgres or PostgresServer.name in known) or not (rabbitmq or RabbitmqServer.name in known):
        raise ConfigurationError("nothing was ever started here; `./justw up` starts the suite")
    postgres = postgres or PostgresServer(layout).endpoint
    rabbitmq = rabbitmq or RabbitmqServer(layout).endpoint
    return {**postgres.environment(), **rabbitmq.environment()}


def stop(layout: Layout) -> None:
    """Stops the private servers and leaves their data."""
    for server in _servers(layout):
        server.stop()


def wipe(layout: Layout) -> None:
    """Kills what runs of the private servers and removes all of their data."""
    for server in _servers(layout):
        server.kill()
        server.wipe()


@contextmanager
def lease(root: Path, instance: str = TEST) -> Iterator[Infrastructure]:
    """`ensure`; the servers are killed and wiped when the last of all processes that hold a lease lets go."""
    layout = Layout(root.resolve(), instance)
    with layout.locked():
        name = _sign_in(layout)
        infrastructure = start(layout)
    try:
        yield infrastructure
    finally:
        with layout.locked():
            (layout.state / "users" / name).unlink(missing_ok=True)
            if not _is_leased(layout):
                wipe(layout)


def keep(layout: Layout) -> Infrastructure:
    """Starts the servers, and keeps them when the last lease ends, until `release`."""
    with layout.locked():
        (layout.state / "users").mkdir(exist_ok=True)
        (layout.state / "users" / "kept").touch()
        return start(layout)


def release(layout: Layout) -> None:
    """Ends `keep`: wipes the servers, unless a live process still holds a lease."""
    with layout.locked():
        (layout.state / "users" / "kept").unlink(missing_ok=True)
        if not _is_leased(layout):
            wipe(layout)


def existing_postgres(environment: Mapping[str, str]) -> PostgresEndpoint | None:
    """The PostgreSQL server that the environment names, None where it names none."""
    if not any(_setting(environment, name) for name in ("PSQL_ADDR", "PSQL_PORT")):
        return None
    return PostgresEndpoint(
        _setting(environment, "PSQL_ADDR") or "127.0.0.1",
        int(_setting(environment, "PSQL_PORT") or 5432),
        _setting(environment, "PSQL_USER") or "logmill",
        _setting(environment, "PSQL_PASS") or "",
        _setting(environment, "PSQL_DB") or "logmill",
    )


def existing_rabbitmq(environment: Mapping[str, str]) -> RabbitmqEndpoint | None:
    """The broker that the environment names, None where it names none."""
    url = _setting(environment, "RABBITMQ_URL")
    return RabbitmqEndpoint(url, environment.get("LOGMILL_RABBITMQ_MANAGEMENT_URL")) if url else None


def _setting(environment: Mapping[str, str], name: str) -> str | None:
    return environment.get(f"LOGMILL_{name}") or environment.get(name)


def end_strays(layout: Layout) -> None:
    """Kills processes of this instance that no pid file knows: somebody deleted `.local` while they ran."""
    known = [identity for file in layout.pids.glob("*.json") if (identity := processes.PidFile(file).read())]
    family = {member for identity in known for member in (identity, *processes.descendants(identity))}
    for stray in processes.orphans(str(layout.state)):
        if stray not in family:
            processes.kill(stray)


def _servers(layout: Layout) -> tuple[RabbitmqServer, PostgresServer]:
    return RabbitmqServer(layout), PostgresServer(layout)


def _sign_in(layout: Layout) -> str:
    """Notes that this process holds one more lease; answers the note's name."""
    users = layout.state / "users"
    users.mkdir(exist_ok=True)
    name = f"{uuid4().hex}.json"
    if identity := processes.identify(os.getpid()):
        processes.PidFile(users / name).write(identity)
    return name


def _is_leased(layout: Layout) -> bool:
    """Whether a live process holds a lease, or the servers are kept."""
    users = layout.state / "users"
    return (users / "kept").exists() or any(processes.PidFile(file).read() for file in users.glob("*.json"))
