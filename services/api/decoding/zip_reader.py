"""A zip's bytes to its files, as they come: by the headers before the members, not by the directory at the end."""

import zlib
from collections.abc import Callable, Generator, Iterator
from typing import TypeAlias

from services.api.decoding.decompression import SLICE_BYTES, Stream, bzip2_stream, deflate_stream, inflate, joined
from services.api.decoding.events import Event, FileBegins, FileEnds
from services.api.decoding.failures import Undecodable, broken, unsupported
from services.api.decoding.limits import Meter
from services.api.decoding.zip_headers import (
    ENDINGS,
    LOCAL,
    LONGEST_DESCRIPTOR,
    ZipHeader,
    read_descriptor,
    read_header,
)

Step: TypeAlias = Generator[Event, None, bool]
"""Answers whether it got on; where not, it needs more bytes."""

STORED = 0
STREAMS: dict[int, Callable[[], Stream]] = {8: deflate_stream, 12: bzip2_stream}
"""By the number of the method."""


class _Member:
    """The member in hand: how far it is, and why it cannot be read, if so."""

    def __init__(self, header: ZipHeader) -> None:
        self.header = header
        self.is_file = not header.name.endswith("/")
        self.failure = _refusal(header)
        self.stream = STREAMS[header.method]() if header.method in STREAMS and self.failure is None else None
        self.packed = 0
        self.size = 0
        self.crc = 0
        self.is_over = header.packed == 0
        """Whether all of its data was read; a descriptor may still follow."""

    @property
    def finds_its_end(self) -> bool:
        """Whether it is told where the member's data ends, by its header or by the data."""
        return self.header.packed is not None or self.stream is not None

    def made(self, piece: bytes) -> None:
        """Counts what came out."""
        self.size += len(piece)
        self.crc = zlib.crc32(piece, self.crc)

    def check(self, crc: int) -> None:
        """Fails the member unless it is what the archive says of it."""
        expected = self.size if self.header.size is None else self.header.size
        cut_off = self.stream is not None and not self.stream.eof and self.header.packed != 0
        if self.failure is None and (cut_off or (self.crc, self.size) != (crc, expected)):
            self.failure = broken("Its data in the zip archive is damaged (wrong checksum).")


def _refusal(header: ZipHeader) -> Undecodable | None:
    if header.is_encrypted:
        return unsupported("It is encrypted in the zip archive.")
    if header.method != STORED and header.method not in STREAMS:
        return unsupported(f"It is packed with the zip method {header.method}; stored, deflate and bzip2 can be read.")
    if header.method == STORED and header.packed is None:
        return unsupported("It is stored in the zip archive without saying how long it is.")
    return None


class ZipReader:
    """Holds one header, or a chunk of a member's data."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._buffer = b""
        self._member: _Member | None = None
        self._ended = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Raises Undecodable where it cannot be told where the next member begins, LimitExceeded for a bomb."""
        self._buffer += data
        yield from self._run(final=False)

    def flush(self) -> Iterator[Event]:
        """The input is over; raises Undecodable where the archive is not."""
        yield from self._run(final=True)
        if not self._ended:
            raise broken("The zip archive is cut off (truncated).")

    def _run(self, *, final: bool) -> Iterator[Event]:
        moves = True
        while moves and self._buffer and not self._ended:
            if self._member is None:
                moves = yield from self._read_header()
            elif not self._member.is_over:
                moves = yield from self._read_data(self._member, final=final)
            else:
                moves = yield from self._end(self._member)
        if self._ended:
            self._buffer = b""  # the directory repeats what is known

    def _read_header(self) -> Step:
        signature = self._buffer[:4]
        if signature in ENDINGS:
            self._ended = True
        elif len(signature) == 4 and signature != LOCAL:
            raise broken("The zip archive is damaged: no member begins where one should.")
        header = None if self._ended else read_header(self._buffer)
        if header is None:
            return False
        self._meter.member()
        self._buffer = self._buffer[header.length :]
        member = self._member = _Member(header)
        if member.is_file:
            yield FileBegins(header.name, header.modified_at, header.size)
        if not member.finds_its_end:
            if member.is_file:
                yield FileEnds(member.failure)
            raise broken(f"The zip archive cannot be read on: {header.name[:100]!r} does not say where it ends.")
        return True

    def _read_data(self, member: _Member, *, final: bool) -> Step:
        content = self._take(member, final=final)
        for piece in joined(self._unpack_slices(member, content)):
            member.made(piece)
            if member.is_file:
                yield piece
        member.is_over |= member.packed == member.header.packed
        return bool(content)

    def _unpack_slices(self, member: _Member, content: bytes) -> Iterator[bytes]:
        for start in range(0, len(content), SLICE_BYTES):
            yield from self._unpack(member, content[start : start + SLICE_BYTES])
            if member.header.packed is None and member.stream is not None and member.stream.eof:
                rest = member.stream.unused_data + content[start + SLICE_BYTES :]
                member.packed -= len(rest)
                member.is_over = True
                self._buffer = rest + self._buffer
                return

    def _take(self, member: _Member, *, final: bool) -> bytes:
        """The member's next whole slices, or all that is left of it."""
        packed = member.header.packed
        available = len(self._buffer) if packed is None else min(len(self._buffer), packed - member.packed)
        if not final and (packed is None or available < packed - member.packed):
            available -= available % SLICE_BYTES
        content, self._buffer = self._buffer[:available], self._buffer[available:]
        member.packed += available
        return content

    def _unpack(self, member: _Member, content: bytes) -> Iterator[bytes]:
        stream = member.stream
        if member.failure is None and stream is None:
            yield content
        while member.failure is None and stream is not None and not stream.eof:
            try:
                piece = inflate(stream, content, "zip")
            except Undecodable as failure:
                if member.header.packed is None:
                    raise
                member.failure = failure
                return
            if piece:
                self._meter.produced(len(piece))
                yield piece
            if stream.needs_input:
                return
            content = b""

    def _end(self, member: _Member) -> Step:
        crc = member.header.crc
        if member.header.has_descriptor:
            if len(self._buffer) < LONGEST_DESCRIPTOR:
                return False
            size = member.size if member.header.size is None else member.header.size
            descriptor = read_descriptor(self._buffer, member.packed, size)
            if descriptor is None:
                raise broken("The zip archive is damaged: a member is not as long as it says.")
            crc, length = descriptor
            self._buffer = self._buffer[length:]
        member.check(crc)
        self._member = None
        if member.is_file:
            yield FileEnds(member.failure)
        return True
