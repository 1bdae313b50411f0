"""What RabbitMQ's management API tells: nodes, alarms, members of queues, who is connected. It is only read."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from cli.doctor.facts import TIMED_OUT, UNREACHABLE, Clock, Failure, ManagedQueue, ManagementFacts, Node
from shared.topology import DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE

QUESTION_SECONDS = 5
HALF_A_SECOND = 0.5
"""A Date header is cut to the second: on average it is half a second later, give or take as much."""
ILLEGIBLE = (ValueError, TypeError, KeyError, AttributeError)

T = TypeVar("T")


async def gather_management(url: str, vhost: str) -> ManagementFacts | Failure:
    """Asks as the api does for its queue status; a Failure where nobody answers, or the login is refused."""
    try:
        async with httpx.AsyncClient(base_url=url, timeout=QUESTION_SECONDS, trust_env=False) as client:
            return await _ask(client, quote(vhost, safe=""))
    except httpx.InvalidURL:
        return Failure(UNREACHABLE, "the address is no URL")


async def _ask(client: httpx.AsyncClient, vhost: str) -> ManagementFacts | Failure:
    asked_at, began = time.time(), time.monotonic()
    answer = await _get(client, "/api/whoami")
    half = (time.monotonic() - began) / 2
    if isinstance(answer, Failure):
        return answer
    queues, nodes, connections, route = await asyncio.gather(
        _read(client, f"/api/queues/{vhost}", read_queues),
        _read(client, "/api/nodes", read_nodes),
        _read(client, f"/api/vhosts/{vhost}/connections", read_connections),
        _read(client, f"/api/queues/{vhost}/{DEAD_LETTER_QUEUE}/bindings", has_route),
    )
    clock = clock_of(answer.headers.get("Date", ""), asked_at + half, half)
    return ManagementFacts(clock, nodes, queues, connections, route)


async def _get(client: httpx.AsyncClient, path: str) -> httpx.Response | Failure:
    try:
        async with asyncio.timeout(QUESTION_SECONDS):
            answer = await client.get(path)
    except (TimeoutError, httpx.TimeoutException):
        return Failure(TIMED_OUT, f"no answer within {QUESTION_SECONDS} s")
    except httpx.HTTPError as error:
        return Failure(UNREACHABLE, type(error).__name__)
    if not answer.is_success:
        return Failure(str(answer.status_code), f"{path} answers {answer.status_code} {answer.reason_phrase}".rstrip())
    return answer


async def _read(client: httpx.AsyncClient, path: str, read: Callable[[Any], T]) -> T | Failure:
    answer = await _get(client, path)
    if isinstance(answer, Failure):
        return answer
    try:
        return read(answer.json())
    except ILLEGIBLE as error:
        return Failure(type(error).__name__, f"{path} is not answered as RabbitMQ does")


def clock_of(header: str, here_seconds: float, uncertainty_seconds: float) -> Clock | Failure:
    """The clock that a Date header was written by, against `here_seconds` (POSIX time)."""
    try:
        there = parsedate_to_datetime(header).timestamp() + HALF_A_SECOND
    except ILLEGIBLE as error:
        return Failure(type(error).__name__, "no Date header that can be read")
    return Clock(there - here_seconds, uncertainty_seconds + HALF_A_SECOND)


def read_nodes(answer: Sequence[Mapping[str, Any]]) -> list[Node]:
    """The elements of /api/nodes."""
    return [
        Node(
            each["name"],
            is_running=each.get("running") is True,
            has_memory_alarm=each.get("mem_alarm") is True,
            has_disk_alarm=each.get("disk_free_alarm") is True,
            disk_free_bytes=_size(each.get("disk_free")),
            disk_limit_bytes=_size(each.get("disk_free_limit")),
            cut_off=tuple(map(str, each.get("partitions") or ())),
        )
        for each in answer
    ]


def read_queues(answer: Sequence[Mapping[str, Any]]) -> dict[str, ManagedQueue]:
    """The elements of /api/queues/VHOST by name."""
    return {
        each["name"]: ManagedQueue(
            dict(each.get("arguments") or {}),
            _size(each.get("message_bytes")),
            tuple(map(str, each.get("members") or ())),
            tuple(map(str, each.get("online") or ())),
        )
        for each in answer
    }


def read_connections(answer: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many connections there are of each name."""
    names = (each.get("client_properties", {}).get("connection_name") for each in answer)
    return dict(Counter(str(name) for name in names if name))


def has_route(answer: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the dead-letter exchange leads to the dead-letter queue."""
    wanted = (DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE)
    return any((each["source"], each["routing_key"]) == wanted for each in answer)


def _size(value: object) -> int | None:
    """Bytes; before a node has measured it says something else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
