"""Deliveries from their request to the queue: a place once, whoever races, and published until RabbitMQ has it."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from aio_pika.abc import AbstractChannel
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route

from deploy.local.rabbitmq import RabbitmqEndpoint
from services.api import reads
from services.api.__main__ import build_webhooks
from services.api.congestion import HeldUp
from services.api.context import Context, build_context
from services.api.jobs import job_links
from services.api.metrics import WEBHOOK_RESULTS, ApiMetrics
from services.api.middleware import http_middleware
from services.api.problems import ERROR_HANDLERS
from services.api.publisher import Publisher, unblocked
from services.api.queue_status import unmetered
from services.api.settings import ApiSettings
from services.api.webhooks import intake, outbox
from services.api.webhooks import registry as registry_module
from services.api.webhooks.deliveries import Delivery, DeliveryKey, Feed
from services.api.webhooks.intake import Intake, Withdrawn
from services.api.webhooks.outbox import Outbox
from services.api.webhooks.places import BatchKey, Place
from services.api.webhooks.registry import RETRY_SECONDS, Entered, Settled, WebhookRegistry
from services.api.webhooks.signatures import signature_of
from shared.broker import open_connection
from shared.clock import SYSTEM_CLOCK
from shared.database import Database, open_database
from shared.lifecycle import Stop
from shared.messages import LineBatch, decode
from shared.topology import INGEST_QUEUE, open_channel
from tests.integration.api.owner import Owner
from tests.integration.api.seed import Seed
from tests.support.proxy import Proxy, proxied

TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BATCH_BYTES = 1000
BATCHES = "SELECT * FROM webhook_batches WHERE job_id = $1 ORDER BY batch_no"
DELIVERIES = "SELECT * FROM webhook_deliveries WHERE job_id = $1 ORDER BY line_no"
SECRET = "It's a Secret to Everybody"
PATIENCE_SECONDS = 1


def delivery(
    owner: Owner, delivery_id: str = "", name: str = "octo/widget", day: date = TODAY, lines: int = 1
) -> Delivery:
    """One that knows itself in each of its lines."""
    key = DeliveryKey(owner.user_id, delivery_id or str(uuid4()))
    line = json.dumps({"delivery": key.delivery_id}).encode() + b"\n"
    return Delivery(key, Feed(owner.user_id, name, day), "push", None, NOW, line * lines, lines)


@pytest.fixture
def registry(database: Database) -> WebhookRegistry:
    return WebhookRegistry(database, BATCH_BYTES)


@pytest.fixture
async def other_registry(settings: ApiSettings) -> AsyncIterator[WebhookRegistry]:
    """Another api's."""
    async with open_database(settings, Stop(), pool_size=10) as database:
        yield WebhookRegistry(database, BATCH_BYTES)


@dataclass(frozen=True)
class Kept:
    """What PostgreSQL has."""

    database: Database

    async def rows(self, statement: str, *arguments: object) -> list[dict[str, Any]]:
        async with self.database.acquire() as connection:
            return [dict(row) for row in await connection.fetch(statement, *arguments)]

    async def count(self, table: str) -> int:
        return len(await self.rows(f"SELECT 1 FROM {table}"))

    async def assert_no_gaps(self) -> None:
        """Of every feed, batches, lines and bytes follow each other to where it goes on, and all lie in batches."""
        for feed in await self.rows("SELECT * FROM webhook_feeds"):
            batches = await self.rows(
                "SELECT * FROM webhook_batches WHERE job_id = $1 ORDER BY batch_no", feed["job_id"]
            )
            lines = await self.rows(
                "SELECT * FROM webhook_deliveries WHERE job_id = $1 ORDER BY line_no", feed["job_id"]
            )
            assert follow(batches, "batch_no", None, 0) == feed["next_batch"]
            assert follow(batches, "first_line", "line_count", 1) == feed["next_line"]
            assert follow(batches, "byte_offset", "body_bytes", 0) == feed["next_byte"]
            assert follow(lines, "line_no", "line_count", 1) == feed["next_line"]
            assert {row["batch_no"] for row in lines} == {row["batch_no"] for row in batches}


