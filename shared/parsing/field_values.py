"""What a field can have of values as JSON has them: None where one cannot be what its name says, and stays."""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import Any

from shared.parsing.addresses import canonical, is_public
from shared.parsing.durations import milliseconds
from shared.parsing.field_times import read_time_values
from shared.parsing.fields import MILLISECONDS
from shared.parsing.levels import PYTHON_LEVELS, severity_of
from shared.parsing.severity import WORDS

Reader = Callable[[list[Any]], list[Any]]

PLAIN_WORDS = frozenset(
    (
        *("trace", "debug", "info", "information", "notice", "warn", "warning", "error", "err"),
        *("critical", "crit", "fatal", "alert", "emergency", "panic"),
    )
)
"""Those that mean a level also where a name may mean something else."""

INT64 = 2**63
LONGEST_DURATION_MS = 1e15
GO_NANOSECONDS = 10**5
"""From here on a whole number that a logger of Go calls a duration is taken for one as Go has them."""
LONGEST_FIRST_LINE = 1000
LONGEST_TRACE = 1000

REQUEST_LINE = re.compile(r"([A-Z]{3,20}) ([^ ]+)(?: HTTP/[0-9.]+)?", re.ASCII)
TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?", re.ASCII)
TRACE_ROOT = re.compile(r"(?:.*;)?Root=([^;]+)(?:;.*)?|projects/[^/]+/traces/([^/]+)|([0-9a-f]{32})/[0-9]+(?:;.*)?")
STATUS_LINE = re.compile(r"([1-5][0-9]{2}) [A-Za-z].*")
DATE = re.compile(r"[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}", re.ASCII)
HTTP_METHODS = frozenset(
    ("get", "head", "post", "put", "delete", "connect", "options", "trace", "patch", "propfind", "purge")
)
WORD_OF = {False: "false", True: "true"}
NUMBERS = ({int}, {float}, {int, float})
ONE_SIMPLE_TYPE = ({int}, {str})
NO_NAMES = frozenset(("", "-", "stdout", "stderr"))


def _by_value(values: list[Any], take: Callable[[Any], Any]) -> list[Any]:
    """Each different value once, where all are of one simple type."""
    if set(map(type, values)) in ONE_SIMPLE_TYPE:
        known = {value: take(value) for value in set(values)}
        return [known[value] for value in values]
    return [take(value) for value in values]


def _each(take: Callable[[Any], Any]) -> Reader:
    return lambda values: [take(value) for value in values]


def _messages(values: list[Any]) -> list[str | None]:
    kinds = set(map(type, values))
    if kinds == {str}:
        return values
    return list(map(str, values)) if kinds == {int} else [_message(value) for value in values]


def _message(value: Any) -> str | None:
    return _bytes(value) if type(value) is list else _text(value)


def _text(value: Any) -> str | None:
    if type(value) is str:
        return value
    return WORD_OF[value] if type(value) is bool else str(value) if type(value) in (int, float) else None


def _bytes(value: list[Any]) -> str | None:
    """journald's way to write a message that is not all printable."""
    if set(map(type, value)) != {int} or not all(9 <= number < 256 for number in value):
        return None
    return bytes(value).decode("utf-8", "replace")


def _names(values: list[Any]) -> list[str | None]:
    if set(map(type, values)) == {str} and NO_NAMES.isdisjoint(values):
        return values
    return [_name(value) for value in values]


def _name(value: Any) -> str | None:
    """Of a header's values the first."""
    if type(value) is list:
        value = value[0] if len(value) == 1 else None
    return value if type(value) is str and value not in NO_NAMES else None


def _users(values: list[Any]) -> list[str | None]:
    kinds = set(map(type, values))
    if kinds == {str}:
        return _names(values)
    return list(map(str, values)) if kinds == {int} else [_user(value) for value in values]


def _user(value: Any) -> str | None:
    return str(value) if type(value) is int else _name(value)


def _client(value: Any) -> str | None:
    if type(value) is list and len(value) == 1:
        value = value[0]
    return canonical(value) if type(value) is str else None


def _forwarded_client(value: Any) -> str | None:
    if type(value) is list:
        value = ",".join(item for item in value if type(item) is str)
    return canonical(value) if type(value) is str else None


@lru_cache(maxsize=16_384)
def _is_public(address: str) -> bool:
    return is_public(ip_address(address))


def _public_client(value: Any) -> str | None:
    address = _forwarded_client(value)
    return address if address and _is_public(address) else None


def _methods(values: list[Any]) -> list[str | None]:
    return _by_value(values, _method)


