from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.parsing.formats import FORMAT_NAMES, text_formats
from shared.parsing.grok import expand
from shared.parsing.mismatch import Stop, stop_of_format, stop_of_json, stop_of_pattern

PATTERN_CASES: list[tuple[str, str, Stop | None]] = [
    (r"(?P<a>\w+) (?P<b>\d+)$", "ab 12", None),
    (r"(?P<a>\w+) (?P<b>\d+)$", "ab x", Stop(3, r"\d+", "b")),
    (r"(?P<a>\w+) (?P<b>\d+)$", "ab 12 more", Stop(5, "the end of the line")),
    (r"^(?P<a>\d+) foo bar\.$", "12 foo baz.", Stop(9, r"r\.")),
    ("(?P<a>x)", "", Stop(0, "x", "a")),
    ("(?P<a>.*)=(?P<b>.)", "abc", Stop(3, "=")),
    ("(?P<a>(?:(?P<b>xy)z))w", "xyQ", Stop(2, "zw", "a")),
    ("(?P<a>GET|PUT now|POST) x", "PUT not", Stop(6, "w", "a")),
    ("(?P<a>GET|PUT) x", "DELETE x", Stop(0, "(?P<a>GET|PUT)", "a")),
    ("(?i)get (?P<a>x)|post (?P<b>y+)z", "POST yyy", Stop(8, "z")),
    ("(?P<a>x)|(?P<b>y)", "y", None),
    (r"(?P<a>\w+)(?: \[[^\]]*\])? (?P<b>[a-z]+)!", "ab [1] CD", Stop(7, "[a-z]+", "b")),
    ("(?P<a>ü+) (?P<b>ö)", "üü o", Stop(3, "ö", "b")),
    ("(?P<a>(a+)+)$", "a" * 100_000 + "b", Stop(100_000, "the end of the line")),
    (r"(?P<a>[]x]\]{2})(?i:Q)(?P<b>r)", "]]]qs", Stop(4, "r", "b")),
    (
        expand("%{COMBINEDAPACHELOG}"),
        '192.0.2.4 - - [31/Jan/2025:10:00:00 +0000] "GET /a HTTP/1.1" OK 17 "-" "-"',
        Stop(61, r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)", "response"),
    ),
]


@pytest.mark.parametrize(("pattern", "text", "stop"), PATTERN_CASES)
def test_where_a_pattern_stops(pattern: str, text: str, stop: Stop | None) -> None:
    assert stop_of_pattern(pattern, text) == stop


@pytest.mark.parametrize(
    ("text", "at"),
    [('{"a": 1}', None), ('{"a": 1, b}', 9), ('{"a": ', 6), ("[1]", 0), ("hello", 0), ('{"a": ' * 100_000, 0)],
)
def test_where_json_stops(text: str, at: int | None) -> None:
    stop = stop_of_json(text)
    assert (stop.at if stop else None) == at


FORMAT_CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("combined", '192.0.2.4 - - [31/Jan/2025:10:00:00 +0000> "GET /a HTTP/1.1" 200 17 "-" "-"', {"at": 41}),
    ("logcat", "01-31 10:00:00.123  17 x", {"at": 23}),
    ("nginx_error", "2025/01/31 10:00:00 [error] 17: hello", {"at": 30, "expected": "#"}),
    ("json", "  2024-01-01 INFO x", {"at": 2, "expected": "a JSON object"}),
    ("json", '{"a": 1} tail', {"at": 9, "expected": "nothing behind the object"}),
    ("json", '{"a": }', {"at": 6, "expected": "value"}),
    ("json", '{"a": "x', {"at": 6, "expected": "a string that ends"}),
    ("logfmt", 'a=b c="d e', {}),
    ("json", "{", {"at": 1}),
]


@pytest.mark.parametrize(("name", "text", "expected"), FORMAT_CASES)
def test_where_a_format_stops(name: str, text: str, expected: dict[str, Any]) -> None:
    stop = stop_of_format(name, text_formats(name), text)
    assert stop is not None
    assert {field: getattr(stop, field) for field in expected} == expected


@settings(max_examples=50)
@given(
    st.sampled_from(sorted(FORMAT_NAMES)), st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=60)
)
def test_it_never_raises_and_never_points_beyond_the_line(name: str, line: str) -> None:
    stop = stop_of_format(name, text_formats(name), line)
    assert stop is None or 0 <= stop.at <= len(line)
