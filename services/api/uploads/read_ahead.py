"""A body's chunks, collected while those before them are worked on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ReadAhead:
    """Holds `most_bytes` and a chunk at most; as long as it does, nothing more is asked for."""

    def __init__(self, chunks: AsyncIterator[bytes], most_bytes: int) -> None:
        self._chunks = chunks
        self._most_bytes = most_bytes
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._is_stopped = False
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self.reading = asyncio.create_task(self._read(), name="read ahead")

    async def take(self) -> list[bytes]:
        """All that came meanwhile, or else the next chunk; nothing at the end.

        Raises what `chunks` raised, once all that came before that was taken.
        """
        await self._some.wait()
        if not self._held:
            await self.reading
            return []
        held, self._held, self._held_bytes = self._held, [], 0
        self._room.set()
        if not self.reading.done():
            self._some.clear()
        return held

    async def stop(self) -> None:
        """Drops what is held; `chunks` can be read on by somebody else, behind the chunk that was waited for."""
        self._is_stopped = True
        self._room.set()
        await self.reading

    async def _read(self) -> None:
        try:
            async for chunk in self._chunks:
                self._held.append(chunk)
                self._held_bytes += len(chunk)
                self._some.set()
                while self._held_bytes >= self._most_bytes and not self._is_stopped:
                    self._room.clear()
                    await self._room.wait()
                if self._is_stopped:
                    return
        finally:
            self._some.set()


@asynccontextmanager
async def read_ahead(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[ReadAhead]:
    """Reads `chunks` for as long as the block lasts."""
    ahead = ReadAhead(chunks, most_bytes)
    try:
        yield ahead
    finally:
        ahead.reading.cancel()
        await asyncio.wait([ahead.reading])
        if not ahead.reading.cancelled():
            ahead.reading.exception()  # whoever took everything has it; nobody else wants it