def _method(text: Any) -> str | None:
    if type(text) is not str:
        return None
    if text.lower() in HTTP_METHODS:
        return text.upper()
    return text if text.isascii() and text.isalpha() and text.isupper() and len(text) <= 20 else None


def _date(value: Any) -> str | None:
    return value if type(value) is str and DATE.fullmatch(value) else None


def _request_line(value: Any, group: int) -> str | None:
    line = REQUEST_LINE.fullmatch(value) if type(value) is str else None
    return line[group] if line else None


def _trace(value: Any) -> str | None:
    """The id alone, of W3C's traceparent, of X-Amzn-Trace-Id and of Google's paths."""
    text = str(value) if type(value) is int else _name(value)
    if text is None or (text.isalnum() and text.strip("0")):
        return text
    if len(text) <= LONGEST_TRACE and (found := TRACEPARENT.fullmatch(text) or TRACE_ROOT.fullmatch(text)):
        return next(group for group in found.groups() if group)
    return text if text.strip("0-") else None


def _integers(values: list[Any]) -> list[int | None]:
    if set(map(type, values)) == {int} and min(values) >= 0 and max(values) < INT64:
        return values
    return _by_value(values, _integer)


def _integer(value: Any) -> int | None:
    kind = type(value)
    if kind is str and value.isascii() and value.isdigit() and len(value) < len(str(INT64)):
        return int(value)
    if kind is list and len(value) == 1:
        return _integer(value[0]) if type(value[0]) is str else None
    if kind is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < INT64 else None


def _statuses(values: list[Any]) -> list[int | None]:
    numbers = _integers(values)
    if numbers is values and min(values) >= 100 and max(values) <= 599:
        return numbers
    return [_status(value) for value in values]


def _status(value: Any) -> int | None:
    line = STATUS_LINE.fullmatch(value) if type(value) is str else None
    number = int(line[1]) if line else _integer(value)
    return number if number is not None and 100 <= number <= 599 else None


def _durations(values: list[Any], unit: float) -> list[float | None]:
    if set(map(type, values)) in NUMBERS and min(values) >= 0 and max(values) < LONGEST_DURATION_MS / unit:
        return values if unit == 1.0 else [value * unit for value in values]
    return [_duration(value, unit) for value in values]


def _duration(value: Any, unit: float) -> float | None:
    if type(value) is str:
        return milliseconds(value, unit)
    return value * unit if type(value) in (int, float) and 0 <= value < LONGEST_DURATION_MS / unit else None


def _go_duration(value: Any) -> float | None:
    return _duration(value, 1e-6 if type(value) is int and value >= GO_NANOSECONDS else 1.0)


def _levels(values: list[Any]) -> list[int | None]:
    return _by_value(values, severity_of)


def _level_type(value: Any) -> int | None:
    return WORDS[value.lower()] if type(value) is str and value.lower() in PLAIN_WORDS else None


def _otel_level(value: Any) -> int | None:
    number = _integer(value)
    return number if number is not None and 1 <= number <= 24 else None


def _python_level(value: Any) -> int | None:
    return PYTHON_LEVELS.get(value // 10 * 10) if type(value) is int else None


def _first_line(value: Any) -> str | None:
    """Of an exception as text, or as a list of texts."""
    if type(value) is list:
        value = next(iter(value), None)
    text = value.strip() if type(value) is str else ""
    return text.split("\n", 1)[0].rstrip()[:LONGEST_FIRST_LINE] or None


def _whole_text(value: Any) -> str | None:
    return value if type(value) is str else None


READERS: dict[str, Reader] = {
    **dict.fromkeys(("pid", "bytes"), _integers),
    **{field: partial(_durations, unit=unit) for field, unit in MILLISECONDS.items()},
    **dict.fromkeys(("logger", "hostname", "url", "referer", "user_agent"), _names),
    "client": _each(_client),
    "forwarded_any": _each(_forwarded_client),
    "date": _each(_date),
    "time": read_time_values,
    "message": _messages,
    "user_id": _users,
    "trace_id": _each(_trace),
    "forwarded": _each(_public_client),
    "method": _methods,
    "method_line": _each(partial(_request_line, group=1)),
    "url_line": _each(partial(_request_line, group=2)),
    "status": _statuses,
    "duration_go": _each(_go_duration),
    "level": _levels,
    "level_type": _each(_level_type),
    "otel_level": _each(_otel_level),
    "python_level": _each(_python_level),
    "first_line": _each(_first_line),
    "wrapped": _each(_whole_text),
}
"""By field: the values of a column, one for each of some decoded JSON values."""