def follow(rows: list[dict[str, Any]], place: str, length: str | None, start: int) -> int:
    """Where the rows end, each of which begins where the one before it ends."""
    for row in rows:
        assert row[place] == start
        start += row[length] if length else 1
    return start


@pytest.fixture
def kept(database: Database) -> Kept:
    return Kept(database)


# A place, once


async def test_a_feed_begins_with_its_job(ann: Owner, registry: WebhookRegistry, kept: Kept) -> None:
    sent = [delivery(ann, lines=2), delivery(ann, name="octo/other"), delivery(ann)]
    entered = await registry.enter(sent)
    first, other, last = (entered.places[each.key] for each in sent)
    assert (first.batch, first.line_no, first.line_count) == (last.batch, 1, 2)
    assert all(place.is_new and place.is_waiting for place in entered.places.values())
    assert (last.line_no, other.line_no, other.batch.batch_no) == (3, 1, 0)
    assert {batch.body for batch in entered.batches} == {sent[0].lines + sent[2].lines, sent[1].lines}
    assert {batch.hints.format for batch in entered.batches} == {"github"}
    jobs = await kept.rows("SELECT * FROM jobs ORDER BY file_name")
    assert [job["file_name"] for job in jobs] == ["octo/other 2026-11-22", "octo/widget 2026-11-22"]
    for job in jobs:
        assert (job["source"], job["status"], job["bytes_total"], job["lines_read"]) == ("github", "receiving", None, 0)
        assert job["owner_id"] == ann.user_id
        assert job["started_at"] is not None
    await kept.assert_no_gaps()


async def test_a_place_does_not_change(ann: Owner, bob: Owner, registry: WebhookRegistry, kept: Kept) -> None:
    """Nor is it another's, or that of the day on which it comes again."""
    sent = delivery(ann, "one")
    place = (await registry.enter([sent])).places[sent.key]
    again = [replace(sent, feed=feed) for feed in (sent.feed, sent.feed._replace(day=TOMORROW))]
    for repeated in again:
        entered = await registry.enter([repeated, delivery(ann)])
        assert entered.places[sent.key] == replace(place, is_new=False)
        assert len(entered.batches) == 1
    assert await registry.find(sent.key) == replace(place, is_new=False)
    assert await registry.find(DeliveryKey(bob.user_id, "one")) is None
    theirs = (await registry.enter([delivery(bob, "one")])).places[DeliveryKey(bob.user_id, "one")]
    assert theirs.batch.job_id != place.batch.job_id
    assert await kept.count("webhook_feeds") == 2
    await kept.assert_no_gaps()


async def test_two_apis_at_once(
    ann: Owner, bob: Owner, registry: WebhookRegistry, other_registry: WebhookRegistry, kept: Kept
) -> None:
    """Each of the same deliveries in groups of their own, of feeds that nobody has begun."""
    sent = [
        delivery(owner, f"{number}", f"octo/{number % 3}", lines=1 + number % 4)
        for owner in (ann, bob)
        for number in range(30)
    ]
    groups = [sent[start::step] for step in (1, 2, 3, 7) for start in range(step)]
    entered = await asyncio.gather(
        *(each.enter(group) for group in groups for each in (registry, other_registry)),
    )
    places: dict[DeliveryKey, set[Place]] = {}
    for one in entered:
        for key, place in one.places.items():
            places.setdefault(key, set()).add(replace(place, is_new=False))
    assert {len(found) for found in places.values()} == {1}
    assert len(places) == len(sent) == await kept.count("webhook_deliveries")
    assert await kept.count("jobs") == await kept.count("webhook_feeds") == 6
    published = Counter(batch.message_id for one in entered for batch in one.batches)
    assert set(published.values()) == {1}
    assert sum(published.values()) == await kept.count("webhook_batches")
    await kept.assert_no_gaps()


