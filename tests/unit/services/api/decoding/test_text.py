"""Files to lines: charset and arrays together, decided by a head of fixed size."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api.decoding.text import HEAD_BYTES, TextReader
from tests.unit.services.api.decoding.feeding import cut

LONG_CUTS = st.lists(st.integers(1, 40_000), max_size=20)


def read(chunks: list[bytes], charset: str | None = None) -> tuple[bytes, str | None]:
    reader = TextReader(charset)
    out = b"".join([piece for chunk in chunks for piece in reader.feed(chunk)] + list(reader.flush()))
    return out, reader.charset


ARRAY = json.dumps([{"level": 30, "msg": "größer"}, {"level": 40}], ensure_ascii=False)
LINES = '{"level": 30, "msg": "größer"}\n{"level": 40}\n'
CASES = [
    (b"", None, b"", None),
    (b"one\ntwo", None, b"one\ntwo", None),
    (b"\xef\xbb\xbfone\n", None, b"\xef\xbb\xbfone\n", None),
    ("größer\n".encode(), None, "größer\n".encode(), None),
    ("größer als\n".encode("cp1252"), None, "größer als\n".encode("cp1252"), "cp1252"),
    ("größer\r\n".encode("utf-16"), None, "größer\r\n".encode(), None),
    ("größer\n".encode("utf-32-be"), None, "größer\n".encode(), None),
    ("x😀\n".encode("utf-16-le") + b"\x00\xd8\n\0", "utf-16", "x😀\n\ufffd\n".encode(), None),
    (ARRAY.encode(), None, LINES.encode(), None),
    (b"\xef\xbb\xbf" + ARRAY.encode(), None, LINES.encode(), None),
    (ARRAY.encode("utf-16"), None, LINES.encode(), None),
    (ARRAY.encode("cp1252"), None, LINES.encode("cp1252"), "cp1252"),
    # Forced.
    (b"\xe4\n", "cp1251", b"\xe4\n", "cp1251"),
    ("größer als\n".encode("cp1252"), "utf-8", "größer als\n".encode("cp1252"), "utf-8"),
    ("größer\n".encode("utf-16-be"), "utf-16-be", "größer\n".encode(), None),
    ("größer\n".encode("utf-16"), "utf-16-le", "größer\n".encode(), None),
    ("да\n".encode("utf-16-le"), "utf-16", "да\n".encode(), None),
    ("да\n".encode("utf-32"), "utf-32", "да\n".encode(), None),
]


@pytest.mark.parametrize(("content", "forced", "expected", "charset"), CASES)
@pytest.mark.parametrize("size", [1, 7, 10_000_000])
def test_cases(content: bytes, forced: str | None, expected: bytes, charset: str | None, size: int) -> None:
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    assert read(chunks, forced) == (expected, charset)


ENDS = ["größer\n", "plain\n", "\n", "x" * 3000 + "\n", '{"a":1},']


@given(
    pieces=st.lists(st.sampled_from(ENDS), max_size=60),
    begins=st.sampled_from(["", "[", "[{},", "\ufeff[{},"]),
    charset=st.sampled_from(["utf-8", "cp1252", "utf-16", "utf-16-le", "utf-32"]),
    cuts=LONG_CUTS,
)
@settings(max_examples=150)
def test_the_chunks_never_matter(pieces: list[str], begins: str, charset: str, cuts: list[int]) -> None:
    content = (begins + "".join(pieces)).encode(charset, "replace")
    assert read(cut(content, cuts)) == read([content])


def test_what_comes_after_the_head_decides_nothing() -> None:
    plain = b"a plain line of text\n" * (HEAD_BYTES // 20)
    assert read([plain + "größer als\n".encode("cp1252")]) == (plain + "größer als\n".encode("cp1252"), None)
