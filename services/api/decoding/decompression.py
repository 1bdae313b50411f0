"""Compressed bytes to plain ones, in bounded pieces: gzip, zstd, bzip2, xz, each with any number of members."""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import zstandard
from isal import igzip_lib

from services.api.decoding.failures import Undecodable, broken
from services.api.decoding.limits import Meter
from services.api.decoding.member_times import moment_of

PIECE_BYTES = 256 * 1024
MAX_WINDOW_BYTES = 128 * 1024**2
"""Memory a single zstd or xz stream may ask for: what `zstd --long` and `xz -9` need."""
SLICE_BYTES = 256
"""Of input at a time, counted from its beginning however the network cut it. What a call makes is lost where it finds
damage, and four bytes of zstd may stand for a block of 128 KiB, for which the library knows no bound.
"""
MAX_GZIP_HEADER_BYTES = 128 * 1024
GZIP_HEADER_BYTES = 10
GZIP_HEADER_CRC, GZIP_EXTRA, GZIP_NAME, GZIP_COMMENT = 2, 4, 8, 16
GZIP_TRAILER = struct.Struct("<LL")
STREAM_ERRORS: tuple[type[Exception], ...] = (
    igzip_lib.IsalError,  # type: ignore[assignment]  # its stub takes the class for an instance
    zstandard.ZstdError,
    lzma.LZMAError,
    OSError,
    ValueError,
)


class Stream(Protocol):
    """One compressed stream, as the bz2 and lzma modules of the standard library have it."""

    @property
    def eof(self) -> bool:
        """Whether its end was reached, checksum and all."""

    @property
    def needs_input(self) -> bool:
        """Whether all that can be made of the bytes so far was made."""

    @property
    def unused_data(self) -> bytes:
        """What came after its end."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Up to about `max_length` more bytes."""


class _ZstdStream:
    """One zstd frame; makes all there is at once."""

    needs_input = True

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).decompressobj()

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._frame.decompress(data)


class _GzipStream:
    """One gzip member. Its checksum is looked at here, so that a wrong one costs none of the data."""

    def __init__(self) -> None:
        self._deflate: Stream | None = None
        self._held = b""
        self._crc = 0
        self._size = 0
        self.eof = False
        self.unused_data = b""

    @property
    def needs_input(self) -> bool:
        if self._deflate is None:
            return True
        return len(self._held) < GZIP_TRAILER.size if self._deflate.eof else self._deflate.needs_input

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if self._deflate is None:
            data = self._read_header(data)
            if self._deflate is None:
                return b""
        if self._deflate.eof:
            self._read_trailer(data)
            return b""
        piece = self._deflate.decompress(data, max_length)
        self._crc = zlib.crc32(piece, self._crc)
        self._size += len(piece)
        if self._deflate.eof:
            self._held = self._deflate.unused_data
        return piece

    def _read_header(self, data: bytes) -> bytes:
        self._held += data
        length = gzip_header_length(self._held)
        if length is None:
            if len(self._held) > MAX_GZIP_HEADER_BYTES:
                raise ValueError("its header does not end")
            return b""
        data, self._held = self._held[length:], b""
        self._deflate = deflate_stream()
        return data

    def _read_trailer(self, data: bytes) -> None:
        self._held += data
        if len(self._held) < GZIP_TRAILER.size:
            return
        crc, size = GZIP_TRAILER.unpack_from(self._held)
        if (crc, size) != (self._crc, self._size % 2**32):
            raise ValueError("wrong checksum or length")
        self.unused_data = self._held[GZIP_TRAILER.size :]
        self.eof = True


def gzip_header_length(data: bytes) -> int | None:
    """The length of the gzip header `data` begins with; None where it is not whole."""
    if len(data) < GZIP_HEADER_BYTES:
        return None
    flags, at = data[3], GZIP_HEADER_BYTES
    if flags & GZIP_EXTRA:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for text in (GZIP_NAME, GZIP_COMMENT):
        if flags & text:
            end = data.find(b"\0", at)
            if end < 0:
                return None
            at = end + 1
    if flags & GZIP_HEADER_CRC:
        at += 2
    return at if at <= len(data) else None


def gzip_modified_at(head: bytes) -> datetime | None:
    """When the file in a gzip member that begins with `head` was changed, if it says so."""
    return moment_of(int.from_bytes(head[4:8], "little"))


