"""RabbitMQ: a connection that comes back by itself, and channels opened for one purpose each."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractRobustConnection
from aio_pika.exceptions import (
    AMQPError,
    ChannelInvalidStateError,
    ProbableAuthenticationError,
)
from aiormq.exceptions import InvalidFrameError
from pamqp import decode

from shared.errors import BrokerUnavailable, ConfigurationError
from shared.lifecycle import Stop, unless_stopped
from shared.retries import wait_until_available
from shared.settings import Settings

TRANSPORT_ERRORS = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError, StopAsyncIteration)
"""What a call to the broker may raise because the broker, or the way to it, is away; the last one where the stream of
frames ends in the middle of a handshake."""
CLOSED = re.compile(r"<\w*Connection: .*> (connection )?closed$")
"""How the library's RuntimeError tells that."""
RECONNECT_SECONDS = 2
VHOST_REFUSED = ("Connection.OpenOk", "Connection.Close")
"""What the library's complaint names when the broker answers the opening of the virtual host by closing."""


def _timestamp(value: bytes) -> tuple[int, datetime | None]:
    """A moment that no calendar has is none."""
    try:
        return decode.timestamp(value)
    except (ValueError, OverflowError):
        return 8, None


def _short_text(value: bytes) -> tuple[int, str]:
    """What is not UTF-8 is U+FFFD."""
    end = 1 + value[0]
    return end, value[1:end].decode("utf-8", "replace")


# Any publisher may send these. The library ends the whole connection over one that it cannot read, and then over the
# same message again, for ever; its readers of single values are the only place where that can be helped.
decode.METHODS.update(timestamp=_timestamp, shortstr=_short_text)
decode.TABLE_MAPPING[b"T"] = _timestamp


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
    except TRANSPORT_ERRORS as error:
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
    except RuntimeError as error:
        if CLOSED.search(str(error)) is None:
            raise
        raise BrokerUnavailable("the connection is closed") from error


def channel_probe(channel: AbstractChannel) -> Callable[[], Awaitable[None]]:
    """A readiness probe: the channel is open right now."""

    async def probe() -> None:
        if channel.is_closed or not channel.is_initialized:
            raise BrokerUnavailable("the channel to RabbitMQ is closed; reconnecting")

    return probe
