"""Replays over HTTP: how far they are, as the aggregator goes on with them, and stopping them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.integration.api.owner import Owner
from tests.integration.api.seed import Seed

LETTERS = 4
PUBLISH = """
UPDATE dead_letters SET published_at = now() WHERE replay_id = $1 AND state = 'replaying' AND batch_no < $2
"""
STORE = "UPDATE dead_letters SET state = 'stored', body = '' WHERE replay_id = $1 AND batch_no = $2"
DIE_AGAIN = """
UPDATE dead_letters SET state = 'waiting', dead_lettered_at = now(), folded_at = NULL
WHERE replay_id = $1 AND batch_no = $2
"""
LOSE = "UPDATE dead_letters SET state = 'waiting' WHERE replay_id = $1 AND batch_no = $2"
DISCARD = "UPDATE dead_letters SET state = 'discarded', body = '' WHERE replay_id = $1 AND batch_no = $2"
END = "UPDATE replays SET status = 'completed', ended_at = now() WHERE replay_id = $1"
COUNTS = ("total", "published", "stored", "dead_again", "waiting")


@pytest.fixture
async def job_id(ann: Owner, seed: Seed) -> UUID:
    """A job of Ann's with some dead letters."""
    job_id = await seed.job(ann.user_id, status="completed_with_errors")
    await seed.dead_letters(job_id, LETTERS)
    return job_id


@pytest.fixture
async def replay_id(ann: Owner, job_id: UUID) -> UUID:
    """A replay of all of them."""
    answer = await ann.ask("/api/dead-letters/replay", "POST", params={"job_id": str(job_id)})
    return UUID(answer.json()["replay_id"])


def counts(replay: dict[str, Any]) -> tuple[int, ...]:
    return tuple(replay[name] for name in COUNTS)


async def test_a_replay_from_beginning_to_end(ann: Owner, seed: Seed, replay_id: UUID) -> None:
    path = f"/api/replays/{replay_id}"
    steps: list[tuple[str, tuple[object, ...], tuple[int, ...]]] = [
        (PUBLISH, (0,), (4, 0, 0, 0, 4)),
        (PUBLISH, (2,), (4, 2, 0, 0, 2)),
        (STORE, (0,), (4, 2, 1, 0, 2)),
        (DIE_AGAIN, (1,), (4, 2, 1, 1, 2)),
        (PUBLISH, (4,), (4, 4, 1, 1, 0)),
        (STORE, (2,), (4, 4, 2, 1, 0)),
        (STORE, (3,), (4, 4, 3, 1, 0)),
    ]
    for statement, arguments, expected in steps:
        await seed.change(statement, replay_id, *arguments)
        assert counts(await ann.get(path)) == expected, (statement, arguments)
    await seed.change(END, replay_id)
    replay = await ann.get(path)
    assert (replay["status"], replay["ended_at"] is not None) == ("completed", True)
    assert replay["links"] == {"self": path, "cancel": path + "/cancel"}
    cancelled = await ann.ask(path + "/cancel", "POST")
    assert (cancelled.status_code, cancelled.json()["title"]) == (409, "Replay ended")
    assert cancelled.json()["detail"] == "None of its letters is under way any more."


async def test_counts_hold_whatever_becomes_of_the_letters(ann: Owner, seed: Seed, replay_id: UUID) -> None:
    path = f"/api/replays/{replay_id}"
    steps: list[tuple[str, tuple[object, ...], tuple[int, ...]]] = [
        (PUBLISH, (3,), (4, 3, 0, 0, 1)),
        (LOSE, (0,), (4, 3, 0, 0, 1)),
        (DIE_AGAIN, (1,), (4, 3, 0, 1, 1)),
        (DISCARD, (0,), (4, 3, 0, 1, 1)),
        (DISCARD, (1,), (4, 3, 0, 1, 1)),
    ]
    for statement, arguments, expected in steps:
        await seed.change(statement, replay_id, *arguments)
        assert counts(await ann.get(path)) == expected, (statement, arguments)
    assert counts((await ann.ask(path + "/cancel", "POST")).json()) == (4, 3, 0, 1, 1)
    await seed.change(DISCARD, replay_id, 3)
    assert counts(await ann.get(path)) == (4, 3, 0, 1, 1)
    await seed.change(STORE, replay_id, 2)
    assert counts(await ann.get(path)) == (4, 3, 1, 1, 1)


