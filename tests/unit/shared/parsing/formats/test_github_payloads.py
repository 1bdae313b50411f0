import pytest

from shared.parsing.formats.github_payloads import Part, milliseconds_between, short_ref, short_sha, shown
from shared.parsing.formats.json_decoding import decode_object

PART = Part(
    decode_object(
        b'{"a":{"b":{"c":"d"}},"n":7,"big":9223372036854775808,"f":1.5,"t":true,"e":"","l":[{"x":"y"},3],"o":[{"x":1},{}],"z":null}'
    )
)


def test_what_is_there() -> None:
    assert PART.part("a", "b").text("c") == "d"
    assert PART.number("n") == 7
    assert PART.flag("t")
    assert PART.first("l").text("x") == "y"
    assert PART.length("o") == 2
    assert "z" in PART


def test_what_is_not_there_or_something_else() -> None:
    assert [PART.text(key) for key in ("a", "n", "e", "z", "none")] == [None] * 5
    assert [PART.number(key) for key in ("a", "big", "f", "t", "z", "none")] == [None] * 6
    assert [PART.flag(key) for key in ("a", "n", "z", "none")] == [False] * 4
    assert [PART.length(key) for key in ("a", "n", "z", "l", "none")] == [0] * 5
    assert [PART.first(key).text("x") for key in ("a", "n", "z", "o", "none")] == [None] * 5
    assert (PART.part("n", "b").text("c"), PART.object("z"), PART.object("n")) == (None, None, None)
    assert PART.first_text("none", "e") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        ("", ""),
        ("one", "one"),
        ("one\r\ntwo", "one"),
        ("\n \none\n", "one"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
    ],
)
def test_shown(text: str | None, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("refs/heads/main", "main"),
        ("refs/heads/ann/refs/tags/x", "ann/refs/tags/x"),
        ("refs/tags/v1", "v1"),
        ("refs/pull/7/merge", "refs/pull/7/merge"),
        ("v1", "v1"),
        ("refs/heads/", None),
        (None, None),
    ],
)
def test_short_ref(ref: str | None, expected: str | None) -> None:
    assert short_ref(ref) == expected


def test_short_sha() -> None:
    assert (short_sha("0123456789"), short_sha("012"), short_sha(None)) == ("0123456", "012", None)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-22T15:00:00Z", "2026-11-22T15:00:01Z", 1000.0),
        ("2026-11-22T15:00:00.000Z", "2026-11-22T16:00:00.5+01:00", 500.0),
        ("2026-11-22T15:00:00Z", "2026-11-22T15:00:00Z", 0.0),
        ("2026-11-22T15:00:01Z", "2026-11-22T15:00:00Z", None),
        ("2026-11-22T15:00:00Z", "2026-11-22T15:00:01", None),
        ("soon", "2026-11-22T15:00:01Z", None),
        (None, "2026-11-22T15:00:01Z", None),
        ("2026-11-22T15:00:01Z", None, None),
    ],
)
def test_milliseconds_between(start: str | None, end: str | None, expected: float | None) -> None:
    assert milliseconds_between(start, end) == expected
