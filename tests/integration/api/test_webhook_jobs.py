"""Webhook jobs cancelled, deleted, closed and counted, also while deliveries are being entered."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.aggregator.feeds import Feeds
from services.aggregator.settings import AggregatorSettings
from services.api.context import Context
from services.api.export.stretches import Source, line_stretches
from services.api.line_filters import LineChoice, LineFilter
from services.api.webhooks.deliveries import Delivery, DeliveryKey, Feed
from services.api.webhooks.registry import WebhookRegistry
from services.worker.writer import ENTER_LEDGER
from shared.clock import SYSTEM_CLOCK
from shared.database import Connection, Database
from shared.summary import Summary
from tests.integration.api.owner import Owner
from tests.integration.api.seed import TODAY, Record, Seed
from tests.support.feeds import Batch, append, day_before, enter_feed, enter_unconfirmed, line

TABLES = ("jobs", "webhook_feeds", "webhook_deliveries", "webhook_batches")
BODIES = [line("push", 1) + line("commit", 2), line("issues", 3), line("star", 4)]
OPEN = "SELECT closed_at IS NULL FROM webhook_feeds WHERE job_id = $1"
STATUS = "SELECT status FROM jobs WHERE job_id = $1"
IS_WAITED_FOR = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))"


@pytest.fixture
def execute(database: Database) -> Callable[..., Any]:
    async def run(sql: str, *arguments: object) -> Any:
        async with database.acquire() as connection:
            return await connection.fetchval(sql, *arguments)

    return run


async def open_feed(
    database: Database, owner_id: UUID, unconfirmed: tuple[int, ...] = (), feed: str = "octo/widget"
) -> tuple[UUID, list[Batch]]:
    """Today's job with three batches; those of these numbers the broker may not have."""
    async with database.transaction() as connection:
        job_id, batches = await enter_feed(connection, owner_id, day_before(0), BODIES, feed)
        for batch_no in unconfirmed:
            await enter_unconfirmed(connection, batches[batch_no])
    return job_id, batches


async def deliveries_of(database: Database, job_id: UUID) -> set[str]:
    async with database.acquire() as connection:
        rows = await connection.fetch("SELECT delivery_id FROM webhook_deliveries WHERE job_id = $1", job_id)
    return {row["delivery_id"] for row in rows}


async def test_a_cancelled_feed_is_closed_and_forgets_what_never_came_in(
    ann: Owner, seed: Seed, database: Database, execute: Callable[..., Any]
) -> None:
    """What GitHub was not told to be in can be delivered again, unless it was stored meanwhile."""
    job_id, batches = await open_feed(database, ann.user_id, unconfirmed=(1, 2))
    other, _ = await open_feed(database, ann.user_id, unconfirmed=(1,), feed="octo/other")
    await seed.batch(job_id, 2, [Record(4)])
    for _ in range(2):
        answer = await ann.ask(f"/api/jobs/{job_id}/cancel", "POST")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert not await execute(OPEN, job_id)
    assert await deliveries_of(database, job_id) == {batches[0].delivery_id, batches[2].delivery_id}
    assert await execute("SELECT array_agg(job_id) FROM webhook_batches") == [other]
    assert (await execute(OPEN, other), await execute(STATUS, other)) == (True, "receiving")
    assert [event["action"] for event in await ann.all_items("/api/audit", job_id=job_id)] == ["job.cancel"]


async def test_a_delivery_after_the_cancel_begins_another_job_of_the_day(
    ann: Owner, database: Database, execute: Callable[..., Any]
) -> None:
    registry = WebhookRegistry(database, 2**20)
    first = await place_of(registry, delivery(ann.user_id, "one"))
    assert (await ann.ask(f"/api/jobs/{first}/cancel", "POST")).status_code == 200
    assert await place_of(registry, delivery(ann.user_id, "two")) != first
    # It was on its way to the queue: nobody was told yet that it is in.
    assert await place_of(registry, delivery(ann.user_id, "one")) != first
    assert await execute("SELECT count(*) FROM webhook_feeds WHERE closed_at IS NULL") == 1


@pytest.mark.parametrize(("path", "method"), [("/cancel", "POST"), ("", "DELETE"), ("/retry", "POST")])
async def test_anothers_feed_stays_open(
    ann: Owner, bob: Owner, database: Database, execute: Callable[..., Any], path: str, method: str
) -> None:
    job_id, batches = await open_feed(database, bob.user_id, unconfirmed=(0, 1, 2))
    assert (await ann.ask(f"/api/jobs/{job_id}{path}", method)).status_code == 404
    assert (await execute(OPEN, job_id), await execute(STATUS, job_id)) == (True, "receiving")
    assert await execute("SELECT count(*) FROM webhook_batches WHERE job_id = $1", job_id) == 3
    assert len(await deliveries_of(database, job_id)) == len(batches)


