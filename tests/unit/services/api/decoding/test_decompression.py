"""Compressed streams: every one's bytes, in bounded pieces, and an error for what is not whole."""

import bz2
import gzip
import lzma
import random
import tracemalloc
from collections.abc import Callable, Iterable

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api.decoding.decompression import BZIP2, GZIP, PIECE_BYTES, XZ, ZSTD, Compression, Decompressor
from services.api.decoding.failures import LimitExceeded, Undecodable
from services.api.decoding.limits import Limits, Meter
from tests.unit.services.api.decoding.feeding import CUTS, WIDE_LIMITS, cut

Compress = Callable[[bytes], bytes]
KINDS = [
    pytest.param(GZIP, gzip.compress, id="gzip"),
    pytest.param(ZSTD, zstandard.ZstdCompressor(write_checksum=True).compress, id="zstd"),
    pytest.param(BZIP2, bz2.compress, id="bzip2"),
    pytest.param(XZ, lzma.compress, id="xz"),
]
LINES = b"".join(b"2026-01-02T03:04:05Z INFO request %d served\n" % n for n in range(3000))


def decompress(compression: Compression, chunks: Iterable[bytes], limits: Limits = WIDE_LIMITS) -> tuple[bytes, str]:
    """What came out, and why no more did."""
    meter = Meter(limits)
    decompressor = Decompressor(compression, meter)
    out: list[bytes] = []
    try:
        for chunk in chunks:
            meter.received(len(chunk))
            for piece in decompressor.feed(chunk):
                assert piece
                out.append(piece)
        out += decompressor.flush()
    except Undecodable as error:
        return b"".join(out), error.detail
    return b"".join(out), ""


@pytest.mark.parametrize(("compression", "compress"), KINDS)
@given(contents=st.lists(st.binary(max_size=3000), min_size=1, max_size=4), cuts=CUTS)
@settings(max_examples=40)
def test_any_number_of_streams_in_any_chunks(
    compression: Compression, compress: Compress, contents: list[bytes], cuts: list[int]
) -> None:
    packed = b"".join(map(compress, contents))
    assert decompress(compression, cut(packed, cuts)) == (b"".join(contents), "")


@pytest.mark.parametrize(("compression", "compress"), KINDS)
@given(data=st.data(), cuts=CUTS)
@settings(max_examples=40)
def test_a_stream_cut_off_anywhere_is_told(
    compression: Compression, compress: Compress, data: st.DataObject, cuts: list[int]
) -> None:
    packed = compress(LINES)
    out, told = decompress(compression, cut(packed[: data.draw(st.integers(0, len(packed) - 1))], cuts))
    assert LINES.startswith(out)
    assert "cut off" in told


@pytest.mark.parametrize(("compression", "compress"), KINDS)
@pytest.mark.parametrize(
    ("tail", "told"),
    [
        (b"\0", ""),
        (b"\0" * 4096, ""),
        (b"garbage", "followed by something else"),
        (b"\0\0garbage", "followed by something else"),
        (b"B", "followed by something else"),
    ],
)
@pytest.mark.parametrize("size", [1, 10_000_000])
def test_what_may_follow_a_stream(
    compression: Compression, compress: Compress, tail: bytes, told: str, size: int
) -> None:
    packed = compress(b"one\ntwo\n") + tail
    chunks = [packed[start : start + size] for start in range(0, len(packed), size)]
    out, found = decompress(compression, chunks)
    assert out == b"one\ntwo\n"
    assert told in found
    assert bool(told) == bool(found)


@pytest.mark.parametrize(("compression", "compress"), KINDS)
@given(cuts=CUTS)
@settings(max_examples=20)
def test_damage_is_told_after_the_good_lines(compression: Compression, compress: Compress, cuts: list[int]) -> None:
    first, second = compress(LINES), bytearray(compress(LINES))
    second[-12 if compression is XZ else -3] ^= 0xFF
    out, told = decompress(compression, [first + bytes(second)])
    assert out.startswith(LINES)
    assert (LINES * 2).startswith(out)
    assert f"The {compression.name} data is damaged" in told
    assert decompress(compression, cut(first + bytes(second), cuts)) == (out, told)


@pytest.mark.parametrize(("place", "name"), [(-8, "checksum"), (-4, "length")])
def test_gzip_trailers_are_checked(place: int, name: str) -> None:
    packed = bytearray(gzip.compress(LINES))
    packed[place] ^= 1
    out, told = decompress(GZIP, [bytes(packed)])
    assert out == LINES, name
    assert "damaged" in told


def test_zstd_frames_that_are_to_be_skipped() -> None:
    skipped = b"\x53\x2a\x4d\x18\x03\x00\x00\x00abc"
    frame = zstandard.ZstdCompressor().compress(b"line\n")
    assert decompress(ZSTD, [skipped + frame + skipped + frame]) == (b"line\nline\n", "")


@pytest.mark.parametrize(("compression", "compress"), KINDS)
def test_a_bomb_expands_in_pieces(compression: Compression, compress: Compress) -> None:
    bomb = compress(bytes(64 * 1024**2))[: 64 * 1024]
    decompressor = Decompressor(compression, Meter(WIDE_LIMITS))
    tracemalloc.start()
    try:
        longest = max(map(len, decompressor.feed(bomb)), default=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert longest <= PIECE_BYTES
    assert peak < 40 * 1024**2


@pytest.mark.parametrize(
    ("limits", "setting"),
    [
        (Limits(1024**2, 1e9, 10), "max_decompressed_bytes"),
        (Limits(2**40, 100, 10), "max_expansion_ratio"),
    ],
)
def test_limits_are_named(limits: Limits, setting: str) -> None:
    packed = gzip.compress(bytes(65 * 1024**2))
    assert f"({setting})" in decompress(GZIP, cut(packed, [1000] * 30), limits)[1]


def test_a_limit_reached_is_an_error_of_its_own() -> None:
    decompressor = Decompressor(GZIP, Meter(Limits(3, 1e9, 10)))
    with pytest.raises(LimitExceeded) as caught:
        list(decompressor.feed(gzip.compress(random.Random(1).randbytes(1000))))
    assert caught.value.status == 413


def test_what_compresses_well_but_is_small_has_no_ratio() -> None:
    content = b"2026-01-02T03:04:05Z INFO nothing to do\n" * 1_000_000
    packed = zstandard.ZstdCompressor().compress(content)
    assert len(content) / len(packed) > 1000
    assert decompress(ZSTD, [packed], Limits(2**40, 1000, 10)) == (content, "")
