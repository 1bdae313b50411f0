"""What RabbitMQ can be asked over AMQP, each question on a channel of its own, so that a refusal ends that alone.

Nothing is changed by it. A queue that is there is declared once more, which does nothing if it is as it should be, and
is refused if not; one that is not there is not declared. Rights are found out by asking for what RabbitMQ refuses to
everybody, but only after it has looked whether one has the right: to consume with a priority that is no number, to
declare a queue that expires after no number. Publishing is tried with a message that leads to no queue.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeVar

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import (
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    ProbableAuthenticationError,
    PublishError,
)
from aiormq.exceptions import ChannelAccessRefused, ChannelLockedResource
from pamqp.common import FieldTable

from cli.doctor.facts import (
    LOGIN,
    NOT_FOUND,
    OTHER_ARGUMENTS,
    REFUSED,
    TIMED_OUT,
    UNREACHABLE,
    VHOST,
    BrokerFacts,
    Failure,
    Queue,
    why_unreachable,
)
from cli.doctor.settings import DoctorSettings, masked, secrets_of
from shared.broker import VHOST_REFUSED, transport_errors
from shared.errors import BrokerUnavailable
from shared.topology import (
    BULK_QUEUE,
    DEAD_LETTER_EXCHANGE,
    DEAD_LETTER_QUEUE,
    EVENTS_EXCHANGE,
    INGEST_QUEUE,
    ISOLATION_QUEUE,
    queue_arguments,
)

CONNECT_SECONDS = 10
QUESTION_SECONDS = 5
CLOSE_SECONDS = 2
DEFAULT_EXCHANGE = ""
NOWHERE = "logmill.doctor.nowhere"
"""A routing key of no queue."""
OWN_QUEUE = "amq_logmill_doctor"
"""Called as the queues are that each api makes for itself, and consumes; there is none of this name."""
NO_EXPIRY: FieldTable = {"x-expires": "refuse this"}
NO_PRIORITY: FieldTable = {"x-priority": "refuse this"}
EXCHANGES = {DEAD_LETTER_EXCHANGE: aio_pika.ExchangeType.DIRECT, EVENTS_EXCHANGE: aio_pika.ExchangeType.TOPIC}
READS: Mapping[str, tuple[str, ...]] = {
    "api": (OWN_QUEUE,),
    "worker": (INGEST_QUEUE, BULK_QUEUE, ISOLATION_QUEUE),
    "aggregator": (DEAD_LETTER_QUEUE,),
}
"""The queues that each service consumes."""
WRITES: Mapping[str, tuple[str, ...]] = {
    "api": (DEFAULT_EXCHANGE, EVENTS_EXCHANGE),
    "worker": (DEFAULT_EXCHANGE, DEAD_LETTER_EXCHANGE),
    "aggregator": (DEFAULT_EXCHANGE, EVENTS_EXCHANGE),
}
"""The exchanges that each service publishes to."""
CODES: Mapping[type[BaseException], str] = {
    ChannelNotFoundEntity: NOT_FOUND,
    ChannelAccessRefused: REFUSED,
    ChannelLockedResource: "405",
    ChannelPreconditionFailed: OTHER_ARGUMENTS,
    ProbableAuthenticationError: LOGIN,
}

T = TypeVar("T")


async def gather_broker(settings: DoctorSettings) -> BrokerFacts | Failure:
    """Connects as the service does and asks; a Failure where there is no connection."""
    secrets = secrets_of(settings)

    async def connect() -> AbstractConnection:
        properties: FieldTable = {"connection_name": "logmill-doctor"}
        return await aio_pika.connect(settings.rabbitmq_url.get_secret_value(), client_properties=properties)

    connection = await asked(connect(), secrets, CONNECT_SECONDS)
    if isinstance(connection, Failure):
        return connection
    try:
        return await Questions(connection, settings, secrets).ask()
    finally:
        with suppress(BrokerUnavailable, TimeoutError), transport_errors():  # one that is blocked does not answer
            await asyncio.wait_for(connection.close(), CLOSE_SECONDS)


class Questions:
    """All that is asked of one virtual host, side by side."""

    def __init__(self, connection: AbstractConnection, settings: DoctorSettings, secrets: frozenset[str]) -> None:
        self._connection = connection
        self._service = settings.service
        self._arguments = queue_arguments(settings)
        self._secrets = secrets

    async def ask(self) -> BrokerFacts:
        """Every answer. Publishing comes last: a broker with an alarm reads nothing after it."""
        queues = await _each(self._arguments, self._queue)
        exchanges = await _each(EXCHANGES, self._exchange)
        reads = await _each(READS[self._service], self._read)
        writes = await _each(WRITES[self._service], self._write)
        return BrokerFacts(self._version(), queues, exchanges, reads, writes)

    def _version(self) -> str:
        transport = self._connection.transport
        properties = transport.connection.server_properties if transport else {}
        return str(properties.get("version", ""))

    async def _queue(self, name: str) -> Queue | Failure:
        found = await self._on_channel(lambda channel: channel.declare_queue(name, passive=True))
        if isinstance(found, Failure):
            return found
        counts = found.declaration_result
        refusal = await self._on_channel(
            lambda channel: channel.declare_queue(name, durable=True, arguments=self._arguments[name])
        )
        return Queue(counts.message_count or 0, counts.consumer_count or 0, _failure(refusal))

    async def _exchange(self, name: str) -> Failure | None:
        found = await self._on_channel(lambda channel: channel.declare_exchange(name, passive=True))
        if isinstance(found, Failure):
            return found
        kind = EXCHANGES[name]
        return _failure(await self._on_channel(lambda channel: channel.declare_exchange(name, kind, durable=True)))

    async def _read(self, queue: str) -> Failure | None:
        async def consume(channel: AbstractChannel) -> None:
            await channel.set_qos(prefetch_count=1)
            refused = await channel.get_queue(queue, ensure=False)
            await refused.consume(_give_back, arguments=NO_PRIORITY)

        if queue == OWN_QUEUE and (refusal := await self._make(queue)) is not None:
            return refusal
        return _expected(await self._on_channel(consume))

    async def _make(self, queue: str) -> Failure | None:
        """Why a queue cannot be made, and bound to the events; this one never is: it may not expire like that."""

        async def bind(channel: AbstractChannel) -> None:
            missing = await channel.get_queue(queue, ensure=False)
            await missing.bind(EVENTS_EXCHANGE, NOWHERE)

        declared = await self._on_channel(
            lambda channel: channel.declare_queue(queue, exclusive=True, auto_delete=True, arguments=NO_EXPIRY)
        )
        return _expected(_failure(declared)) or _expected(await self._on_channel(bind))

    async def _write(self, exchange: str) -> Failure | None:
        async def publish(channel: AbstractChannel) -> None:
            target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
            with suppress(PublishError):  # that it leads nowhere
                await target.publish(aio_pika.Message(b""), NOWHERE, mandatory=True)

        return await self._on_channel(publish)

    async def _on_channel(self, question: Callable[[AbstractChannel], Awaitable[T]]) -> T | Failure:
        async def ask() -> T:
            channel = await self._connection.channel(on_return_raises=True)
            answer = await question(channel)
            await channel.close()
            return answer

        return await asked(ask(), self._secrets, QUESTION_SECONDS)


async def _give_back(message: AbstractIncomingMessage) -> None:
    """For a RabbitMQ that takes such a priority after all."""
    await message.nack()


async def _each(names: Mapping[str, object] | tuple[str, ...], ask: Callable[[str], Awaitable[T]]) -> dict[str, T]:
    return dict(zip(names, await asyncio.gather(*map(ask, names)), strict=True))


def _expected(answer: Failure | None) -> Failure | None:
    """None where RabbitMQ only minds that the queue is not there, or what it is asked for: then it may be asked."""
    return None if answer is None or answer.code in (NOT_FOUND, OTHER_ARGUMENTS) else answer


def _failure(answer: object) -> Failure | None:
    return answer if isinstance(answer, Failure) else None


async def asked(question: Awaitable[T], secrets: frozenset[str], seconds: float) -> T | Failure:
    """The answer, or why there is none within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            with transport_errors():
                return await question
    except TimeoutError:
        return Failure(TIMED_OUT, f"no answer within {seconds:g} s")
    except BrokerUnavailable as error:
        return failure_of(error.__cause__ or error, secrets)


def failure_of(error: BaseException, secrets: frozenset[str]) -> Failure:
    """A library's error as a fact."""
    text = str(error.args[0] if error.args else error) or type(error).__name__
    if all(name in str(error) for name in VHOST_REFUSED):
        return Failure(VHOST, "the connection was closed when the virtual host was opened")
    if (code := CODES.get(type(error))) is not None:
        return Failure(code, masked(text, secrets))
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(cause, OSError):
        return Failure(UNREACHABLE, masked(why_unreachable(cause), secrets))
    return Failure(type(error).__name__, masked(text, secrets))