@dataclass(frozen=True, slots=True)
class Compression:
    """A way to compress: its name, what its streams begin with, and how to read one."""

    name: str
    magics: tuple[bytes, ...]
    open: Callable[[], Stream]

    def begins(self, data: bytes) -> bool | None:
        """Whether `data` begins a stream; None where it is too short to tell."""
        if any(data.startswith(magic) for magic in self.magics):
            return True
        return None if any(magic.startswith(data) for magic in self.magics) else False


def deflate_stream() -> Stream:
    """Deflate without a header, as in a zip."""
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)


def bzip2_stream() -> Stream:
    """One bzip2 stream."""
    return bz2.BZ2Decompressor()


GZIP = Compression("gzip", (b"\x1f\x8b\x08",), _GzipStream)
ZSTD = Compression(
    "zstd",
    (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + n]) + b"\x2a\x4d\x18" for n in range(16))),  # and frames to be skipped
    _ZstdStream,
)
# Both the first block's and an empty stream's mark: three letters alone could begin a line of text.
BZIP2 = Compression(
    "bzip2",
    tuple(b"BZh%d%b" % (n, mark) for n in range(1, 10) for mark in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")),
    bzip2_stream,
)
XZ = Compression("xz", (b"\xfd7zXZ\x00",), lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_WINDOW_BYTES))
COMPRESSIONS = (GZIP, ZSTD, BZIP2, XZ)


class Decompressor:
    """Reads streams of one kind, one after the other; zero bytes may follow, as tapes and block devices leave them."""

    def __init__(self, compression: Compression, meter: Meter) -> None:
        self._compression = compression
        self._meter = meter
        self._stream: Stream | None = None
        self._between = b""
        self._slice = b""
        self._streams = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Raises Undecodable for damage, LimitExceeded for a bomb, both after yielding what came before."""
        data = self._slice + data
        whole = len(data) - len(data) % SLICE_BYTES
        self._slice = data[whole:]
        slices = (data[start : start + SLICE_BYTES] for start in range(0, whole, SLICE_BYTES))
        yield from joined(piece for one in slices for piece in self._read(one))

    def flush(self) -> Iterator[bytes]:
        """The input is over; raises Undecodable where a stream is not."""
        yield from joined(self._read(self._slice))
        if self._stream is not None or not self._streams:
            raise broken(f"The {self._compression.name} data is cut off (truncated).")
        if self._between:
            raise self._garbage()

    def _read(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._stream is None:
                data = self._begin(data)
                continue
            yield from self._pieces(self._stream, data)
            data = b""
            if self._stream.eof:
                data, self._stream = self._stream.unused_data, None

    def _begin(self, data: bytes) -> bytes:
        """Opens the next stream; the bytes to give it, none where more are needed to tell."""
        data = self._between + data
        if self._streams:
            data = data.lstrip(b"\0")
        begins = self._compression.begins(data)
        if begins is False:
            raise self._garbage()
        if begins is None:
            self._between = data
            return b""
        self._between = b""
        self._stream = self._compression.open()
        self._streams += 1
        return data

    def _garbage(self) -> Undecodable:
        name = self._compression.name
        return broken(f"The {name} data is followed by something else." if self._streams else f"This is not {name}.")

    def _pieces(self, stream: Stream, data: bytes) -> Iterator[bytes]:
        while True:
            piece = inflate(stream, data, self._compression.name)
            if piece:
                self._meter.produced(len(piece))
                yield piece
            if stream.eof or stream.needs_input:
                return
            data = b""


def joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of at most PIECE_BYTES, all of them before an error goes on."""
    waiting: list[bytes] = []
    length = 0
    try:
        for piece in pieces:
            waiting.append(piece)
            length += len(piece)
            if length >= PIECE_BYTES:
                whole, waiting, length = b"".join(waiting), [], 0
                yield from _pieces_of(whole)
    except Undecodable:
        yield from _pieces_of(b"".join(waiting))
        raise
    yield from _pieces_of(b"".join(waiting))


def _pieces_of(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]


def inflate(stream: Stream, data: bytes, name: str) -> bytes:
    """The stream's next piece; raises Undecodable where the data is damaged or asks for too much memory."""
    try:
        return stream.decompress(data, PIECE_BYTES)
    except STREAM_ERRORS as error:
        raise broken(f"The {name} data is damaged: {error}".rstrip(".") + ".") from error
