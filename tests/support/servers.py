"""A test's own share of the session's servers: an empty database, an empty virtual host; gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import asyncpg

from deploy.local.infrastructure import Infrastructure
from deploy.local.postgres import PostgresEndpoint, create_database, drop_database
from deploy.local.rabbitmq import RabbitmqEndpoint, create_vhost, drop_vhost


@contextmanager
def empty_database(infrastructure: Infrastructure) -> Iterator[PostgresEndpoint]:
    """A database without any table."""
    name = f"test_{uuid4().hex}"
    try:
        yield create_database(infrastructure.postgres, name)
    finally:
        drop_database(infrastructure.postgres, name)


@contextmanager
def empty_vhost(infrastructure: Infrastructure) -> Iterator[RabbitmqEndpoint]:
    """A virtual host without any queue."""
    name = f"test_{uuid4().hex}"
    try:
        yield create_vhost(infrastructure.rabbitmq, name)
    finally:
        drop_vhost(infrastructure.rabbitmq, name)


async def connect(database: PostgresEndpoint, **server_settings: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection of the test's own; close it."""
    return await asyncpg.connect(
        host=database.host,
        port=database.port,
        user=database.user,
        password=database.password,
        database=database.database,
        server_settings=server_settings,
    )
