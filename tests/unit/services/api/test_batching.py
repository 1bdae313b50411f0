"""Cutting bytes into line batches: whatever the chunks, the same lines, each once."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.batching import Batcher, Piece
from shared.lines import count_lines
from shared.parsing import RecordBounds


def cut(
    chunks: list[bytes], *, batch_bytes: int, max_line_bytes: int, bounds: RecordBounds | None = None
) -> list[Piece]:
    batcher = Batcher(batch_bytes=batch_bytes, max_line_bytes=max_line_bytes, bounds=bounds)
    pieces = [piece for chunk in chunks for piece in batcher.feed(chunk)]
    return [*pieces, *batcher.flush()]


CASES = [
    # input, (body, lines, part) of each batch, with batches of 9 bytes and lines of at most 12
    (b"", []),
    (b"\n", [(b"\n", 1, None)]),
    (b"\n\n\n", [(b"\n\n\n", 3, None)]),
    (b"a", [(b"a", 1, None)]),
    (b"ab\ncd\n", [(b"ab\ncd\n", 2, None)]),
    (b"ab\ncd\nef\ngh", [(b"ab\ncd\nef\n", 3, None), (b"gh", 1, None)]),
    (b"a\r\nb\rc\r\n", [(b"a\r\nb\rc\r\n", 2, None)]),
    (b"0123456789\nab\n", [(b"0123456789\n", 1, None), (b"ab\n", 1, None)]),
    (b"a" * 12 + b"\n", [(b"a" * 12 + b"\n", 1, None)]),
    (b"a" * 12, [(b"a" * 12, 1, None)]),
    (b"a" * 13 + b"\nb", [(b"a" * 12, 1, 0), (b"a\n", 0, 1), (b"b", 1, None)]),
    (b"a" * 24 + b"\nb", [(b"a" * 12, 1, 0), (b"a" * 12, 0, 1), (b"\n", 0, 2), (b"b", 1, None)]),
    (b"a" * 30, [(b"a" * 12, 1, 0), (b"a" * 12, 0, 1), (b"a" * 6, 0, 2)]),
]


@pytest.mark.parametrize(("content", "expected"), CASES)
def test_cases(content: bytes, expected: list[tuple[bytes, int, int | None]]) -> None:
    pieces = cut([content], batch_bytes=9, max_line_bytes=12)
    assert [(piece.body, piece.line_count, piece.line_part) for piece in pieces] == expected


RECORDS = [
    # input, the batches' bodies, with batches of 9 bytes, lines of at most 12 and records of at most 20
    (b"ab\n cd\nef\n", [b"ab\n cd\n", b"ef\n"]),
    (b"ab\n cd\n ef\n gh\nij\n", [b"ab\n cd\n ef\n gh\n", b"ij\n"]),
    (b"ab\ncd\n ef\n gh\n", [b"ab\n", b"cd\n ef\n gh\n"]),
    (b"a\n 1\n 2\n 3\n 4\n 5\n 6\n 7\nb\n", [b"a\n 1\n 2\n 3\n 4\n 5\n 6\n", b" 7\nb\n"]),
    (b"ab\n cd\n" + b" " * 13 + b"\n ef\n", [b"ab\n cd\n", b" " * 12, b" \n", b" ef\n"]),
    (b"\xef\xbb\xbf{\n 1\n}\n2\n", [b"\xef\xbb\xbf{\n 1\n}\n", b"2\n"]),
    (b"ab\n\x1b[m cd\n", [b"ab\n\x1b[m cd\n"]),
]


@pytest.mark.parametrize(("content", "expected"), RECORDS)
@pytest.mark.parametrize("chunk_bytes", [1, 2, 7, 100])
def test_batches_begin_where_records_begin(content: bytes, expected: list[bytes], chunk_bytes: int) -> None:
    chunks = [content[start : start + chunk_bytes] for start in range(0, len(content), chunk_bytes)]
    pieces = cut(chunks, batch_bytes=9, max_line_bytes=12, bounds=RecordBounds(bytes=20))
    assert [piece.body for piece in pieces] == expected


def test_a_record_longer_than_a_batch_takes_linear_time() -> None:
    batcher = Batcher(batch_bytes=1000, max_line_bytes=2000, bounds=RecordBounds(lines=10**6, bytes=400_000))
    lines = [b"a\n", *[b" b\n"] * 100_000, b"c\n"]
    began = time.process_time()
    pieces = [piece for line in lines for piece in batcher.feed(line)] + list(batcher.flush())
    assert time.process_time() - began < 5
    assert [piece.line_count for piece in pieces] == [100_001, 1]


@given(
    content=st.lists(
        st.sampled_from([b"a", b"bc", b"\n", b"\n ", b"\n{\n", b"\r\n", b"long line of text", b"\x00\xff"])
    ).map(b"".join),
    cuts=st.lists(st.integers(1, 40)),
    batch_bytes=st.integers(1, 40),
    max_line_bytes=st.integers(1, 40),
)
def test_any_chunking_keeps_every_byte_and_counts_every_line(
    content: bytes, cuts: list[int], batch_bytes: int, max_line_bytes: int
) -> None:
    chunks, rest = [], content
    for length in cuts:
        chunks.append(rest[:length])
        rest = rest[length:]
    pieces = cut([*chunks, rest], batch_bytes=batch_bytes, max_line_bytes=max_line_bytes)
    assert b"".join(piece.body for piece in pieces) == content
    assert sum(piece.line_count for piece in pieces) == count_lines(content)
    assert [piece.batch_no for piece in pieces] == list(range(len(pieces)))
    place = line = 0
    for piece in pieces:
        assert piece.byte_offset == place
        assert piece.first_line == (line if piece.line_part else line + 1)
        whole = piece.line_part is None
        assert all(len(text) <= max_line_bytes for text in piece.body.split(b"\n")) if whole else True
        place += len(piece.body)
        line += piece.line_count


def test_memory_is_bounded_by_the_longest_line_kept() -> None:
    batcher = Batcher(batch_bytes=1000, max_line_bytes=4000)
    for _ in range(1000):
        for piece in batcher.feed(b"x" * 500):
            assert len(piece.body) <= 4000
    assert len(batcher._buffer) <= 4500


def test_memory_is_bounded_by_the_longest_record() -> None:
    batcher = Batcher(batch_bytes=1000, max_line_bytes=4000, bounds=RecordBounds(bytes=8000))
    for _ in range(1000):
        for piece in batcher.feed(b" more of it\n" * 50):
            assert len(piece.body) <= 9000
        assert len(batcher._buffer) <= 9600
