import pytest

from shared.parsing.lines import split_lines

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
    (b"\xff\xfea\n\xe2\x82\nb", ["\ufffd\ufffda", "\ufffd", "b"]),
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


def test_a_byte_order_mark_is_only_at_an_inputs_start() -> None:
    assert split_lines(b"\xef\xbb\xbfa", first_line=2)["text"].to_list() == ["\ufeffa"]
