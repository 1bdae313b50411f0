"""The gate, and who is let through it."""

import asyncio

import pytest

from services.worker import isolation
from services.worker.isolation import Gate, was_lost_before


@pytest.mark.parametrize(
    ("headers", "was_lost"),
    [
        ({}, False),
        ({"x-delivery-count": 0}, False),
        ({"x-delivery-count": 1}, True),
        ({"x-delivery-count": 20}, True),
        ({"x-delivery-count": None}, False),
        ({"x-delivery-count": "1"}, False),
        ({"x-acquired-count": 3}, False),
    ],
)
def test_was_lost_before(headers: dict[str, object], was_lost: bool) -> None:
    assert was_lost_before(headers) is was_lost


class Visitors:
    """Notes who went in and out."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.log: list[str] = []
        self.leave = asyncio.Event()

    async def together(self, name: str) -> None:
        async with self.gate.together():
            self.log.append(f"{name} in")
            await self.leave.wait()
            self.log.append(f"{name} out")

    async def alone(self) -> bool:
        async with self.gate.alone() as is_alone:
            self.log.append("alone in")
            await asyncio.sleep(0)
            self.log.append("alone out")
            return is_alone


async def test_one_alone_waits_for_those_inside_and_holds_up_the_others() -> None:
    visitors = Visitors(Gate())
    inside = [asyncio.create_task(visitors.together(name)) for name in "ab"]
    await asyncio.sleep(0)
    alone = asyncio.create_task(visitors.alone())
    await asyncio.sleep(0)
    late = asyncio.create_task(visitors.together("c"))
    await asyncio.sleep(0)
    assert visitors.log == ["a in", "b in"]
    visitors.leave.set()
    await asyncio.gather(*inside, late)
    assert await alone
    assert visitors.log == ["a in", "b in", "a out", "b out", "alone in", "alone out", "c in", "c out"]


async def test_those_who_want_to_be_alone_take_turns() -> None:
    visitors = Visitors(Gate())
    assert await asyncio.gather(*(visitors.alone() for _ in range(3))) == [True] * 3
    assert visitors.log == ["alone in", "alone out"] * 3


async def test_the_gate_opens_again_where_those_inside_stay_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "PATIENCE_SECONDS", 0.01)
    visitors = Visitors(Gate())
    inside = asyncio.create_task(visitors.together("a"))
    await asyncio.sleep(0)
    assert not await visitors.alone()
    other = asyncio.create_task(visitors.together("b"))
    await asyncio.sleep(0)
    assert visitors.log[-1] == "b in"
    visitors.leave.set()
    await asyncio.gather(inside, other)


async def test_the_gate_opens_again_after_an_error() -> None:
    gate = Gate()
    with pytest.raises(ValueError, match="boom"):
        async with gate.alone():
            raise ValueError("boom")
    async with gate.together():
        pass
