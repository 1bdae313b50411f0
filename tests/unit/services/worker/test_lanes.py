"""Whose turn is next."""

import asyncio

import pytest

from services.worker.lanes import BULK_EVERY, Lane, Lanes, next_lane


@pytest.mark.parametrize(
    ("priority", "bulk", "since_bulk", "lane"),
    [
        (0, 0, 0, None),
        (0, 0, BULK_EVERY, None),
        (1, 0, 0, Lane.PRIORITY),
        (1, 0, 10 * BULK_EVERY, Lane.PRIORITY),
        (0, 1, 0, Lane.BULK),
        (1, 9, 0, Lane.PRIORITY),
        (9, 1, BULK_EVERY - 2, Lane.PRIORITY),
        (9, 1, BULK_EVERY - 1, Lane.BULK),
        (9, 1, 10 * BULK_EVERY, Lane.BULK),
    ],
)
def test_next_lane(priority: int, bulk: int, since_bulk: int, lane: Lane | None) -> None:
    assert next_lane(priority, bulk, since_bulk) is lane


def filled(priority: int, bulk: int) -> Lanes[str]:
    lanes: Lanes[str] = Lanes()
    for number in range(bulk):
        lanes.put(Lane.BULK, f"b{number}")
    for number in range(priority):
        lanes.put(Lane.PRIORITY, f"p{number}")
    return lanes


async def test_bulk_waits_but_does_not_starve() -> None:
    lanes = filled(priority=20, bulk=4)
    taken = [await lanes.take() for _ in range(24)]
    assert [place for place, name in enumerate(taken) if name and name.startswith("b")] == [7, 15, 22, 23]
    assert taken[:3] == ["p0", "p1", "p2"]
    assert taken[-2:] == ["b2", "b3"]


async def test_nothing_is_taken_before_a_suspect_has_been_moved() -> None:
    lanes = filled(priority=1, bulk=0)
    lanes.put_suspect("suspect")
    taking = asyncio.create_task(lanes.take())
    assert await lanes.take_suspect() == "suspect"
    assert lanes.has_suspects
    assert not taking.done()
    lanes.moved()
    assert not lanes.has_suspects
    assert await taking == "p0"


async def test_each_of_those_who_wait_gets_one() -> None:
    lanes: Lanes[str] = Lanes()
    waiting = [asyncio.create_task(lanes.take()) for _ in range(3)]
    await asyncio.sleep(0)
    for number in range(3):
        lanes.put(Lane.PRIORITY, f"p{number}")
    assert sorted(str(name) for name in await asyncio.gather(*waiting)) == ["p0", "p1", "p2"]


async def test_closing_ends_the_waits_and_leaves_what_waits() -> None:
    lanes: Lanes[str] = Lanes()
    waiting = [asyncio.create_task(lanes.take()), asyncio.create_task(lanes.take_suspect())]
    await asyncio.sleep(0)
    lanes.close()
    lanes.put(Lane.BULK, "bulk")
    lanes.put(Lane.PRIORITY, "priority")
    lanes.put_suspect("suspect")
    assert await asyncio.gather(*waiting) == [None, None]
    assert await lanes.take() is None
    assert (lanes.drain(), lanes.drain_suspects()) == (["priority", "bulk"], ["suspect"])
    assert (lanes.drain(), lanes.drain_suspects()) == ([], [])
