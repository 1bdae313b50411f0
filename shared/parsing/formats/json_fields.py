"""What of a decoded JSON object is a field, and what is left."""

from collections.abc import Callable
from typing import Any

import msgspec

from shared.parsing.durations import milliseconds
from shared.parsing.field_names import CONTAINERS, FALLBACK_OF, FIELD_OF
from shared.parsing.severity import PINO, SPELLINGS, SYSLOG, WORDS

JsonObject = dict[str, Any]
Fields = dict[str, Any]

PYTHON_LEVELS = {10: 5, 20: 9, 30: 13, 40: 17, 50: 21}
INT64 = 2**63


def take_fields(value: JsonObject) -> Fields:
    """Moves the fields out of `value` (changed in place); names as in `field_names`, values of the column's type.

    A value that cannot be what its name says stays where it is.
    """
    fields: Fields = {}
    fallbacks: list[tuple[str, JsonObject, str]] = []
    _walk(value, "", fields, fallbacks)
    for field, holder, key in fallbacks:
        _take(field, holder, key, fields)
    return fields


def _walk(holder: JsonObject, prefix: str, fields: Fields, fallbacks: list[tuple[str, JsonObject, str]]) -> None:
    for key, value in list(holder.items()):
        path = prefix + key
        if type(value) is dict:
            if path in CONTAINERS:
                _walk(value, path + ".", fields, fallbacks)
                if not value:
                    del holder[key]
        elif path in FIELD_OF:
            _take(FIELD_OF[path], holder, key, fields)
        elif path in FALLBACK_OF:
            fallbacks.append((FALLBACK_OF[path], holder, key))


def _take(field: str, holder: JsonObject, key: str, fields: Fields) -> None:
    if field not in fields and (value := TAKERS[field](holder[key])) is not None:
        fields[field] = value
        del holder[key]


def _text(value: Any) -> str | None:
    if type(value) is str:
        return value
    return msgspec.json.encode(value).decode() if isinstance(value, int | float) else None


def _integer(value: Any) -> int | None:
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < len(str(INT64)) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < INT64 else None


def _status(value: Any) -> int | None:
    number = _integer(value)
    return number if number is not None and 100 <= number <= 599 else None


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        return milliseconds(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15 else None


def _level(value: Any) -> int | None:
    if type(value) is str:
        return SPELLINGS.get(value) or WORDS.get(value.lower()) or _level(_integer(value))
    if type(value) is not int:
        return None
    return SYSLOG[value] if 0 <= value < len(SYSLOG) else PINO.get(value // 10 * 10)


def _severity_number(value: Any) -> int | None:
    return value if type(value) is int and 1 <= value <= 24 else None


def _level_number(value: Any) -> int | None:
    return PYTHON_LEVELS.get(value // 10 * 10) if type(value) is int else None


TAKERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("time", "message", "logger", "hostname", "client", "method", "url", "user_id", "trace_id"), _text),
    **dict.fromkeys(("referer", "user_agent"), _text),
    **dict.fromkeys(("pid", "bytes"), _integer),
    **dict.fromkeys(("duration_ms", "duration_s", "duration_ns", "duration"), _number),
    "status": _status,
    "level": _level,
    "severity_number": _severity_number,
    "level_number": _level_number,
}