async def test_two_apis_at_midnight(
    ann: Owner, registry: WebhookRegistry, other_registry: WebhookRegistry, kept: Kept
) -> None:
    """The same delivery on either side of it: in one job, and no line is missing in the other."""
    for number in range(10):
        early = delivery(ann, f"{number}", lines=2)
        late = replace(early, feed=early.feed._replace(day=TOMORROW))
        await asyncio.gather(
            registry.enter([early, delivery(ann)]), other_registry.enter([late, delivery(ann, day=TOMORROW)])
        )
    assert await kept.count("webhook_deliveries") == 30
    await kept.assert_no_gaps()


async def test_a_feed_that_is_closed_is_begun_anew(
    ann: Owner, registry: WebhookRegistry, kept: Kept, seed: Seed
) -> None:
    before, after = delivery(ann), delivery(ann)
    first = (await registry.enter([before])).places[before.key]
    await seed.change("UPDATE webhook_feeds SET closed_at = now()")
    entered = await registry.enter([before, after])
    assert entered.places[before.key] == replace(first, is_new=False)
    second = entered.places[after.key]
    assert (second.line_no, second.batch.job_id == first.batch.job_id) == (1, False)


async def test_batches_are_bounded(ann: Owner, registry: WebhookRegistry, kept: Kept) -> None:
    sent = [delivery(ann, lines=count) for count in (1, 200, 1, 5, 5, 5)]
    entered = await registry.enter(sent)
    sizes = sorted(len(batch.body) for batch in entered.batches)
    assert [size > BATCH_BYTES for size in sizes] == [False] * (len(sizes) - 1) + [True]
    assert sum(sizes) == sum(len(each.lines) for each in sent)
    await kept.assert_no_gaps()


async def test_what_is_loaded_is_what_was_entered(ann: Owner, registry: WebhookRegistry) -> None:
    await ann.ask("/api/keywords", "PUT", json={"keywords": ["boom"]})
    sent = [delivery(ann, lines=3), delivery(ann, name="octo/other")]
    for batch in (await registry.enter(sent)).batches:
        key = BatchKey(batch.job_id, batch.batch_no)
        assert await registry.load(key) == batch
        assert batch.hints.keywords == ("boom",)
        await registry.settle([key])
        assert await registry.load(key) is None


async def test_what_is_loaded_goes_on_in_its_trace(ann: Owner, registry: WebhookRegistry) -> None:
    (batch,) = (await registry.enter([replace(delivery(ann), traceparent="00-a-b-01")])).batches
    assert batch.traceparent == "00-a-b-01"
    assert await registry.load(BatchKey(batch.job_id, batch.batch_no)) == batch


async def test_what_is_settled_counts_once(ann: Owner, registry: WebhookRegistry, kept: Kept) -> None:
    sent = [delivery(ann, lines=3), delivery(ann, name="octo/other"), delivery(ann, lines=400)]
    entered = await registry.enter(sent)
    keys = {entered.places[each.key].batch for each in sent}
    told = await asyncio.gather(*(registry.settle(keys) for _ in range(4)))
    assert sum(settled.line_count for settled in told) == 404
    assert (await registry.settle([])).line_count == 0
    jobs = await kept.rows("SELECT lines_read, bytes_received FROM jobs ORDER BY lines_read")
    sizes = [len(each.lines) for each in sent]
    assert jobs == [
        {"lines_read": 1, "bytes_received": sizes[1]},
        {"lines_read": 403, "bytes_received": sizes[0] + sizes[2]},
    ]
    found = await registry.find(sent[0].key)
    assert found is not None
    assert not found.is_waiting


