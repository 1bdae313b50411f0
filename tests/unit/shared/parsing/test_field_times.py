from typing import Any

import pytest

from shared.parsing.field_times import read_time_values

CASES: list[tuple[Any, str | None]] = [
    ("2024-05-01 10:00:00", "2024-05-01 10:00:00"),
    (" 2024-05-01T10:00:00Z ", " 2024-05-01T10:00:00Z "),
    ("never", None),
    ("", None),
    (1714557600, "1714557600"),
    (1714557600123456789, "1714557600123456789"),
    (-1714557600, "-1714557600"),
    (12, None),
    (10**19, None),
    (1714557600.25, "1714557600.25"),
    (1.714557600123e18, "1714557600123000064"),
    (1e300, None),
    (0.5, None),
    (True, None),
    (None, None),
    ({"$date": "2024-05-01T10:00:00Z"}, "2024-05-01T10:00:00Z"),
    ({"$date": {"$numberLong": "1714557600123"}}, "1714557600123"),
    ({"epochSecond": 1714557600, "nanoOfSecond": 5}, "1714557600.000000005"),
    ({"seconds": "1714557600"}, "1714557600.000000000"),
    ({"sec": 1714557600, "usec": 5}, "1714557600.000005000"),
    ({"seconds": 1714557600, "nanos": -1}, None),
    ({"date": "2024-07-01 12:00:00", "timezone_type": 3, "timezone": "Europe/Berlin"}, "2024-07-01T12:00:00+02:00"),
    ({"date": "2024-05-01 12:00:00.5", "timezone_type": 1, "timezone": "+02:00"}, "2024-05-01T12:00:00.500000+02:00"),
    ({"date": "2024-05-01 12:00:00", "timezone": "Nowhere"}, "2024-05-01 12:00:00"),
    ({"repr": "x", "timestamp": 1714557600.5}, "1714557600.5"),
    ({"timestamp": 1714557600, "other": 1}, None),
    ({}, None),
    ([2024, 5, 1, 10, 0], "2024-05-01T10:00:00.000000000"),
    ([2024, 5, 1, 10, 0, 1, 5], "2024-05-01T10:00:01.000000005"),
    ([1, 2, 3, 4, 5], None),
    ([2024, 5], None),
    ([2024, 5, 1, 10, "0"], None),
]


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_read_time_values(value: Any, expected: str | None) -> None:
    assert read_time_values([value]) == [expected]
    assert read_time_values([value, None, "2024-05-01"]) == [expected, None, "2024-05-01"]
