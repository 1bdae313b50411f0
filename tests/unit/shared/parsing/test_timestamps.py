from datetime import UTC, datetime

import polars as pl
import pytest

from shared.parsing import ParseHints
from shared.parsing.hints import Reference, UnknownTimezone
from shared.parsing.timestamps import read_times

RECEIVED_AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def times(*texts: str | None, **hints: object) -> list[str | None]:
    reference = Reference.of(ParseHints(**({"received_at": RECEIVED_AT} | hints)))  # type: ignore[arg-type]
    read = read_times(pl.Series(texts, dtype=pl.String), reference)
    return [time.isoformat().removesuffix("+00:00") if time else None for time in read]


COMPLETE = [
    ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00"),
    ("2024-05-01t10:00:00z", "2024-05-01T10:00:00"),
    ("2024-05-01 10:00:00,123", "2024-05-01T10:00:00.123000"),
    ("2024-05-01T10:00:00.123456789Z", "2024-05-01T10:00:00.123456"),
    ("2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00"),
    ("2024-05-01T12:00:00.5+0200", "2024-05-01T10:00:00.500000"),
    ("2024-05-01T05:00:00-05", "2024-05-01T10:00:00"),
    ("2024-05-01 03:00:00 -0700", "2024-05-01T10:00:00"),
    ("2024-05-01 12:00:00.000 CEST", "2024-05-01T10:00:00"),
    ("2024/05/01 10:00:00", "2024-05-01T10:00:00"),
    ("2024.05.01-10.00.00.5", "2024-05-01T10:00:00.500000"),
    ("01/May/2024:10:00:00 +0000", "2024-05-01T10:00:00"),
    ("01/May/2024 10:00:00", "2024-05-01T10:00:00"),
    ("01-May-2024 10:00:00.250", "2024-05-01T10:00:00.250000"),
    ("1 May 2024 10:00:00", "2024-05-01T10:00:00"),
    ("Wed, 01 May 2024 10:00:00 GMT", "2024-05-01T10:00:00"),
    ("Wed May 01 10:00:00 2024", "2024-05-01T10:00:00"),
    ("Wed May  1 10:00:00.123456 2024", "2024-05-01T10:00:00.123456"),
    ("Wed May  1 10:00:00 UTC 2024", "2024-05-01T10:00:00"),
    ("May  1 2024 10:00:00", "2024-05-01T10:00:00"),
    ("May 1, 2024 1:00:00 PM", "2024-05-01T13:00:00"),
    ("5/1/2024 1:00:00 PM", "2024-05-01T13:00:00"),
    ("05/01/2024 10:00:00", "2024-05-01T10:00:00"),
    ("31/05/2024 10:00:00", "2024-05-31T10:00:00"),
    ("24/05/01 10:00:00", "2024-05-01T10:00:00"),
    ("20240501T100000Z", "2024-05-01T10:00:00"),
    ("20240501-10:00:00:123", "2024-05-01T10:00:00.123000"),
    ("240501 100000", "2024-05-01T10:00:00"),
    ("1714557600", "2024-05-01T10:00:00"),
    ("1714557600.25", "2024-05-01T10:00:00.250000"),
    ("1714557600123", "2024-05-01T10:00:00.123000"),
    ("1714557600123.5", "2024-05-01T10:00:00.123500"),
    ("1714557600123456", "2024-05-01T10:00:00.123456"),
    ("1714557600123456789", "2024-05-01T10:00:00.123456"),
    ("-1000000000", "1938-04-24T22:13:20"),
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00"),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999"),
]
NONE = [
    *("", "now", "12", "2024-05-01", "2024-02-30T00:00:00Z", "2024-05-01T24:00:00Z", "2024-05-01T10:60:00Z"),
    *("2024-05-01T10:00:00+99:00", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"),
    *("2024-W18-3", "\uff12\uff10\uff12\uff14-05-01T10:00:00Z", "99999999999999999999", "NaN", "9" * 19),
]


@pytest.mark.parametrize(("text", "expected"), COMPLETE)
def test_usual_spellings(text: str, expected: str) -> None:
    assert times(text) == [expected]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_possible_time_is_none(text: str) -> None:
    assert times(text) == [None]


def test_a_column_of_many_spellings() -> None:
    texts, expected = zip(*COMPLETE, *((text, None) for text in NONE), (None, None), strict=True)
    assert times(*texts) == list(expected)


WITHOUT_A_YEAR = [
    ("Feb 28 10:00:00", "2025-02-28T10:00:00"),
    ("Mar  2 11:59:59", "2025-03-02T11:59:59"),  # within a day of skew
    ("Mar  2 12:00:01", "2024-03-02T12:00:01"),
    ("Dec 31 23:59:59", "2024-12-31T23:59:59"),
    ("Feb 29 10:00:00", "2024-02-29T10:00:00"),
    ("Feb 30 10:00:00", None),
    ("02-29 10:00:00.5", "2024-02-29T10:00:00.500000"),
]


@pytest.mark.parametrize(("text", "expected"), WITHOUT_A_YEAR)
def test_a_time_without_a_year_is_the_latest_that_is_not_to_come(text: str, expected: str | None) -> None:
    assert times(text) == [expected]


def test_the_base_year_is_the_files_before_the_uploads() -> None:
    assert times("Feb 28 10:00:00", modified_at=datetime(2010, 6, 1, tzinfo=UTC)) == ["2010-02-28T10:00:00"]
    assert times("Feb 29 10:00:00", modified_at=datetime(1904, 1, 1, tzinfo=UTC)) == ["1896-02-29T10:00:00"]
    assert times("Feb 28 10:00:00", received_at=None) == [None]


ZONES = [
    ("UTC", "2024-05-01 10:00:00", "2024-05-01T10:00:00"),
    ("+05:30", "2024-05-01 10:00:00", "2024-05-01T04:30:00"),
    ("-0800", "2024-05-01 10:00:00", "2024-05-01T18:00:00"),
    ("Europe/Berlin", "2024-05-01 10:00:00", "2024-05-01T08:00:00"),
    ("Europe/Berlin", "2024-05-01 10:00:00Z", "2024-05-01T10:00:00"),
    ("Europe/Berlin", "2024-10-27 02:30:00", "2024-10-27T00:30:00"),  # twice that night: the first
    ("Europe/Berlin", "2024-03-31 02:30:00", "2024-03-31T01:30:00"),  # never that night: as if not changed yet
    ("America/New_York", "Feb 28 10:00:00", "2025-02-28T15:00:00"),
    ("+14:00", "0001-01-01 00:00:00", None),
]


@pytest.mark.parametrize(("zone", "text", "expected"), ZONES)
def test_the_zone_of_times_without_one(zone: str, text: str, expected: str | None) -> None:
    assert times(text, timezone=zone) == [expected]


@pytest.mark.parametrize("name", ["", "Nowhere/Else", "+25:00", "../etc/passwd", "+1", "\0", "x" * 10_000])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownTimezone):
        Reference.of(ParseHints(timezone=name or "?"))


def test_times_at_the_end_of_the_calendar_do_not_overflow() -> None:
    latest = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert times("Feb 28 10:00:00", modified_at=latest, timezone="+10:00") == [None]
