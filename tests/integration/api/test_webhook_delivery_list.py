"""What webhooks delivered, as a list."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.database import Database
from tests.integration.api.owner import Owner
from tests.integration.api.seed import Seed

PATH = "/api/webhook-deliveries"
NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)
ADD_FEED = "INSERT INTO webhook_feeds (job_id, owner_id, feed, day) VALUES ($1, $2, $3, $4)"
ADD_DELIVERY = """
INSERT INTO webhook_deliveries
    (owner_id, delivery_id, job_id, batch_no, line_no, line_count, event, action, received_at)
VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8)
"""
ADD_BATCH = """
INSERT INTO webhook_batches (job_id, batch_no, first_line, line_count, byte_offset, body_bytes, body)
VALUES ($1, $2, 1, 1, 0, 1, '')
"""
CONFIRM = "DELETE FROM webhook_batches WHERE job_id = $1"


async def feed(database: Database, seed: Seed, owner_id: UUID, name: str = "octo/repo") -> UUID:
    """A rolling job's id."""
    job_id = await seed.job(owner_id, source="github", file_name=f"{name} 2025-01-31", status="receiving")
    async with database.acquire() as connection:
        await connection.execute(ADD_FEED, job_id, owner_id, name, date(2025, 1, 31))
    return job_id


async def deliver(
    database: Database, owner_id: UUID, job_id: UUID, number: int, event: str = "push", at: datetime | None = None
) -> None:
    """A delivery `gN` that is the Nth line, and batch, of its job; a second after the one before."""
    received_at, action = at or NOON + timedelta(seconds=number), "opened" if event == "issues" else None
    values = (owner_id, f"g{number}", job_id, number, number, event, action, received_at)
    async with database.acquire() as connection:
        await connection.execute(ADD_DELIVERY, *values)


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["delivery_id"] for item in items]


async def test_a_delivery_waits_until_the_broker_has_it(database: Database, seed: Seed, ann: Owner) -> None:
    assert await ann.get(PATH) == {"items": [], "next_cursor": None}
    job_id = await feed(database, seed, ann.user_id)
    await deliver(database, ann.user_id, job_id, 1, "issues")
    expected = {
        "delivery_id": "g1",
        "event": "issues",
        "action": "opened",
        "repository": "octo/repo",
        "job_id": str(job_id),
        "line_no": 1,
        "received_at": "2025-01-31T12:00:01Z",
        "state": "waiting",
    }
    async with database.acquire() as connection:
        await connection.execute(ADD_BATCH, job_id, 1)
        assert (await ann.get(PATH))["items"] == [expected]
        await connection.execute(CONFIRM, job_id)
    assert (await ann.get(PATH))["items"] == [expected | {"state": "queued"}]


async def test_pages_newest_first(database: Database, seed: Seed, ann: Owner) -> None:
    job_id, other = await feed(database, seed, ann.user_id), await feed(database, seed, ann.user_id, "octo/other")
    for number in range(1, 8):
        await deliver(database, ann.user_id, other if number % 2 else job_id, number, at=NOON if number < 5 else None)
    pages = await ann.pages(PATH, limit=3)
    assert [ids(page) for page in pages] == [["g7", "g6", "g5"], ["g4", "g3", "g2"], ["g1"]]
    assert [item["repository"] for item in pages[0]] == ["octo/other", "octo/repo", "octo/other"]


async def test_by_event(database: Database, seed: Seed, ann: Owner) -> None:
    job_id = await feed(database, seed, ann.user_id)
    for number, event in enumerate(("push", "issues", "push", "star"), 1):
        await deliver(database, ann.user_id, job_id, number, event)
    asked = {"push": ["g3", "g1"], "star,issues": ["g4", "g2"], "fork": []}
    for event, expected in asked.items():
        assert ids(await ann.all_items(PATH, event=event, limit=1)) == expected
    cursor = (await ann.get(PATH, event="push", limit=1))["next_cursor"]
    assert (await ann.ask(PATH, params={"cursor": cursor})).status_code == 422
    for wrong in ("a b", "x" * 65, "a\0b", "pu\nsh"):
        assert (await ann.ask(PATH, params={"event": wrong})).status_code == 422, wrong


@pytest.mark.parametrize("cursor", ["x", "AAAA", "x" * 1001])
async def test_wrong_cursors(ann: Owner, cursor: str) -> None:
    assert (await ann.ask(PATH, params={"cursor": cursor})).status_code == 422


async def test_ones_own_only(database: Database, seed: Seed, ann: Owner, bob: Owner, boss: Owner) -> None:
    for owner in (ann, bob):
        await deliver(database, owner.user_id, await feed(database, seed, owner.user_id), 1)
    (anns,), (bobs,) = await ann.all_items(PATH), await bob.all_items(PATH)
    assert anns["job_id"] != bobs["job_id"]
    assert await boss.all_items(PATH) == []


async def test_what_goes_with_its_job(database: Database, seed: Seed, ann: Owner) -> None:
    job_id = await feed(database, seed, ann.user_id)
    await deliver(database, ann.user_id, job_id, 1)
    assert (await ann.ask(f"/api/jobs/{job_id}", "DELETE")).status_code == 204
    assert await ann.all_items(PATH) == []
