"""Inputs into batches: off the event loop, in bounded steps, whatever they are."""

import asyncio
import gzip
import hashlib
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest
import zstandard

from services.api.decoding.contents import InputDecoder
from services.api.decoding.events import FileBegins
from services.api.decoding.failures import Undecodable
from services.api.decoding.limits import Limits, Meter
from services.api.settings import ApiSettings
from services.api.uploads.incoming import IncomingFile
from services.api.uploads.intake import DRAIN_BYTES, Intake, in_thread
from shared.errors import InputError
from shared.messages import InputHints, LineBatch
from tests.unit.services.api.decoding.archives import tar_of, zip_of
from tests.unit.services.api.decoding.feeding import WIDE_LIMITS

SETTINGS = ApiSettings.model_validate({"jwt_secret": "x" * 32, "batch_bytes": 64 * 1024})
LINES = b"".join(b"2026-01-02T03:04:05Z INFO request %d served\n" % n for n in range(20_000))


async def enter(name: str, begins: FileBegins) -> IncomingFile:
    return IncomingFile(uuid4(), uuid4(), name, InputHints(), SETTINGS, begins.size)


def intake() -> Intake:
    return Intake("sent.log", InputDecoder(Meter(WIDE_LIMITS)), enter)


async def chunks_of(content: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def files_in(chunks: AsyncIterator[bytes]) -> tuple[dict[str, bytes], Intake]:
    """The text of each file's batches."""
    reading, batches = intake(), list[LineBatch]()

    async def send(batch: LineBatch) -> None:
        batches.append(batch)

    await reading.read(chunks, send)
    found = {
        file.file_name: b"".join(batch.body for batch in batches if batch.job_id == file.job_id)
        for file in reading.files
    }
    return found, reading


FILES = {"a.log": LINES, "empty.log": b"", "b.log": b"one\ntwo"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (LINES, {"sent.log": LINES}),
        (b"", {"sent.log": b""}),
        (gzip.compress(LINES), {"sent.log": LINES}),
        (tar_of(FILES), FILES),
        (zip_of(FILES), FILES),
    ],
)
@pytest.mark.parametrize("size", [997, 64 * 1024, 10_000_000])
async def test_every_file_gets_its_lines(content: bytes, expected: dict[str, bytes], size: int) -> None:
    found, reading = await files_in(chunks_of(content, size))
    assert found == expected
    assert reading.failure is None
    received = [file.received() for file in reading.files]
    assert sum(one.bytes_received for one in received) == (len(content) if len(expected) == 1 else len(LINES) + 7)
    assert [one.lines_read for one in received] == [len(content.splitlines()) for content in expected.values()]


HASHED = {
    "text": LINES,
    "nothing": b"",
    "with a byte order mark": b"\xef\xbb\xbfone\ntwo",
    "UTF-16": "\ufeff".encode("utf-16-le") + LINES.decode().encode("utf-16-le"),
    "a JSON array": b'\xef\xbb\xbf[{"a": 1},\n {"a": 2}]' * 10_000,
    "packed": gzip.compress(b'[{"a": 1}]'),
}


@pytest.mark.parametrize("name", HASHED)
async def test_the_hash_of_the_lines_is_that_of_what_is_sent(name: str) -> None:
    found, reading = await files_in(chunks_of(HASHED[name]))
    received = reading.files[0].received()
    assert received.lines_sha256 == hashlib.sha256(found["sent.log"]).digest()
    assert (received.lines_sha256 == received.content_sha256) == (name in ("text", "nothing", "with a byte order mark"))


async def test_what_came_before_a_body_broke_off_is_sent() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield LINES
        raise InputError(400, "Upload interrupted", "gone")

    reading, sent = intake(), list[bytes]()

    async def send(batch: LineBatch) -> None:
        sent.append(batch.body)

    with pytest.raises(InputError, match="gone"):
        await reading.read(broken(), send)
    assert LINES.startswith(b"".join(sent))
    assert len(b"".join(sent)) > len(LINES) - 2 * SETTINGS.batch_bytes