async def test_a_job_that_is_held_keeps_no_other_waiting(
    ann: Owner, registry: WebhookRegistry, kept: Kept, seed: Seed
) -> None:
    sent = [delivery(ann, name=f"octo/{name}", lines=lines) for name, lines in (("held", 1), ("gone", 2), ("free", 4))]
    entered = await registry.enter(sent)
    held, gone, free = (entered.places[each.key].batch for each in sent)
    await seed.change("DELETE FROM jobs WHERE job_id = $1", gone.job_id)
    async with kept.database.transaction() as connection:
        await connection.execute("SELECT 1 FROM jobs WHERE job_id = $1 FOR UPDATE", held.job_id)
        settled = await registry.settle([held, gone, free])
        assert (settled.keys, settled.line_count) == ({gone, free}, 4)
    assert await registry.settle([held]) == Settled({held}, 1)


async def test_what_is_left_lying_is_claimed_by_one(
    ann: Owner, registry: WebhookRegistry, other_registry: WebhookRegistry, seed: Seed
) -> None:
    for _ in range(8):
        await registry.enter([delivery(ann)])
    assert await registry.claim() == []
    await seed.change("UPDATE webhook_batches SET tried_at = now() - make_interval(secs => $1)", RETRY_SECONDS + 1)
    claims = await asyncio.gather(*(each.claim() for each in (registry, other_registry) * 3))
    assert sorted(key.batch_no for claim in claims for key in claim) == list(range(8))
    assert await registry.claim() == []


async def test_one_that_postgresql_refuses_is_not_the_others_fault(
    ann: Owner, registry: WebhookRegistry, path: "Path"
) -> None:
    """An owner who is gone, as an example."""
    gone = replace(ann, user_id=UUID(int=1))
    sent = [delivery(ann), delivery(gone), delivery(ann)]
    outcomes = await asyncio.gather(*map(path.intake.accept, sent), return_exceptions=True)
    assert [isinstance(outcome, Place) for outcome in outcomes] == [True, False, True]


# To the queue


@dataclass(frozen=True)
class Path:
    """The way of a delivery through one api, and the queue at its end."""

    context: Context
    publisher: Publisher
    registry: WebhookRegistry
    outbox: Outbox
    intake: Intake
    metrics: ApiMetrics
    channel: AbstractChannel

    async def published(self) -> list[LineBatch]:
        """All batches in the queue; takes them out."""
        queue = await self.channel.get_queue(INGEST_QUEUE, ensure=False)
        found = []
        while (message := await queue.get(no_ack=True, fail=False)) is not None:
            found.append(decode(message.body, message.type, message.headers))
        return found


@pytest.fixture
def way(rabbitmq: RabbitmqEndpoint) -> Iterator[Proxy]:
    """To RabbitMQ."""
    with proxied(urlsplit(rabbitmq.url).port or 5672) as proxy:
        yield proxy


@pytest.fixture
async def path(
    settings: ApiSettings, database: Database, rabbitmq: RabbitmqEndpoint, way: Proxy
) -> AsyncIterator[Path]:
    url = urlsplit(rabbitmq.url)
    through = url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{way.port}").geturl()
    own = settings.model_copy(update={"rabbitmq_url": SecretStr(through), "webhook_answer_seconds": PATIENCE_SECONDS})
    context = build_context(own, database, unmetered)
    async with open_connection(own, Stop(), "publish") as connection:
        channel, _ = await open_channel(connection, own, Stop(), returns_raise=True)
        metrics = ApiMetrics(CollectorRegistry())
        publisher = Publisher(channel, unblocked(connection), own, metrics, SYSTEM_CLOCK)
        registry = WebhookRegistry(database, BATCH_BYTES)
        box = Outbox(registry, publisher, metrics, patience_seconds=PATIENCE_SECONDS)
        taking_in = Intake(registry, box, publisher, SYSTEM_CLOCK)
        yield Path(context, publisher, registry, box, taking_in, metrics, await connection.channel())


