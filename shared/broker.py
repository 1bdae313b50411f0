"""RabbitMQ: a connection that comes back by itself, and channels opened for one purpose each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractRobustConnection
from aio_pika.exceptions import (
    AMQPError,
    ChannelInvalidStateError,
    ProbableAuthenticationError,
)
from aiormq.exceptions import InvalidFrameError

from shared.errors import BrokerUnavailable, ConfigurationError
from shared.lifecycle import Stop, unless_stopped
from shared.retries import wait_until_available
from shared.settings import Settings

TRANSPORT_ERRORS = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)
"""What a call to the broker may raise because the broker, or the way to it, is away."""
RECONNECT_SECONDS = 2
VHOST_REFUSED = ("Connection.OpenOk", "Connection.Close")
"""What the library's complaint names when the broker answers the opening of the virtual host by closing."""


@asynccontextmanager
async def open_connection(settings: Settings, stop: Stop, purpose: str) -> AsyncIterator[AbstractRobustConnection]:
    """Waits for RabbitMQ (until stopped) and yields a connection named after its `purpose`.

    Publishing and consuming take a connection each: an alarm blocks the whole publishing connection.
    Raises ConfigurationError where the broker refuses the login or the virtual host, Stopped by a stop.
    """
    connecting = wait_until_available("RabbitMQ", lambda: _connect(settings, purpose), stop)
    connection = await unless_stopped(connecting, stop)
    try:
        yield connection
    finally:
        await connection.close()


async def _connect(settings: Settings, purpose: str) -> AbstractRobustConnection:
    try:
        return await aio_pika.connect_robust(
            settings.rabbitmq_url.get_secret_value(),
            heartbeat=settings.broker_heartbeat_seconds,
            reconnect_interval=RECONNECT_SECONDS,
            client_properties={"connection_name": f"logmill-{settings.service}-{purpose}"},
            timeout=10,
        )
    except ProbableAuthenticationError as error:
        raise ConfigurationError("RabbitMQ refused the user or password of rabbitmq_url") from error
    except InvalidFrameError as error:
        if all(name in str(error) for name in VHOST_REFUSED):
            raise ConfigurationError("RabbitMQ refused the virtual host of rabbitmq_url: is it there?") from error
        raise BrokerUnavailable(str(error)) from error
    except (AMQPError, OSError) as error:
        raise BrokerUnavailable(str(error) or type(error).__name__) from error


@contextmanager
def transport_errors() -> Iterator[None]:
    """Turns what the broker's library raises while the broker is away into BrokerUnavailable.

    That includes CancelledError: the library ends the calls pending on a lost connection with it. Only one that
    somebody asked of this very task is a cancellation.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise BrokerUnavailable("the connection was lost") from error
    except TRANSPORT_ERRORS as error:
        raise BrokerUnavailable(str(error) or type(error).__name__) from error


def channel_probe(channel: AbstractChannel) -> Callable[[], Awaitable[None]]:
    """A readiness probe: the channel is open right now."""

    async def probe() -> None:
        if channel.is_closed or not channel.is_initialized:
            raise BrokerUnavailable("the channel to RabbitMQ is closed; reconnecting")

    return probe