async def test_a_crash_may_keep_it_from_being_marked_as_published(ann: Owner, seed: Seed, replay_id: UUID) -> None:
    await seed.change(STORE, replay_id, 0)
    assert counts(await ann.get(f"/api/replays/{replay_id}")) == (4, 1, 1, 0, 3)


async def test_a_page_of_replays_is_counted_in_time(ann: Owner, seed: Seed) -> None:
    add = "INSERT INTO replays (replay_id, user_id, filter, total) SELECT gen_random_uuid(), $1, '{}', 1"
    await seed.change(add + " FROM generate_series(1, 60)", ann.user_id)
    assert [len(page) for page in await ann.pages("/api/replays", limit=1000)] == [50, 10]


async def test_cancelling_takes_back_what_is_not_published(ann: Owner, seed: Seed, replay_id: UUID) -> None:
    await seed.change(PUBLISH, replay_id, 2)
    await seed.change(STORE, replay_id, 0)
    for _ in range(2):
        answer = await ann.ask(f"/api/replays/{replay_id}/cancel", "POST")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        assert answer.json()["ended_at"] is not None
        assert counts(answer.json()) == (4, 2, 1, 0, 2)
    letters = await ann.all_items("/api/dead-letters", state="all")
    found = sorted((letter["batch_no"], letter["state"], letter["replays"]) for letter in letters)
    assert found == [(0, "stored", 1), (1, "replaying", 1), (2, "waiting", 0), (3, "waiting", 0)]
    events = await ann.all_items("/api/audit")
    assert [event["action"] for event in events] == ["replay.cancel", "dead_letters.replay"]
    assert (events[0]["replay_id"], events[0]["details"]) == (str(replay_id), {"taken_back": 2})


async def test_what_a_cancelled_replay_left_can_be_replayed(ann: Owner, job_id: UUID, replay_id: UUID) -> None:
    await ann.ask(f"/api/replays/{replay_id}/cancel", "POST")
    again = await ann.ask("/api/dead-letters/replay", "POST", params={"job_id": str(job_id)})
    assert (again.status_code, again.json()["total"]) == (202, LETTERS)
    assert counts(await ann.get(f"/api/replays/{replay_id}")) == (4, 0, 0, 0, 0)


async def test_a_letter_that_died_again_is_replayed_by_another(
    ann: Owner, seed: Seed, job_id: UUID, replay_id: UUID
) -> None:
    await seed.change(PUBLISH, replay_id, LETTERS)
    await seed.change(DIE_AGAIN, replay_id, 3)
    again = (await ann.ask("/api/dead-letters/replay", "POST", params={"job_id": str(job_id)})).json()
    assert counts(again) == (1, 0, 0, 0, 1)
    assert counts(await ann.get(again["links"]["self"])) == (1, 0, 0, 0, 1)


async def test_a_replay_whose_job_is_removed(ann: Owner, seed: Seed, job_id: UUID, replay_id: UUID) -> None:
    await seed.change("DELETE FROM jobs WHERE job_id = $1", job_id)
    assert counts(await ann.get(f"/api/replays/{replay_id}")) == (4, 0, 0, 0, 0)


async def test_pages_are_newest_first(ann: Owner, bob: Owner, seed: Seed) -> None:
    job_id = await seed.job(ann.user_id, status="failed")
    begun: list[str] = []
    for number in range(5):
        letter_id = await seed.dead_letter(job_id, number)
        begun.append((await ann.ask(f"/api/dead-letters/{letter_id}/replay", "POST")).json()["replay_id"])
    for limit in (1, 2, 5):
        found = await ann.all_items("/api/replays", limit=limit)
        assert [replay["replay_id"] for replay in found] == begun[::-1], limit
    assert await bob.all_items("/api/replays") == []
    assert (await bob.ask("/api/replays", params={"cursor": "x"})).status_code == 422


async def test_an_operator_sees_and_stops_everybodys(bob: Owner, seed: Seed, replay_id: UUID) -> None:
    path = f"/api/replays/{replay_id}"
    assert (await bob.ask(path)).status_code == 404
    assert (await bob.ask(path + "/cancel", "POST")).status_code == 404
    await seed.operator(bob.user_id)
    assert [replay["replay_id"] for replay in await bob.all_items("/api/replays")] == [str(replay_id)]
    assert (await bob.ask(path + "/cancel", "POST")).json()["status"] == "cancelled"
    assert (await bob.ask(f"/api/replays/{uuid4()}/cancel", "POST")).status_code == 404
