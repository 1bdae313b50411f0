"""What the parameters of /lines mean."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from services.api.line_filters import LineFilter, LinesQuery, escape_bytes, like_pattern, parse_time, severities
from services.api.operations import read_query
from shared.errors import InputError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-31T13:00:00Z", datetime(2025, 1, 31, 13, tzinfo=UTC)),
        ("2025-01-31t13:00:00z", datetime(2025, 1, 31, 13, tzinfo=UTC)),
        ("2025-01-31 13:00:00+02:00", datetime(2025, 1, 31, 11, tzinfo=UTC)),
        ("2025-01-31T13:00:00 02:00", datetime(2025, 1, 31, 11, tzinfo=UTC)),  # + became a space on the way
        ("2025-01-31T13:00:00.123456-01:00", datetime(2025, 1, 31, 14, 0, 0, 123456, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_time(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-31",
        "2025-01-31T13:00:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
        "2025-02-30T00:00:00Z",
        "2025-01-01T25:00:00Z",
        "1700000000",
        "yesterday",
        "２０２５-01-31T13:00:00Z",
        5,
    ],
)
def test_not_a_time(text: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        parse_time(text)


@pytest.mark.parametrize(
    ("levels", "numbers"),
    [
        (["error"], [17, 18, 19, 20]),
        (["unknown"], [0]),
        (["unknown", "trace"], [0, 1, 2, 3, 4]),
        (["fatal", "fatal"], [21, 22, 23, 24]),
    ],
)
def test_severities(levels: Any, numbers: list[int]) -> None:
    assert severities(levels) == numbers


@pytest.mark.parametrize(
    ("text", "pattern"),
    [("plain", "%plain%"), ("50%", r"%50\%%"), ("a_b", r"%a\_b%"), ("c:\\x", r"%c:\\x%"), ("'; drop", "%'; drop%")],
)
def test_like_pattern(text: str, pattern: str) -> None:
    assert like_pattern(text) == pattern


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"abc", "abc"), (b"a\\b", r"a\\b"), ("é".encode(), r"\303\251"), (b"\x00\x01\xff", "\\000\x01\\377")],
)
def test_escape_bytes(content: bytes, text: str) -> None:
    assert escape_bytes(content) == text


@pytest.mark.parametrize(
    ("query", "records", "rejected", "reason"),
    [
        ("", True, True, None),
        ("q=x", True, True, None),
        ("level=error", True, False, None),
        ("since=2025-01-01T00:00:00Z", True, False, None),
        ("reason=any", False, True, None),
        ("reason=too_long", False, True, "too_long"),
        ("reason=any&level=error", False, False, None),
        ("reason=&level=&q=&since=&until=&cursor=&limit=", True, True, None),  # empty is not given
    ],
)
def test_filter(query: str, records: bool, rejected: bool, reason: str | None) -> None:
    wanted = LineFilter.of(read_query(LinesQuery, QueryParams(query)))
    assert (wanted.records, wanted.rejected, wanted.reason) == (records, rejected, reason)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=1e2", "limit"),
        ("limit=１０", "limit"),
        ("limit=ten", "limit"),
        ("level=loud", "level"),
        ("level=error,loud", "level"),
        ("since=2025-01-01T00:00:00", "since"),
        ("since=2025-01-02T00:00:00Z&until=2025-01-01T00:00:00Z", "until"),
        ("q=" + "x" * 1001, "q"),
        ("q=a%00b", "q"),
        ("reason=too long", "reason"),
        ("cursor=" + "x" * 1001, "cursor"),
    ],
)
def test_what_cannot_be_is_refused_by_name(query: str, named: str) -> None:
    with pytest.raises(InputError, match=named) as refused:
        read_query(LinesQuery, QueryParams(query))
    assert refused.value.status == 422


def test_levels_may_be_repeated_or_listed() -> None:
    for text in ("level=error&level=warn", "level=error,warn", "level=error, warn"):
        assert read_query(LinesQuery, QueryParams(text)).level == ["error", "warn"]


def test_a_page_keeps_to_the_servers_limits() -> None:
    with pytest.raises(ValidationError):
        LinesQuery(limit=0)
    assert LinesQuery(limit=10**30).limit == 10**30
