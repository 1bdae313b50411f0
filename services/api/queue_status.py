"""How full the pipeline's queues are, as RabbitMQ's management API tells it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

import httpx
from pydantic import BaseModel, Field

from services.api.settings import ApiSettings
from shared.clock import SYSTEM_CLOCK, Clock
from shared.errors import BrokerUnavailable
from shared.logs import get_logger
from shared.topology import DEAD_LETTER_QUEUE, PIPELINE_QUEUES

TIMEOUT_SECONDS = 8
"""In a cluster one of whose nodes is away, RabbitMQ takes up to 5 to answer."""

log = get_logger(__name__)


class QueueNumbers(BaseModel):
    """One queue; null is unknown. Rates are messages per second."""

    ready: int | None = None
    unacked: int | None = None
    consumers: int | None = None
    publish_rate: float | None = None
    deliver_rate: float | None = None


class QueueStatus(BaseModel):
    """Every queue of the pipeline; `available` is false while the broker cannot be asked."""

    queues: dict[str, QueueNumbers]
    dlq_depth: int | None = Field(description="messages not yet recorded as dead letters")
    available: bool


class QueueMeter(Protocol):
    """Reads the queues' numbers, by queue name; raises BrokerUnavailable. Unknown queues are left out."""

    async def __call__(self) -> Mapping[str, QueueNumbers]: ...


async def unmetered() -> Mapping[str, QueueNumbers]:
    """The meter of a suite whose settings name no management API."""
    return {}


@asynccontextmanager
async def open_queue_meter(settings: ApiSettings, clock: Clock = SYSTEM_CLOCK) -> AsyncIterator[QueueMeter]:
    """A meter on the management API the settings name, asked at most once every `queue_status_seconds`."""
    if settings.rabbitmq_management_url is None:
        yield unmetered
        return
    url = settings.rabbitmq_management_url.get_secret_value()
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        path = queues_path(settings.rabbitmq_url.get_secret_value())
        yield Recent(lambda: fetch_numbers(client, path), settings.queue_status_seconds, clock)


class Recent:
    """Answers again what `read` answered, or raised, less than `seconds` ago; callers share a reading."""

    def __init__(self, read: Callable[[], Awaitable[Mapping[str, QueueNumbers]]], seconds: float, clock: Clock) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._lock = asyncio.Lock()
        self._read_at: float | None = None
        self._numbers: Mapping[str, QueueNumbers] = {}
        self._error: BrokerUnavailable | None = None

    async def __call__(self) -> Mapping[str, QueueNumbers]:
        async with self._lock:
            if self._read_at is None or self._clock.monotonic() - self._read_at >= self._seconds:
                await self._renew()
        if self._error is not None:
            raise BrokerUnavailable(str(self._error)) from self._error
        return self._numbers

    async def _renew(self) -> None:
        try:
            self._numbers, self._error = await self._read(), None
        except BrokerUnavailable as error:
            self._error = error
        self._read_at = self._clock.monotonic()


async def fetch_numbers(client: httpx.AsyncClient, path: str) -> Mapping[str, QueueNumbers]:
    """Asks the management API; raises BrokerUnavailable for whatever it does not answer properly."""
    try:
        answer = await client.get(path)
        answer.raise_for_status()
        queues = [queue for queue in answer.json() if queue["name"] in PIPELINE_QUEUES]
        return {queue["name"]: read_numbers(queue) for queue in queues}
    except (httpx.HTTPError, ValueError, TypeError, KeyError) as error:
        raise BrokerUnavailable(f"RabbitMQ's management API: {type(error).__name__}") from error


def queues_path(amqp_url: str) -> str:
    """The management API's path for the queues of the URL's virtual host."""
    virtual_host = unquote(urlsplit(amqp_url).path.removeprefix("/")) or "/"
    return f"/api/queues/{quote(virtual_host, safe='')}"


def read_numbers(queue: Mapping[str, Any]) -> QueueNumbers:
    """The numbers of one element of the management API's list of queues."""
    rates = queue.get("message_stats") or {}
    return QueueNumbers(
        ready=queue.get("messages_ready"),
        unacked=queue.get("messages_unacknowledged"),
        consumers=queue.get("consumers"),
        publish_rate=rates.get("publish_details", {}).get("rate"),
        deliver_rate=rates.get("deliver_get_details", {}).get("rate"),
    )


async def read_queue_status(meter: QueueMeter) -> QueueStatus:
    """The status as answered; never raises because the broker is away."""
    try:
        numbers, available = await meter(), True
    except BrokerUnavailable as error:
        log.warning("queue numbers are not available", error=str(error))
        numbers, available = {}, False
    queues = {name: numbers.get(name, QueueNumbers()) for name in PIPELINE_QUEUES}
    return QueueStatus(queues=queues, dlq_depth=queues[DEAD_LETTER_QUEUE].ready, available=available)
