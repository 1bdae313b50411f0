"""What the broker's library raises while the broker is away, and what it raises because we are wrong."""

import asyncio

import pytest
from aio_pika.exceptions import AMQPConnectionError, ChannelInvalidStateError

from shared.broker import transport_errors
from shared.errors import BrokerUnavailable

AWAY: list[BaseException] = [
    AMQPConnectionError("reset"),
    ChannelInvalidStateError("closed"),
    ConnectionResetError("reset"),
    TimeoutError(),
    StopAsyncIteration(),
    asyncio.CancelledError(),
    RuntimeError('<Connection: "amqp://logmill:******@127.0.0.1/x" at 0x7fa6628fd590> closed'),
    RuntimeError('<RobustConnection: "amqp://127.0.0.1/" 0 channels> connection closed'),
]
WRONG: list[BaseException] = [RuntimeError("dictionary changed size"), TypeError("no bytes"), KeyError("x")]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
async def test_away(error: BaseException) -> None:
    with pytest.raises(BrokerUnavailable), transport_errors():
        raise error


@pytest.mark.parametrize("error", WRONG, ids=lambda error: type(error).__name__)
async def test_wrong(error: BaseException) -> None:
    with pytest.raises(type(error)), transport_errors():
        raise error
