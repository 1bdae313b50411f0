"""Private servers from nothing: used, crashed, started again with their data, and gone with the last lease."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import aio_pika
import asyncpg
import pytest

from deploy.local import infrastructure, processes
from deploy.local.infrastructure import Infrastructure
from deploy.local.layout import Layout
from deploy.local.postgres import PostgresEndpoint, create_database
from deploy.local.rabbitmq import RabbitmqEndpoint, create_vhost, drop_vhost

SETTINGS = ("PSQL_ADDR", "PSQL_PORT", "RABBITMQ_URL")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A clone's folder with a space in its name; what a test leaves running there is ended."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"LOGMILL_{name}", raising=False)
    root = tmp_path / "a clone"
    root.mkdir()
    yield root
    infrastructure.wipe(Layout(root, "own"))
    infrastructure.end_strays(Layout(root, "own"))


def query(endpoint: PostgresEndpoint, statement: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(
            host=endpoint.host,
            port=endpoint.port,
            user=endpoint.user,
            password=endpoint.password,
            database=endpoint.database,
        )
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


def put(endpoint: RabbitmqEndpoint, body: bytes) -> None:
    """Publishes a persistent message to a durable queue, and waits for the broker's confirm."""

    async def publish() -> None:
        async with await aio_pika.connect(endpoint.url) as connection:
            channel = await connection.channel()
            await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
            message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(message, "kept")

    asyncio.run(publish())


def take(endpoint: RabbitmqEndpoint) -> bytes:
    """The first message of that queue."""

    async def consume() -> bytes:
        async with await aio_pika.connect(endpoint.url) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
            async with queue.iterator(timeout=30, no_ack=True) as messages:
                return (await anext(messages)).body

    return asyncio.run(consume())


def identities(servers: Infrastructure) -> list[processes.Identity | None]:
    assert servers.postgres_server
    assert servers.rabbitmq_server
    return [servers.postgres_server.running(), servers.rabbitmq_server.running()]


def test_servers_keep_their_data_through_a_crash_and_go_with_the_last_lease(root: Path) -> None:
    with infrastructure.lease(root, "own") as servers:
        database = create_database(servers.postgres, "things")
        query(database, "CREATE TABLE thing AS SELECT 42 AS n")
        vhost = create_vhost(servers.rabbitmq, "a b/c")
        put(vhost, b"kept")
        before = identities(servers)
        with infrastructure.lease(root, "own") as again:
            assert identities(again) == before
            assert again.environment() == servers.environment()

        assert servers.postgres_server
        assert servers.rabbitmq_server
        servers.rabbitmq_server.settle()
        servers.postgres_server.kill()
        servers.rabbitmq_server.kill()
        assert not servers.postgres_server.ready()
        assert not servers.rabbitmq_server.ready()
        infrastructure.ensure(root, "own")
        assert query(database, "SELECT n FROM thing") == 42
        assert take(vhost) == b"kept"
        assert "a b/c" in servers.rabbitmq_server.ctl("list_vhosts")
        drop_vhost(vhost, "a b/c")
        drop_vhost(vhost, "a b/c")
        state = servers.layout.state
    assert not (state / "postgres").exists()
    assert not (state / "rabbitmq").exists()
    assert processes.orphans(str(state)) == []


def test_servers_whose_state_was_deleted_are_replaced(root: Path) -> None:
    before = identities(infrastructure.ensure(root, "own"))
    shutil.rmtree(root / ".local")
    after = infrastructure.ensure(root, "own")
    assert query(after.postgres, "SELECT 1") == 1
    put(after.rabbitmq, b"works")
    assert take(after.rabbitmq) == b"works"
    assert [processes.identify(each.pid) for each in before if each] == [None, None]


def test_servers_that_the_environment_names_are_used_as_they_are(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"PSQL_ADDR": "db.example", "PSQL_PORT": "6000", "PSQL_USER": "u", "PSQL_PASS": "p", "PSQL_DB": "d"}
    named |= {"RABBITMQ_URL": "amqp://u:p@mq.example/v"}
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    servers = infrastructure.ensure(root, "own")
    assert (servers.postgres_server, servers.rabbitmq_server) == (None, None)
    assert servers.environment() == named
