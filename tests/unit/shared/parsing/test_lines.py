import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.parsing.lines import readable_line, split_lines

CASES: list[tuple[bytes, list[str]]] = [
    (b"", []),
    (b"\n", [""]),
    (b"\n\n\n", ["", "", ""]),
    (b"a", ["a"]),
    (b"a\n", ["a"]),
    (b"a\nb", ["a", "b"]),
    (b"a\r\nb\nc\r\n", ["a", "b", "c"]),
    (b"a\r\r\n", ["a\r"]),
    (b"a\rb\nc", ["a\rb", "c"]),
    (b"a\r", ["a"]),
    (b"a\x0bb\x0cc\x1cd\xc2\x85e\xe2\x80\xa8f", ["a\x0bb\x0cc\x1cd\x85e\u2028f"]),
    (b"a\x00b\n", ["a\u2400b"]),
    (b"\x1b[1;31mred\x1b[0m\x1b[K \x1b(Bplain\x1b", ["red plain"]),
    (b"\x1b]8;;http://a/\x1b\\link\x1b]8;;\x07 \x1b]0;title\x07text \x1b]0;broken", ["link text 0;broken"]),
    (b"\x1b[31\nm\x1b[0m\r\n", ["31", "m"]),
    (b"^[[31mred^[[0m #033[1mbold#033[m", ["red bold"]),
    (b'{"a":"\\u001b[31mred\\u001b[0m","b":"\\\\u001b[31m"}', ['{"a":"red","b":"\\\\u001b[31m"}']),
    (b"\xff\xfea\n\xe2\x82\nb", ["\ufffd\ufffda", "\ufffd", "b"]),
    (b"caf\xe9\ncaf\xc3\xa9\n\x93quoted\x94 \x80 5", ["caf\u00e9", "caf\u00e9", "\u201cquoted\u201d \u20ac 5"]),
    (b"caf\xe9 \xc3\xa9", ["caf\ufffd \u00e9"]),
    (b"\xc0\xaf\n\xed\xa0\x80\xed\xb0\x80\n\xf0\x9f\x98", ["\ufffd\ufffd", "\ufffd" * 6, "\ufffd"]),
    (b"\x01\xe9\n\x90\n\xe9\xe9\xe9\xe9", ["\x01\ufffd", "\ufffd", "\ufffd" * 4]),
    (b"\xef\xbf\xbd", ["\ufffd"]),
    (b"\xed\xa0\x80", ["\ufffd\ufffd\ufffd"]),
    (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),
]


@pytest.mark.parametrize(("body", "expected"), CASES)
def test_lines_are_cut_at_line_feeds_only(body: bytes, expected: list[str]) -> None:
    lines = split_lines(body, first_line=1)
    assert lines["text"].to_list() == expected
    assert lines["line_no"].to_list() == list(range(1, len(expected) + 1))


@pytest.mark.parametrize("body", [body for body, _ in CASES])
def test_raw_is_each_lines_own_bytes(body: bytes) -> None:
    pieces = split_lines(body, first_line=1)["raw"].to_list()
    assert b"\n".join(pieces) + (b"\n" if body.endswith(b"\n") else b"") == body


CHARSETS = [
    ("cp1251", b"\xcf\xf0\xe8\xe2\xe5\xf2\ncaf\xc3\xa9", ["\u041f\u0440\u0438\u0432\u0435\u0442", "caf\u00e9"]),
    ("shift_jis", b"\x83\x7b\x81", ["\u30dc\ufffd"]),
    ("unicode_escape", b"a\\nb\\ud800\xe9", ["a\u240ab?\u00e9"]),
    ("idna", b"\xe9", ["\u00e9"]),
    ("no such charset", b"\xe9", ["\u00e9"]),
    ("hex", b"\xe9", ["\u00e9"]),
    ("\0", b"\xe9", ["\u00e9"]),
]


@pytest.mark.parametrize(("charset", "body", "expected"), CHARSETS)
def test_lines_that_are_no_utf8_are_of_the_charset_told(charset: str, body: bytes, expected: list[str]) -> None:
    lines = split_lines(body, first_line=1, charset=charset)
    assert lines["text"].to_list() == expected
    assert lines["raw"].to_list() == body.split(b"\n")


PARTS = [
    "a",
    "\r",
    "\x1b[31m",
    "\x1b]8;;",
    "\x07",
    "\x1b",
    "^[[1m",
    "#033[m",
    "\\u001b[1m",
    "\\",
    "\0",
    "\x85",
    "\ufeff",
]
ANY_LINE = st.lists(
    st.one_of(st.sampled_from([part.encode() for part in PARTS]), st.binary(max_size=3)), max_size=8
).map(lambda parts: b"".join(parts).replace(b"\n", b""))


@given(st.lists(ANY_LINE, min_size=1, max_size=6), st.sampled_from([None, "cp1251", "shift_jis", "utf-7"]))
def test_a_lines_text_depends_on_its_own_bytes_alone(lines: list[bytes], charset: str | None) -> None:
    together = split_lines(b"".join(line + b"\n" for line in lines), first_line=1, charset=charset)
    alone = [readable_line(line, is_first=place == 0, charset=charset) for place, line in enumerate(lines)]
    assert together["text"].to_list() == alone
    assert together["raw"].to_list() == lines


def test_a_byte_order_mark_is_only_at_an_inputs_start() -> None:
    assert split_lines(b"\xef\xbb\xbfa", first_line=2)["text"].to_list() == ["\ufeffa"]
