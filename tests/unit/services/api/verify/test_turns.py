"""Who may have a job recounted when."""

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import pytest

from services.api.verify.turns import Turns
from shared.errors import InputError

ANN, BOB, EVE = uuid4(), uuid4(), uuid4()

REFUSED: list[tuple[list[UUID], UUID, int | None]] = [
    ([], ANN, None),
    ([BOB], ANN, None),
    ([ANN], ANN, 429),
    ([BOB, EVE], ANN, 503),
    ([ANN, BOB], ANN, 429),
]


@pytest.mark.parametrize(("under_way", "user_id", "status"), REFUSED)
async def test_a_turn(under_way: list[UUID], user_id: UUID, status: int | None) -> None:
    turns = Turns(2, 0.01)
    async with AsyncExitStack() as stack:
        for other in under_way:
            await stack.enter_async_context(turns.take(other))
        assert await refusal(turns, user_id) == status
    assert [await refusal(turns, user) for user in (ANN, BOB, EVE)] == [None] * 3


async def refusal(turns: Turns, user_id: UUID) -> int | None:
    try:
        async with turns.take(user_id):
            return None
    except InputError as error:
        return error.status


async def test_who_waits_comes_next() -> None:
    turns = Turns(1, 60)
    async with turns.take(ANN):
        waiting = asyncio.create_task(refusal(turns, BOB))
        await asyncio.sleep(0)
        assert await refusal(turns, BOB) == 429
        assert not waiting.done()
    assert await waiting is None


async def test_who_leaves_while_waiting_leaves_no_trace() -> None:
    turns = Turns(1, 60)
    async with turns.take(ANN):
        waiting = asyncio.create_task(refusal(turns, BOB))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    assert [await refusal(turns, user) for user in (ANN, BOB)] == [None] * 2
