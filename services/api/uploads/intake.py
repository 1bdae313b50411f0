"""One upload's bytes through the decoder; each file that comes out of it into the job it was given."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

from services.api.decoding.contents import InputDecoder
from services.api.decoding.decompression import Compression
from services.api.decoding.events import Event, FileBegins, FileEnds
from services.api.decoding.failures import Undecodable
from services.api.publisher import Window
from services.api.uploads.incoming import IncomingFile
from services.api.uploads.options import clean_name
from shared.errors import InputError
from shared.messages import InputHints

DRAIN_BYTES = 16 * 1024**2
"""Read on after a failure, so that a client who is still sending gets to read the answer."""


@dataclass(frozen=True, slots=True)
class Input:
    """One thing sent: `name` and `hints` as told, `bytes_total` where it is known.

    `encoding`: a compression around the whole of it, which the sender announced.
    """

    name: str
    hints: InputHints
    bytes_total: int | None = None
    encoding: Compression | None = None


Enter = Callable[[str, FileBegins], Awaitable[IncomingFile]]
"""Gives a file of this name its job."""


class Intake:
    """Reads one input; `files` are those that came out, `failure` why it could not be read to its end."""

    def __init__(self, name: str, decoder: InputDecoder, enter: Enter) -> None:
        self.name = name
        self.files: list[IncomingFile] = []
        self._decoder = decoder
        self._enter = enter
        self._bytes_received = 0
        self._is_member = False

    @property
    def failure(self) -> Undecodable | None:
        """None where all was read; what only some files of an archive could not be read for is theirs."""
        return self._decoder.failure

    async def read(self, chunks: AsyncIterator[bytes], window: Window) -> None:
        """Reads the input wholly, or a little further than to its failure; raises what `chunks` raises."""
        try:
            async for chunk in chunks:
                await self._feed(chunk, window)
                if self.failure is not None:
                    await _drain(chunks)
                    return
        except InputError:
            await self._take(self._decoder.settle(), window)
            raise
        await self._take(self._decoder.flush(), window)

    async def _feed(self, chunk: bytes, window: Window) -> None:
        self._bytes_received += len(chunk)
        if self.files and not self._is_member:
            self.files[-1].bytes_received = self._bytes_received
        await self._take(self._decoder.feed(chunk), window)

    async def _take(self, events: Iterator[Event], window: Window) -> None:
        while (event := await self._next(events)) is not None:
            if isinstance(event, FileBegins):
                await self._begin(event)
            elif isinstance(event, FileEnds):
                await self.files[-1].flush(window, event.failure)
            else:
                if self._is_member:
                    self.files[-1].bytes_received += len(event)
                await self.files[-1].feed(event, window)

    async def _next(self, events: Iterator[Event]) -> Event | None:
        """Unpacking gives the other requests their turn; bytes that are passed on as they are do not take long."""
        if self._decoder.decompresses:
            return await asyncio.to_thread(next, events, None)
        return next(events, None)

    async def _begin(self, begins: FileBegins) -> None:
        self._is_member = begins.name is not None
        file = await self._enter(clean_name(begins.name) if begins.name is not None else self.name, begins)
        if not self._is_member:
            file.bytes_received = self._bytes_received
        self.files.append(file)


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    drained = 0
    async for chunk in chunks:
        drained += len(chunk)
        if drained > DRAIN_BYTES:
            return
