"""One upload's bytes through the decoder; each file that comes out of it into the job it was given.

All that takes the processor's time is done in a thread, a bounded step at a time; only what waits is done here.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from services.api.decoding.contents import InputDecoder
from services.api.decoding.decompression import Compression
from services.api.decoding.events import Event, FileBegins, FileEnds
from services.api.decoding.failures import Undecodable
from services.api.uploads.incoming import IncomingFile
from services.api.uploads.options import clean_name
from services.api.uploads.read_ahead import read_ahead
from shared.errors import InputError
from shared.messages import InputHints, LineBatch

T = TypeVar("T")
STEP_BYTES = 1024**2
"""What one step reads of a file, and so what comes of it, but for what was held back before."""
AHEAD_BYTES = 512 * 1024
"""What is read of the body during a step: enough for the way to the thread and back to cost little."""
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
Send = Callable[[LineBatch], Awaitable[None]]
"""Takes a batch; waits while there is no room for it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What a step made: `batches`, then the file that `begins`, if one does."""

    batches: list[LineBatch]
    begins: FileBegins | None = None
    is_last: bool = False


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

    async def read(self, chunks: AsyncIterator[bytes], send: Send) -> None:
        """Reads the input wholly, or a little further than to its failure; raises what `chunks` raises."""
        async with read_ahead(chunks, AHEAD_BYTES) as ahead:
            try:
                while some := await ahead.take():
                    await self._feed(some, send)
                    if self.failure is not None:
                        await ahead.stop()
                        await _drain(chunks)
                        return
            except InputError:
                await self._take(self._decoder.settle(), send)
                raise
            await self._take(self._decoder.flush(), send)

    async def _feed(self, chunks: list[bytes], send: Send) -> None:
        self._bytes_received += sum(map(len, chunks))
        if self.files and not self._is_member:
            self.files[-1].bytes_received = self._bytes_received
        await self._take((event for chunk in chunks for event in self._decoder.feed(chunk)), send)

    async def _take(self, events: Iterator[Event], send: Send) -> None:
        is_last = False
        while not is_last:
            step = await in_thread(partial(self._step, events))
            for batch in step.batches:
                await send(batch)
            if step.begins is not None:
                await self._begin(step.begins)
            is_last = step.is_last

    def _step(self, events: Iterator[Event]) -> _Step:
        """In a thread: up to where a file begins, STEP_BYTES were read, or there is nothing more."""
        batches: list[LineBatch] = []
        taken = 0
        for event in events:
            if isinstance(event, FileBegins):
                return _Step(batches, event)
            if isinstance(event, FileEnds):
                batches += self.files[-1].flush(event.failure)
                continue
            if self._is_member:
                self.files[-1].bytes_received += len(event)
            batches += self.files[-1].feed(event)
            taken += len(event)
            if taken >= STEP_BYTES:
                return _Step(batches)
        return _Step(batches, is_last=True)

    async def _begin(self, begins: FileBegins) -> None:
        self._is_member = begins.name is not None
        file = await self._enter(clean_name(begins.name) if begins.name is not None else self.name, begins)
        if not self._is_member:
            file.bytes_received = self._bytes_received
        self.files.append(file)


async def in_thread(work: Callable[[], T]) -> T:
    """Does `work` in a thread. Comes back only once that is done, even if cancelled: it has our state in its hands."""
    working = asyncio.get_running_loop().run_in_executor(None, work)
    cancelled: asyncio.CancelledError | None = None
    while not working.done():
        try:
            await asyncio.wait([working])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        working.exception()  # nobody will ask for it, which asyncio would complain about
        raise cancelled
    return working.result()


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    drained = 0
    async for chunk in chunks:
        drained += len(chunk)
        if drained > DRAIN_BYTES:
            return