async def test_many_at_once_are_few_batches(ann: Owner, path: Path, kept: Kept) -> None:
    sent = [delivery(ann, lines=1 + number % 2) for number in range(100)]
    places = await asyncio.gather(*map(path.intake.accept, sent * 2))
    assert Counter(place.is_new for place in places) == {True: 100, False: 100}
    assert [replace(place, is_new=False) for place in places[:100]] == [
        replace(place, is_new=False) for place in places[100:]
    ]
    batches = await path.published()
    assert len({batch.message_id for batch in batches}) == len(batches) == len({place.batch for place in places})
    assert len(batches) < 20
    assert sum(batch.line_count for batch in batches) == 150
    await kept.assert_no_gaps()


async def test_what_is_confirmed_is_settled_and_not_published_again(ann: Owner, path: Path, kept: Kept) -> None:
    sent = delivery(ann)
    first = await path.intake.accept(sent)
    assert await path.intake.accept(sent) == replace(first, is_new=False)  # RabbitMQ has it, PostgreSQL says it waits
    stop = Stop()
    stop.set()
    await path.outbox.run(stop)
    assert await path.intake.accept(sent) == replace(first, is_new=False, is_waiting=False)
    assert len(await path.published()) == 1
    assert await kept.count("webhook_batches") == 0
    assert path.metrics.lines_read._value.get() == 1


async def test_another_api_publishes_what_waits_before_it_answers(ann: Owner, path: Path) -> None:
    sent = delivery(ann)
    (batch,) = (await path.registry.enter([sent])).batches
    places = await asyncio.gather(*(path.intake.accept(sent) for _ in range(20)))
    assert len(set(places)) == 1
    assert await path.published() == [batch]


async def test_what_is_left_lying_is_published(
    ann: Owner, path: Path, kept: Kept, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 0.05)
    batches = [batch for _ in range(5) for batch in (await path.registry.enter([delivery(ann)])).batches]
    await seed.change("UPDATE webhook_batches SET tried_at = now() - make_interval(secs => $1)", RETRY_SECONDS + 1)
    stop = Stop()
    running = asyncio.create_task(path.outbox.run(stop))
    async with asyncio.timeout(20):
        while await kept.count("webhook_batches"):  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.02)
    stop.set()
    await running
    assert sorted(await path.published(), key=lambda batch: batch.batch_no) == batches


