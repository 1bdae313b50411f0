"""The spellings of a time as a JSON value, to the text of a time (or an epoch) as `read_times` knows them."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from shared.parsing.hints import UnknownTimezone, read_timezone

SMALLEST_EPOCH = 10**8
EPOCH_ENDS = 10**19
EXACT_FLOAT = 10**15
"""From here on a float has no fraction."""

WHOLE = ("$date", "$numberLong", "timestamp", "date")
SECONDS, NANOS, MICROS = ("epochSecond", "seconds", "sec"), ("nanoOfSecond", "nanos", "nsec"), ("usec", "micros")
PARTS = frozenset((*WHOLE, *SECONDS, *NANOS, *MICROS, "repr", "timezone", "timezone_type"))
"""Keys of the objects that are times: of MongoDB, loguru, PHP, log4j 2 and protobuf."""

LOOKS_LIKE_TIME = re.compile("[0-9][0-9]").search


def read_time_values(values: list[Any]) -> list[str | None]:
    """The text of each value that may be a time; None for the others."""
    kinds = set(map(type, values))
    if kinds == {int} and min(values) >= SMALLEST_EPOCH and max(values) < EPOCH_ENDS:
        return list(map(str, values))
    if kinds == {str} and all(map(LOOKS_LIKE_TIME, values)):
        return values
    return [_time(value) for value in values]


def _time(value: Any) -> str | None:
    read = BY_TYPE.get(type(value))
    return read(value) if read else None


def _text(text: str) -> str | None:
    return text if LOOKS_LIKE_TIME(text) else None


def _epoch(number: float) -> str | None:
    if not SMALLEST_EPOCH <= abs(number) < EPOCH_ENDS:
        return None
    return str(number) if abs(number) < EXACT_FLOAT else str(int(number))


def _parts(parts: list[Any]) -> str | None:
    """Jackson's [2024,5,1,10,0,0,123000000] of a LocalDateTime."""
    if not 5 <= len(parts) <= 7 or set(map(type, parts)) != {int}:
        return None
    year, month, day, hour, minute, second, nanos = (*parts, 0, 0)[:7]
    if not all(0 <= part < 100 for part in parts[1:6]) or not (1000 <= year <= 9999 and 0 <= nanos < 10**9):
        return None
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}"


def _mapping(value: Mapping[str, Any]) -> str | None:
    """What is nothing but a time."""
    if not value.keys() <= PARTS:
        return None
    for key in WHOLE:
        if key in value:
            return _dated(value, key)
    seconds = _first_int(value, *SECONDS)
    nanos = _first_int(value, *NANOS)
    if nanos is None:
        nanos = (_first_int(value, *MICROS) or 0) * 1000
    if seconds is None or not (0 <= nanos < 10**9 and SMALLEST_EPOCH <= abs(seconds) < EPOCH_ENDS):
        return None
    return f"{seconds}.{nanos:09}"


def _dated(value: Mapping[str, Any], key: str) -> str | None:
    """An inner time; with `timezone` beside it, as PHP writes one."""
    text, zone = _time(value[key]), value.get("timezone")
    if text is None or not isinstance(zone, str):
        return text
    try:
        return datetime.fromisoformat(text).replace(tzinfo=read_timezone(zone)).isoformat()
    except (ValueError, UnknownTimezone):
        return text


def _first_int(value: Mapping[str, Any], *keys: str) -> int | None:
    found = next((value[key] for key in keys if key in value), None)
    if type(found) is str and found.isascii() and found.isdigit() and len(found) < len(str(EPOCH_ENDS)):
        return int(found)
    return found if type(found) is int else None


BY_TYPE: dict[type, Callable[[Any], str | None]] = {
    **{str: _text, int: _epoch, float: _epoch, list: _parts, dict: _mapping},
}