@pytest.mark.parametrize(("path", "method"), [("/cancel", "POST"), ("", "DELETE")])
async def test_what_is_entered_just_now_is_waited_for(
    ann: Owner, database: Database, execute: Callable[..., Any], path: str, method: str
) -> None:
    """It would be left behind else, in a job that takes nothing any more."""
    job_id, batches = await open_feed(database, ann.user_id)
    async with database.transaction() as intake:
        late = await append(intake, ann.user_id, batches[-1].line_batch, line("push", 5))
        ending = asyncio.create_task(ann.ask(f"/api/jobs/{job_id}{path}", method))
        await somebody_waits_for(intake, execute)
        assert not ending.done()
    assert (await ending).status_code < 300
    assert await execute("SELECT count(*) FROM webhook_batches") == 0
    assert late.delivery_id not in await deliveries_of(database, job_id)


async def test_what_a_worker_stores_just_now_is_not_forgotten(
    ann: Owner, database: Database, execute: Callable[..., Any]
) -> None:
    """It would be stored twice, if GitHub sent it again."""
    job_id, batches = await open_feed(database, ann.user_id, unconfirmed=(1, 2))
    async with database.transaction() as worker:
        stored = batches[1].line_batch
        await worker.execute(ENTER_LEDGER, job_id, stored.batch_no, stored.first_line, stored.line_count, 1, 0, TODAY)
        cancelling = asyncio.create_task(ann.ask(f"/api/jobs/{job_id}/cancel", "POST"))
        await somebody_waits_for(worker, execute)
        assert (await execute(STATUS, job_id), await execute(OPEN, job_id)) == ("cancelled", False)
        assert not cancelling.done()
    assert (await cancelling).json()["status"] == "cancelled"
    assert await deliveries_of(database, job_id) == {batches[0].delivery_id, batches[1].delivery_id}
    assert await execute("SELECT count(*) FROM webhook_batches") == 0


async def test_no_delivery_waits_for_a_cancel_that_waits_for_its_job(
    ann: Owner, database: Database, execute: Callable[..., Any]
) -> None:
    """Whoever folds a large job holds it for long; deliveries of others are entered together with its own."""
    registry = WebhookRegistry(database, 2**20)
    job_id = await place_of(registry, delivery(ann.user_id, "one"))
    async with database.transaction() as fold:
        await fold.execute("SELECT 1 FROM jobs WHERE job_id = $1 FOR NO KEY UPDATE", job_id)
        cancelling = asyncio.create_task(ann.ask(f"/api/jobs/{job_id}/cancel", "POST"))
        await somebody_waits_for(fold, execute)
        async with asyncio.timeout(2):
            assert await place_of(registry, delivery(ann.user_id, "two")) == job_id
        assert not cancelling.done()
    assert (await cancelling).status_code == 200
    assert await deliveries_of(database, job_id) == set()


@pytest.mark.parametrize("unconfirmed", [(), (0, 2)])
async def test_a_deleted_feed_leaves_nothing_and_what_comes_again_is_new(
    ann: Owner, database: Database, execute: Callable[..., Any], unconfirmed: tuple[int, ...]
) -> None:
    job_id, batches = await open_feed(database, ann.user_id, unconfirmed)
    assert (await ann.ask(f"/api/jobs/{job_id}", "DELETE")).status_code == 204
    for table in TABLES:
        assert await execute(f"SELECT count(*) FROM {table} WHERE job_id = $1", job_id) == 0, table
    again = replace(delivery(ann.user_id, batches[1].delivery_id), feed=Feed(ann.user_id, "octo/widget", day_before(0)))
    new = await place_of(WebhookRegistry(database, 2**20), again)
    assert new != job_id
    assert await execute(OPEN, new)


NOTHING_TO_RETRY = [
    ("completed", "Every line of it is stored."),
    ("failed", "Delete it, and have GitHub send its deliveries again."),
    ("cancelled", "It was cancelled. Delete it, and have GitHub send its deliveries again."),
    ("receiving", "None of it is dead-lettered."),
]


async def test_where_there_is_nothing_to_retry_no_file_is_asked_for(ann: Owner, seed: Seed) -> None:
    for status, said in NOTHING_TO_RETRY:
        job_id = await seed.job(ann.user_id, status=status, source="github")
        answer = await ann.ask(f"/api/jobs/{job_id}/retry", "POST")
        assert answer.status_code == 409, status
        assert answer.json()["detail"].endswith(said), (status, answer.json())


