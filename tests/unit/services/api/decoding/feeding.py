"""Bytes, in any pieces, through what decodes them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from hypothesis import strategies as st

from services.api.decoding.contents import InputDecoder
from services.api.decoding.decompression import Compression
from services.api.decoding.events import Event, FileBegins, FileEnds
from services.api.decoding.limits import Limits, Meter

CUTS = st.lists(st.integers(1, 5000), max_size=60)
"""Lengths of the first chunks; the rest comes in one."""
WIDE_LIMITS = Limits(max_decompressed_bytes=2**40, max_expansion_ratio=1e9, max_archive_members=1000)


def cut(content: bytes, lengths: Iterable[int]) -> list[bytes]:
    chunks = []
    for length in lengths:
        chunks.append(content[:length])
        content = content[length:]
    return [*chunks, content]


@dataclass
class Found:
    """A file that came out."""

    name: str | None
    content: bytes = b""
    failure: str | None = None
    status: int = 0
    modified_at: datetime | None = None
    size: int | None = None


def files_of(events: Iterable[Event]) -> list[Found]:
    """The files, each of which must have been ended."""
    files: list[Found] = []
    is_open = False
    for event in events:
        if isinstance(event, FileBegins):
            assert not is_open
            is_open = True
            files.append(Found(event.name, modified_at=event.modified_at, size=event.size))
        elif isinstance(event, FileEnds):
            assert is_open
            is_open = False
            if event.failure is not None:
                files[-1].failure, files[-1].status = event.failure.detail, event.failure.status
        else:
            assert is_open
            assert event
            files[-1].content += event
    assert not is_open
    return files


def events_of(decoder: InputDecoder, chunks: Iterable[bytes]) -> Iterator[Event]:
    for chunk in chunks:
        yield from decoder.feed(chunk)
    yield from decoder.flush()


def decode(
    chunks: Iterable[bytes], limits: Limits = WIDE_LIMITS, encoding: Compression | None = None
) -> tuple[list[Found], InputDecoder]:
    """The files in an upload, and the decoder for its `failure`."""
    decoder = InputDecoder(Meter(limits), encoding)
    return files_of(events_of(decoder, chunks)), decoder