async def test_a_body_is_read_on_behind_a_failure_for_a_while() -> None:
    chunks = chunks_of(b"\x89PNG\r\n\x1a\n" + bytes(2 * DRAIN_BYTES))
    found, reading = await files_in(chunks)
    assert found == {}
    assert reading.failure is not None
    left = sum([len(chunk) async for chunk in chunks])
    assert 0 < left < DRAIN_BYTES


HOSTILE = {
    "nested arrays": b'[{"a":' + b"[" * 2**18,
    "scalars in an array": b'[{"a":1},' + b"1," * 2**17,
    "a bomb": gzip.compress(b"a line\n" * 2**22),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_the_event_loop_keeps_turning(name: str) -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with asyncio.TaskGroup() as tasks:
        turning = tasks.create_task(turn())
        await files_in(chunks_of(HOSTILE[name], 10_000_000))
        turning.cancel()
    # Done here, reading one chunk would leave a turn for each of the few times that it waits.
    assert turns > 100


class Watched(IncomingFile):
    """Notes the threads that work on it."""

    def __init__(self, name: str) -> None:
        super().__init__(uuid4(), uuid4(), name, InputHints(), SETTINGS, None)
        self.threads: set[int] = set()

    def feed(self, content: bytes) -> list[LineBatch]:
        self.threads.add(threading.get_ident())
        return super().feed(content)

    def flush(self, failure: Undecodable | None = None) -> list[LineBatch]:
        self.threads.add(threading.get_ident())
        return super().flush(failure)


@pytest.mark.parametrize("content", [LINES, LINES[:100], gzip.compress(LINES), tar_of(FILES), zip_of(FILES)])
async def test_files_are_worked_on_in_threads(content: bytes) -> None:
    files = list[Watched]()

    async def watch(name: str, begins: FileBegins) -> Watched:
        files.append(Watched(name))
        return files[-1]

    async def send(batch: LineBatch) -> None: ...

    await Intake("sent.log", InputDecoder(Meter(WIDE_LIMITS)), watch).read(chunks_of(content), send)
    assert files
    for file in files:
        assert file.threads
        assert threading.get_ident() not in file.threads


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor().compress])
async def test_nothing_is_unpacked_that_nobody_takes(compress: Callable[[bytes], bytes]) -> None:
    packed, full = compress(b"a line\n" * 2**23), asyncio.Event()

    async def send(batch: LineBatch) -> None:
        full.set()
        await asyncio.Event().wait()

    tracemalloc.start()
    try:
        reading = asyncio.create_task(intake().read(chunks_of(packed), send))
        await full.wait()
        peak = tracemalloc.get_traced_memory()[1]
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    finally:
        tracemalloc.stop()
    assert peak < 24 * 1024**2


async def test_a_thread_is_waited_for_even_if_cancelled() -> None:
    go_on, began, over = threading.Event(), threading.Event(), list[bool]()

    def work() -> None:
        began.set()
        go_on.wait()
        over.append(True)
        raise ValueError("nobody hears of it")

    waiting = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(began.wait)
    for _ in range(2):
        waiting.cancel()
        await asyncio.sleep(0)
        assert not waiting.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert over == [True]


@pytest.mark.parametrize(("value", "failure"), [(7, None), (None, ValueError("no"))])
async def test_what_a_thread_comes_to(value: int | None, failure: ValueError | None) -> None:
    def work() -> int | None:
        if failure:
            raise failure
        return value

    if failure is None:
        assert await in_thread(work) == value
    else:
        with pytest.raises(ValueError, match="no"):
            await in_thread(work)


async def test_one_meter_for_all_inputs() -> None:
    meter = Meter(Limits(2**40, 1e9, 3))
    told = []
    for packed in (tar_of({"a.log": b"1\n", "b.log": b"2\n"}), zip_of({"c.log": b"3\n", "d.log": b"4\n"})):
        reading = Intake("sent", InputDecoder(meter), enter)

        async def send(batch: LineBatch) -> None: ...

        await reading.read(chunks_of(packed), send)
        told.append([file.file_name for file in reading.files])
    assert told == [["a.log", "b.log"], ["c.log", "sent"]]
    assert reading.failure is not None
    assert "max_archive_members" in reading.failure.detail