async def counted_job(ann: Owner, seed: Seed, **columns: Any) -> UUID:
    """Two deliveries, stored and counted."""
    counts = {"lines_read": 2, "lines_stored": 2, "batches_total": 2, "bytes_total": 13, "bytes_received": 13}
    told = {"source": "github", "status": "completed", "ends_in_newline": True, **counts, **columns}
    job_id = await seed.job(ann.user_id, **told)
    for batch_no, message in enumerate(("first", "second")):
        await seed.batch(job_id, batch_no, [Record(batch_no + 1, message)])
    await seed.summary(job_id, Summary(records=2, levels={"unknown": 2}, statuses={}))
    return job_id


COUNTED: list[tuple[dict[str, Any], tuple[bool, str | None, str | None, str | None]]] = [
    ({}, (True, "13 bytes", "13 bytes", None)),
    ({"bytes_total": 14}, (False, "14 bytes", "13 bytes", "the bytes are not those that came in")),
    ({"status": "receiving", "batches_total": None}, (True, None, None, "not comparable: still under way")),
    (
        {"status": "cancelled", "batches_total": None},
        (True, None, None, "not comparable: It was cancelled: 2 lines of it were taken in, the others were not."),
    ),
]


async def test_its_bytes_are_compared_by_their_number(ann: Owner, seed: Seed) -> None:
    """Nobody has had all of them, and made a hash of them."""
    for columns, told in COUNTED:
        job_id = await counted_job(ann, seed, **columns)
        checks = {check["name"]: check for check in (await ann.get(f"/api/jobs/{job_id}/verify"))["checks"]}
        content = checks.pop("content")
        assert (content["ok"], content["expected"], content["found"], content["detail"]) == told
        assert [name for name, check in checks.items() if not check["ok"]] == []
        still = "still under way: deliveries of its day (UTC) still come in"
        assert checks["ended"]["detail"] == (still if columns.get("status") == "receiving" else None)


async def test_what_is_lost_of_its_bytes_is_said(ann: Owner, seed: Seed, execute: Callable[..., Any]) -> None:
    job_id = await counted_job(ann, seed)
    await execute("DELETE FROM log_records WHERE job_id = $1 AND line_no = 2", job_id)
    checks = {check["name"]: check for check in (await ann.get(f"/api/jobs/{job_id}/verify"))["checks"]}
    assert (checks["content"]["ok"], checks["content"]["expected"]) == (False, "13 bytes")
    assert "not all there" in checks["content"]["detail"]


async def test_all_of_its_bytes_are_there_once_its_day_is_over(ann: Owner, seed: Seed) -> None:
    open_job = await counted_job(ann, seed, status="receiving", batches_total=None)
    answer = await ann.ask(f"/api/jobs/{open_job}/export?format=raw")
    assert answer.status_code == 409
    assert "once it has ended; deliveries of its day (UTC) still come in." in answer.json()["detail"]
    closed_job = await counted_job(ann, seed)
    assert (await ann.ask(f"/api/jobs/{closed_job}/export?format=raw")).content == b"first\nsecond\n"


async def test_many_small_batches_are_exported_together(
    ann: Owner, seed: Seed, context: Context, execute: Callable[..., Any]
) -> None:
    """And large ones a few at a time, wherever they are."""
    job_id = await seed.job(ann.user_id, status="receiving", source="github")
    await seed.many(job_id, batches=300, lines_per_batch=1)
    for lines in ((150, 155), (299, 300)):
        await execute(
            "UPDATE log_records SET raw = convert_to(repeat('x', $1), 'UTF8') WHERE line_no = ANY ($2)", 2**21, lines
        )
    source = Source(context, job_id, ann.user_id)
    stretches = [rows async for rows in line_stretches(source, LineFilter.of(LineChoice()))]
    assert [row["line_no"] for rows in stretches for row in rows] == list(range(1, 301))
    assert len(stretches) < 300 / 4
    assert max(sum(len(row["raw"] or b"") for row in rows) for rows in stretches) <= 2 * 2**21


def delivery(owner_id: UUID, delivery_id: str, feed: str = "octo/widget", days: int = 0, lines: int = 1) -> Delivery:
    """As it comes in, for the job of so many days ago."""
    content = b"".join(line("push", number) for number in range(lines))
    key, of = DeliveryKey(owner_id, delivery_id), Feed(owner_id, feed, day_before(days))
    return Delivery(key, of, "push", None, datetime.now(UTC), content, lines)


async def somebody_waits_for(connection: Connection, execute: Callable[..., Any]) -> None:
    """Returns once another connection waits for a lock of this one's."""
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    async with asyncio.timeout(5):
        while not await execute(IS_WAITED_FOR, pid):  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.01)


async def place_of(registry: WebhookRegistry, new: Delivery) -> UUID:
    """The job it is entered for."""
    return (await registry.enter([new])).places[new.key].batch.job_id


