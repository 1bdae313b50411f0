"""What is published, and what becomes of the delivery, whatever RabbitMQ says to the copy."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import ChannelInvalidStateError, DeliveryError
from pamqp.commands import Basic
from prometheus_client import CollectorRegistry

from services.worker import settling
from services.worker.metrics import OUTCOMES, WorkerMetrics
from services.worker.settlement import Ack, DeadLetter, GiveBack, Isolate, Retry, Settlement
from services.worker.settling import Settling
from shared.attempts import Attempt
from shared.clock import SYSTEM_CLOCK
from shared.lifecycle import Stop
from shared.topology import DEAD_LETTER_QUEUE, ISOLATION_QUEUE, RETRY_QUEUE

TRIED = (Attempt("first"),)
RETRY, ISOLATE, DEAD = Retry(TRIED), Isolate(TRIED), DeadLetter("bad_checksum", "why", TRIED)

Publish = Callable[[], object]


class FakeChannel:
    """Notes the copies it takes; `answer` raises what the library would raise, or never comes back."""

    def __init__(self, answer: Publish) -> None:
        self.answer = answer
        self.asked = 0
        self.copies: list[tuple[str, aio_pika.Message]] = []
        self.default_exchange = self

    async def get_exchange(self, _name: str, *, ensure: bool) -> "FakeChannel":
        assert not ensure
        return self

    async def publish(self, copy: aio_pika.Message, queue: str) -> None:
        self.asked += 1
        if asyncio.iscoroutine(waits := self.answer()):
            await waits
        self.copies.append((queue, copy))


class FakeMessage:
    """A delivery; notes what becomes of it."""

    body, timestamp, message_id, type = b"body", None, "id", "line_batch"
    content_type = content_encoding = None

    def __init__(self, channel_is_closed: bool = False) -> None:
        self.headers: dict[str, Any] = {"job_id": "a", "odd": b"\xe9", "x-death": [], "x-delivery-count": 1}
        self.channel = SimpleNamespace(is_closed=channel_is_closed)
        self.fate: list[str] = []

    async def ack(self) -> None:
        if self.channel.is_closed:
            raise ChannelInvalidStateError("closed")
        self.fate.append("acked")

    async def nack(self, *, requeue: bool) -> None:
        self.fate.append("returned" if requeue else "dropped")

    async def reject(self, *, requeue: bool) -> None:
        self.fate.append("returned" if requeue else "rejected")


class Parts:
    """A Settling, and what it works with."""

    def __init__(self, answer: Publish, is_stopped: bool = False) -> None:
        self.registry = CollectorRegistry()
        self.channel = FakeChannel(answer)
        self.stop = Stop()
        if is_stopped:
            self.stop.set()
        publisher = cast(AbstractChannel, self.channel)
        self.settling = Settling(publisher, WorkerMetrics(self.registry), SYSTEM_CLOCK, self.stop)

    async def settle(self, message: FakeMessage, settlement: Settlement) -> bool:
        return await self.settling.settle(cast(AbstractIncomingMessage, message), settlement)

    @property
    def counted(self) -> list[str]:
        name = "logmill_worker_batches_total"
        return [outcome for outcome in OUTCOMES if self.registry.get_sample_value(name, {"outcome": outcome})]


def takes() -> None:
    """Confirmed."""


def refuses() -> None:
    raise DeliveryError(None, Basic.Nack())


def is_away() -> None:
    raise ChannelInvalidStateError("away")


def loses_it() -> None:
    raise asyncio.CancelledError


def cannot_encode() -> None:
    raise TypeError("odd error: Unknown type")


def is_blocked() -> object:
    return asyncio.Event().wait()


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PUBLISH_TIMEOUT_SECONDS", "BRIEF_TIMEOUT_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(settling, name, 0.01)


@pytest.mark.parametrize(
    ("settlement", "queue", "told", "counted"),
    [
        (Ack("stored"), None, {}, "stored"),
        (Ack("duplicate"), None, {}, "duplicate"),
        (RETRY, RETRY_QUEUE, {"attempts"}, "retried"),
        (ISOLATE, ISOLATION_QUEUE, {"attempts"}, "isolated"),
        (DEAD, DEAD_LETTER_QUEUE, {"reason", "detail", "attempts"}, "dead_lettered"),
        (DeadLetter("a", "b", (), "t"), DEAD_LETTER_QUEUE, {"reason", "detail", "attempts", "trace"}, "dead_lettered"),
        (GiveBack(), RETRY_QUEUE, set(), "given_back"),
        (GiveBack(alone=True), ISOLATION_QUEUE, set(), "given_back"),
    ],
)
@pytest.mark.parametrize("is_stopped", [False, True])
async def test_where_a_copy_goes(
    settlement: Settlement, queue: str | None, told: set[str], counted: str, is_stopped: bool
) -> None:
    parts, message = Parts(takes, is_stopped), FakeMessage()
    assert await parts.settle(message, settlement)
    assert message.fate == ["acked"]
    assert [place for place, _ in parts.channel.copies] == ([] if queue is None else [queue])
    for _, copy in parts.channel.copies:
        assert set(copy.headers) == {"job_id", "odd"} | told
        assert copy.headers["odd"] == bytearray(b"\xe9")
    assert parts.counted == [counted]


@pytest.mark.parametrize("settlement", [RETRY, ISOLATE, DEAD, GiveBack(), GiveBack(alone=True)])
@pytest.mark.parametrize(
    ("answer", "is_stopped", "fate", "counted"),
    [
        (refuses, False, "postponed", []),
        (is_away, False, "postponed", []),
        (loses_it, False, "postponed", []),
        (is_blocked, False, "postponed", []),
        (refuses, True, "returned", ["given_back"]),
        (is_away, True, "returned", ["given_back"]),
        (loses_it, True, "returned", ["given_back"]),
        (is_blocked, True, "returned", ["given_back"]),
        (cannot_encode, False, "rejected", ["dead_lettered"]),
        (cannot_encode, True, "rejected", ["dead_lettered"]),
    ],
)
async def test_what_becomes_of_a_delivery_without_its_copy(
    settlement: Settlement, answer: Publish, is_stopped: bool, fate: str, counted: list[str]
) -> None:
    parts, message = Parts(answer, is_stopped), FakeMessage()
    assert await parts.settle(message, settlement) is (fate == "rejected")
    assert parts.settling.has_postponed is (fate == "postponed")
    assert parts.settling.has_postponed_work is (fate == "postponed" and settlement is not ISOLATE)
    assert message.fate == ([] if fate == "postponed" else [fate])
    assert parts.counted == counted


@pytest.mark.parametrize("settlement", [Ack("stored"), RETRY, DEAD, GiveBack()])
async def test_nothing_can_be_done_for_a_lost_delivery(settlement: Settlement) -> None:
    parts, message = Parts(takes), FakeMessage(channel_is_closed=True)
    assert await parts.settle(message, settlement)
    assert (parts.channel.copies, message.fate, parts.counted) == ([], [], [])


async def test_what_was_postponed_is_settled_once_there_is_room() -> None:
    parts, messages = Parts(refuses), [FakeMessage(), FakeMessage()]
    for message in messages:
        await parts.settle(message, RETRY)
    parts.channel.answer = takes
    settling_them = asyncio.create_task(parts.settling.settle_postponed())
    async with asyncio.timeout(5):
        while parts.settling.has_postponed:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0)
    assert [message.fate for message in messages] == [["acked"]] * 2
    parts.stop.set()
    await settling_them


async def test_the_stop_returns_what_was_postponed_and_asks_nobody() -> None:
    parts, messages = Parts(refuses), [FakeMessage(), FakeMessage()]
    for message in messages:
        await parts.settle(message, DEAD)
    asked = parts.channel.asked
    parts.stop.set()
    await parts.settling.settle_postponed()
    await parts.settling.return_postponed()
    assert [message.fate for message in messages] == [["returned"]] * 2
    assert parts.channel.asked == asked
