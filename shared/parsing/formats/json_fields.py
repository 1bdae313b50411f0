"""What of a decoded JSON object is a field, and what is left."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from shared.parsing.addresses import canonical
from shared.parsing.durations import milliseconds
from shared.parsing.field_names import CONTAINERS, FALLBACK_OF, FIELD_OF
from shared.parsing.severity import PINO, SPELLINGS, SYSLOG, WORDS

JsonObject = dict[str, Any]
Fields = dict[str, Any]

PYTHON_LEVELS = {10: 5, 20: 9, 30: 13, 40: 17, 50: 21}
INT64 = 2**63
LONGEST_DURATION_MS = 1e15
MAX_PLANNED_KEYS = 64


Taker = Callable[[Any], Any]


class Step(NamedTuple):
    """What to do about a key: its value, read by `take`, is for `field`; keys of an object there begin with `inner`."""

    key: str
    field: str
    take: Taker
    is_fallback: bool
    inner: str | None


class Fallback(NamedTuple):
    """A value for `field` if nothing better comes up."""

    field: str
    take: Taker
    holder: JsonObject
    key: str


def take_fields(value: JsonObject) -> Fields:
    """Moves the fields out of `value` (changed in place): names as in FIELD_TYPES, values of those types.

    A value that cannot be what its name says stays where it is.
    """
    fields: Fields = {}
    fallbacks: list[Fallback] = []
    _walk(value, "", fields, fallbacks)
    for field, take, holder, key in fallbacks:
        if field not in fields and (taken := take(holder[key])) is not None:
            fields[field] = taken
            del holder[key]
    return fields


def _walk(holder: JsonObject, prefix: str, fields: Fields, fallbacks: list[Fallback]) -> None:
    plan = _plan if len(holder) <= MAX_PLANNED_KEYS else _plan.__wrapped__
    for key, field, take, is_fallback, inner in plan(prefix, tuple(holder)):
        value = holder[key]
        if type(value) is dict:
            if inner:
                _walk(value, inner, fields, fallbacks)
                if not value:
                    del holder[key]
        elif is_fallback:
            fallbacks.append(Fallback(field, take, holder, key))
        elif field not in fields and (taken := take(value)) is not None:
            fields[field] = taken
            del holder[key]


@lru_cache(maxsize=1024)
def _plan(prefix: str, keys: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps for those of `keys` that matter: the objects of one program mostly have the same."""
    steps = []
    for key in keys:
        path = prefix + key
        field = FIELD_OF.get(path) or FALLBACK_OF.get(path)
        inner = path + "." if path in CONTAINERS else None
        if field or inner:
            taker = TAKERS[field] if field else _nothing
            steps.append(Step(key, field or "", taker, path in FALLBACK_OF, inner))
    return tuple(steps)


def _nothing(_: Any) -> None:
    return None


def _text(value: Any) -> str | None:
    if type(value) is str:
        return value
    return msgspec.json.encode(value).decode() if type(value) in (int, float, bool) else None


def _client(value: Any) -> str | None:
    return canonical(value) if type(value) is str else None


def _integer(value: Any) -> int | None:
    kind = type(value)
    if kind is str and value.isascii() and value.isdigit() and len(value) < len(str(INT64)):
        return int(value)
    if kind is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < INT64 else None


def _status(value: Any) -> int | None:
    number = _integer(value)
    return number if number is not None and 100 <= number <= 599 else None


def _number(value: Any) -> float | None:
    if type(value) is str:
        return milliseconds(value)
    return float(value) if type(value) in (int, float) and 0 <= value < LONGEST_DURATION_MS else None


def _level(value: Any) -> int | None:
    if type(value) is int:
        return SYSLOG[value] if 0 <= value < len(SYSLOG) else PINO.get(value // 10 * 10)
    if type(value) is str:
        return SPELLINGS.get(value) or WORDS.get(value.lower()) or _level(_integer(value))
    return None


def _otel_level(value: Any) -> int | None:
    return value if type(value) is int and 1 <= value <= 24 else None


def _python_level(value: Any) -> int | None:
    return PYTHON_LEVELS.get(value // 10 * 10) if type(value) is int else None


TAKERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("time", "message", "logger", "hostname", "method", "url", "user_id", "trace_id"), _text),
    **dict.fromkeys(("referer", "user_agent"), _text),
    **dict.fromkeys(("pid", "bytes"), _integer),
    **dict.fromkeys(("duration_ms", "duration_s", "duration_ns", "duration"), _number),
    "client": _client,
    "status": _status,
    "level": _level,
    "otel_level": _otel_level,
    "python_level": _python_level,
}