async def enter_and_settle(registry: WebhookRegistry, name: str, owner_id: UUID, days: int) -> int:
    """Deliveries of several feeds, round after round, by one api; how many lines they were."""
    lines = 0
    for number in range(ROUNDS):
        new = [delivery(owner_id, f"{name}-{number}-{n}", f"octo/{n % 3}", days, n + 1) for n in range(5)]
        entered = await registry.enter(new)
        waiting = {place.batch for place in entered.places.values()}
        while waiting:  # those stay whose job somebody holds just now
            waiting.difference_update((await registry.settle(waiting)).keys)
        lines += sum(each.line_count for each in new)
    return lines


ROUNDS = 40
# Of every open feed and every closed job: what it says, and what it has.
DIFFERENT = """
SELECT count(*) FROM webhook_feeds f JOIN jobs j USING (job_id) CROSS JOIN LATERAL (
    SELECT coalesce(sum(line_count), 0) AS lines, coalesce(max(batch_no) + 1, 0) AS batches FROM webhook_deliveries d
    WHERE d.job_id = f.job_id
) AS entered
WHERE j.status <> 'cancelled' AND (f.next_line - 1, f.next_batch) <> (lines, batches)
    OR j.sealed_at IS NOT NULL AND (j.lines_read, j.batches_total, j.bytes_received) <> (lines, batches, f.next_byte)
    OR (f.closed_at IS NULL) <> (j.status = 'receiving')
"""


async def test_cancelling_and_deleting_while_deliveries_come_in(
    ann: Owner, database: Database, execute: Callable[..., Any]
) -> None:
    """Nobody waits for another in a circle, and nothing is left in a job that takes nothing any more."""
    answers: Counter[int] = Counter()

    async def end_jobs() -> None:
        for number in range(ROUNDS):
            for job in await ann.all_items("/api/jobs", status="receiving"):
                path, method = ("/cancel", "POST") if number % 2 else ("", "DELETE")
                answers[(await ann.ask(f"/api/jobs/{job['job_id']}{path}", method)).status_code] += 1

    registries = [WebhookRegistry(database, 2**20) for _ in range(3)]
    entering = [
        enter_and_settle(registry, f"api-{number}", ann.user_id, days=0) for number, registry in enumerate(registries)
    ]
    async with asyncio.timeout(60):
        await asyncio.gather(*entering, end_jobs())
    assert {status for status in answers if status not in (200, 204, 404, 409)} == set(), answers
    assert await execute(DIFFERENT) == 0
    assert await execute("SELECT count(*) FROM webhook_batches") == 0


async def test_closing_while_deliveries_come_in_late(
    ann: Owner, settings: object, database: Database, execute: Callable[..., Any]
) -> None:
    """Each line is in one job, and each job is closed with what it has."""
    chores = [Feeds(AggregatorSettings.load(), database, SYSTEM_CLOCK) for _ in range(2)]
    has_all = asyncio.Event()

    async def close(chore: Feeds) -> None:
        while not has_all.is_set():
            await chore.close_one()

    closing = [asyncio.create_task(close(chore)) for chore in chores]
    registries = [WebhookRegistry(database, 2**20) for _ in range(2)]
    async with asyncio.timeout(60):
        lines = await asyncio.gather(
            *(enter_and_settle(each, f"api-{number}", ann.user_id, days=2) for number, each in enumerate(registries))
        )
        has_all.set()
        await asyncio.gather(*closing)
        while await chores[0].close_one():
            pass
    assert await execute(DIFFERENT) == 0
    assert await execute("SELECT count(*) FROM webhook_feeds WHERE closed_at IS NULL") == 0
    assert await execute("SELECT sum(lines_read)::bigint FROM jobs WHERE status = 'processing'") == sum(lines)
    assert await execute("SELECT count(*) FROM jobs") > len(("octo/0", "octo/1", "octo/2"))


async def test_what_is_read_is_counted_once(ann: Owner, database: Database, execute: Callable[..., Any]) -> None:
    """A fold may have counted what is stored before the broker's confirm is noted."""
    registry, read = WebhookRegistry(database, 2**20), "SELECT lines_read FROM jobs"
    first, second = delivery(ann.user_id, "one", lines=2), delivery(ann.user_id, "two", lines=3)
    places = [(await registry.enter([each])).places[each.key].batch for each in (first, second)]
    assert await execute(read) == 0
    await execute("UPDATE jobs SET lines_stored = 2, lines_read = 2")
    for _ in range(2):
        assert (await registry.settle(places[:1])).line_count in (2, 0)
        assert await execute(read) == 2
    await registry.settle(places[1:])
    assert await execute(read) == 5
    assert await execute("SELECT bytes_received FROM jobs") == len(first.lines + second.lines)
