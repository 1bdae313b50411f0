"""Chunks collected ahead: all of them, in order, and no more than there is room for."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.api.uploads.read_ahead import read_ahead


class Body:
    """Chunks of one byte; `asked` is how many were asked for."""

    def __init__(self, count: int, *, error: Exception | None = None) -> None:
        self.count = count
        self.error = error
        self.asked = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        for number in range(self.count):
            self.asked += 1
            yield bytes([number])
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("count", [0, 1, 5, 200])
@pytest.mark.parametrize("most_bytes", [1, 7, 1000])
async def test_all_comes_in_order(count: int, most_bytes: int) -> None:
    found = []
    async with read_ahead(Body(count).chunks(), most_bytes) as ahead:
        while some := await ahead.take():
            assert len(some) <= most_bytes
            found += some
    assert b"".join(found) == bytes(range(count))


async def test_it_stops_asking_when_it_is_full() -> None:
    body = Body(200)
    async with read_ahead(body.chunks(), 10) as ahead:
        for taken in range(3):
            for _ in range(20):
                await asyncio.sleep(0)
            assert body.asked == 10 * (taken + 1)
            assert len(await ahead.take()) == 10


async def test_an_error_comes_after_what_came_before_it() -> None:
    async with read_ahead(Body(3, error=ValueError("broke off")).chunks(), 100) as ahead:
        assert b"".join(await ahead.take()) == b"\0\1\2"
        for _ in range(2):
            with pytest.raises(ValueError, match="broke off"):
                await ahead.take()


@pytest.mark.parametrize("most_bytes", [1, 10, 1000])
async def test_stopped_it_leaves_the_rest_to_others(most_bytes: int) -> None:
    body = Body(200)
    chunks = body.chunks()
    async with read_ahead(chunks, most_bytes) as ahead:
        await ahead.take()
        await ahead.stop()
        asked = body.asked
        assert [chunk async for chunk in chunks] == [bytes([number]) for number in range(asked, 200)]


async def test_leaving_it_stops_the_reading() -> None:
    gone = asyncio.Event()

    async def silent() -> AsyncIterator[bytes]:
        try:
            await asyncio.Event().wait()
            yield b""
        finally:
            gone.set()

    async with read_ahead(silent(), 10):
        await asyncio.sleep(0)
    assert gone.is_set()