async def test_one_that_cannot_be_read_keeps_no_other_waiting(
    ann: Owner, path: Path, kept: Kept, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do they wait for the next look, however many there are."""
    monkeypatch.setattr(registry_module, "CLAIMED_BATCHES", 2)
    for _ in range(7):
        await path.registry.enter([delivery(ann)])
    await seed.change("UPDATE webhook_batches SET body = 'no zstd' WHERE batch_no = 0")
    await seed.change("UPDATE webhook_batches SET tried_at = now() - make_interval(secs => $1)", RETRY_SECONDS + 1)
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 0)

    class LookedIntoOnce(WebhookRegistry):
        async def claim(self) -> list[BatchKey]:
            monkeypatch.setattr(outbox, "LOOK_SECONDS", 3600)
            return await super().claim()

    registry, stop = LookedIntoOnce(path.context.database, BATCH_BYTES), Stop()
    box = Outbox(registry, path.publisher, path.metrics, patience_seconds=PATIENCE_SECONDS)
    running = asyncio.create_task(box.run(stop))
    async with asyncio.timeout(20):
        while await kept.count("webhook_batches") > 1:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.02)
    stop.set()
    await running
    assert [batch.batch_no for batch in await path.published()] == list(range(1, 7))
    assert [row["batch_no"] for row in await kept.rows("SELECT batch_no FROM webhook_batches")] == [0]


async def test_a_repeated_delivery_may_be_quicker(ann: Owner, path: Path) -> None:
    """To find what was entered, than who entered it."""
    (batch,) = (await path.registry.enter([delivery(ann)])).batches
    publishing = asyncio.create_task(path.outbox.publish(BatchKey(batch.job_id, batch.batch_no)))
    await asyncio.sleep(0)
    path.outbox.begin(batch)
    await publishing
    assert await path.published() == [batch]


async def test_what_its_owner_deletes_meanwhile_is_not_said_to_be_in(ann: Owner, path: Path, seed: Seed) -> None:
    class Deleting(WebhookRegistry):
        async def load(self, key: BatchKey) -> LineBatch | None:
            await seed.change("DELETE FROM jobs WHERE job_id = $1", key.job_id)
            return await super().load(key)

    registry = Deleting(path.context.database, BATCH_BYTES)
    box = Outbox(registry, path.publisher, path.metrics, patience_seconds=PATIENCE_SECONDS)
    sent = delivery(ann)
    await registry.enter([sent])
    with pytest.raises(Withdrawn):
        await Intake(registry, box, path.publisher, SYSTEM_CLOCK).accept(sent)
    assert await path.published() == []
    assert (await path.intake.accept(sent)).is_new


async def test_who_gives_up_leaves_nothing_behind(ann: Owner, path: Path) -> None:
    """While PostgreSQL hangs: no lines in memory, and whoever stays is told that it is new."""
    entering, going_on = asyncio.Event(), asyncio.Event()

    class Hanging(WebhookRegistry):
        async def enter(self, deliveries: Iterable[Delivery]) -> Entered:
            entering.set()
            await going_on.wait()
            return await super().enter(deliveries)

    taking_in = Intake(Hanging(path.context.database, BATCH_BYTES), path.outbox, path.publisher, SYSTEM_CLOCK)
    sent = delivery(ann)
    first, staying = (asyncio.create_task(taking_in.accept(sent)) for _ in range(2))
    await entering.wait()
    late = [asyncio.create_task(taking_in.accept(delivery(ann))) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert len(taking_in._waiting) == 3
    for task in (first, *late):
        task.cancel()
    await asyncio.gather(first, *late, return_exceptions=True)
    assert not taking_in._waiting
    going_on.set()
    assert (await staying).is_new


async def test_it_is_published_once_though_nobody_waits_any_longer(
    ann: Owner, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "GATHER_SECONDS", 0)
    sent = delivery(ann)
    leaving = [asyncio.create_task(path.intake.accept(sent)) for _ in range(3)]
    staying = asyncio.create_task(path.intake.accept(sent))
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    assert (await staying).line_no == 1
    assert len(await path.published()) == 1


async def test_while_rabbitmq_does_not_answer(ann: Owner, path: Path, way: Proxy, kept: Kept) -> None:
    """Nothing more is written once that is known; what was in before is told to be; what was written arrives."""
    known, lost = delivery(ann), delivery(ann)
    place = await path.intake.accept(known)
    await path.registry.settle([place.batch])
    way.freeze()
    for sent in (lost, delivery(ann), delivery(ann), lost):
        with pytest.raises(HeldUp):
            await path.intake.accept(sent)
    assert await kept.count("webhook_deliveries") == 2
    assert await path.intake.accept(known) == replace(place, is_new=False, is_waiting=False)
    way.thaw()
    async with asyncio.timeout(20):
        while True:
            try:
                found = await path.intake.accept(lost)
                break
            except HeldUp:
                await asyncio.sleep(0.1)
    assert (found.line_no, found.is_new) == (2, False)
    assert {batch.first_line for batch in await path.published()} == {1, 2}


# From the request


@pytest.fixture
async def api(path: Path) -> AsyncIterator[httpx.AsyncClient]:
    _, webhooks = build_webhooks(path.context, path.publisher, path.metrics)
    app = Starlette(
        routes=[*reads.routes(path.context), Route("/webhook/github", webhooks.answer, methods=["POST"])],
        middleware=http_middleware(path.context),
        exception_handlers=ERROR_HANDLERS,
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as client:
        yield client


@pytest.fixture
async def eve(api: httpx.AsyncClient) -> Owner:
    """Somebody with a secret."""
    owner = await Owner.register(api, "eve@example.org")
    answer = await owner.ask("/api/webhook-secrets", "POST", json={"name": "octo", "secret": SECRET})
    assert answer.status_code == 201, answer.text
    return owner


async def deliver(
    api: httpx.AsyncClient, payload: object, event: str = "push", delivery_id: str = ""
) -> httpx.Response:
    body = json.dumps(payload).encode()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery_id or str(uuid4()),
        "X-Hub-Signature-256": signature_of(SECRET.encode(), body),
    }
    return await api.post("/webhook/github", content=body, headers=headers)


PUSH = {"repository": {"full_name": "octo/widget"}, "commits": [{"id": "1"}, {"id": "2"}], "action": "x"}


async def test_the_answer(api: httpx.AsyncClient, eve: Owner, path: Path, kept: Kept) -> None:
    answers = await asyncio.gather(*(deliver(api, PUSH, "push", "one") for _ in range(100)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    (job,) = await eve.all_items("/api/jobs")
    assert answers[0].json() == {
        "delivery_id": "one",
        "event": "push",
        "action": "x",
        "job_id": job["job_id"],
        "line_no": 1,
        "line_count": 3,
        "links": job_links(UUID(job["job_id"])),
    }
    assert (await deliver(api, {"other": "content"}, "issues", "one")).content == answers[0].content
    assert [batch.line_count for batch in await path.published()] == [3]
    assert {name: counted(path, name) for name in WEBHOOK_RESULTS if counted(path, name)} == {
        "accepted": 1,
        "repeated": 100,
    }


def counted(path: Path, result: str) -> float:
    value: float = path.metrics.webhook_deliveries.labels(result)._value.get()
    return value


async def test_results_are_counted(api: httpx.AsyncClient, eve: Owner, path: Path, kept: Kept) -> None:
    unsigned = await api.post("/webhook/github", content=b"{}")
    too_large = await api.post(
        "/webhook/github",
        content=b"{}",
        headers={"Content-Length": "25000001", "X-Hub-Signature-256": signature_of(SECRET.encode(), b"{}")},
    )
    odd = [await deliver(api, [], "push"), await deliver(api, {}, "no event"), await deliver(api, {"zen": "x"}, "ping")]
    assert [answer.status_code for answer in (unsigned, too_large, *odd)] == [401, 413, 400, 400, 200]
    assert {name: counted(path, name) for name in WEBHOOK_RESULTS} == {
        "accepted": 0,
        "repeated": 0,
        "ping": 1,
        "unauthorized": 1,
        "invalid": 2,
        "too_large": 1,
        "refused": 0,
    }
    assert await kept.count("jobs") == await kept.count("webhook_deliveries") == 0


async def test_it_is_503_in_time_and_can_be_done_again(
    api: httpx.AsyncClient, eve: Owner, path: Path, kept: Kept
) -> None:
    """Whatever holds it up: here, somebody who has locked its feed."""
    (await deliver(api, PUSH)).raise_for_status()
    async with kept.database.transaction() as connection:
        await connection.execute("SELECT 1 FROM webhook_feeds FOR UPDATE")
        began_at = time.monotonic()
        answers = await asyncio.gather(*(deliver(api, PUSH, "push", f"{number}") for number in range(5)))
        assert time.monotonic() - began_at < 2 * PATIENCE_SECONDS
    for answer in answers:
        assert (answer.status_code, answer.json()["title"]) == (503, "Not done in time")
        assert int(answer.headers["Retry-After"]) == answer.json()["retry_after"] > 0
    again = [await deliver(api, PUSH, "push", f"{number}") for number in range(5)]
    assert sorted(answer.json()["line_no"] for answer in again) == [4, 7, 10, 13, 16]
    await kept.assert_no_gaps()
    assert counted(path, "refused") == 5
