"""What of a JSON object is a field, and what is left."""

from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from shared.parsing.addresses import canonical
from shared.parsing.durations import milliseconds
from shared.parsing.field_names import CONTAINERS, FALLBACK_OF, FIELD_OF
from shared.parsing.severity import PINO, SPELLINGS, SYSLOG, WORDS

RawObject = dict[str, Any]
"""An object whose values are still JSON (msgspec.Raw), or objects of the same kind."""

PYTHON_LEVELS = {10: 5, 20: 9, 30: 13, 40: 17, 50: 21}
INT64 = 2**63
LONGEST_DURATION_MS = 1e15
MAX_PLANNED_KEYS = 64
OPENING = ord("{")

Taker = Callable[[Any], Any]

decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Step(NamedTuple):
    """What to do about a key: its value, read by `take`, is for `field`; keys of an object there begin with `inner`.

    `field` or `inner` may be empty. A fallback waits until all others have been taken.
    """

    key: str
    field: str
    take: Taker
    is_fallback: bool
    inner: str


class FieldTable:
    """The fields of `height` objects as columns: `columns[field][row]`, names and types as in FIELD_TYPES."""

    def __init__(self, height: int) -> None:
        self.columns: defaultdict[str, list[Any]] = defaultdict(lambda: [None] * height)

    def take(self, row: int, value: RawObject) -> None:
        """Moves the fields out of `value`, which is changed, into a row.

        A value that cannot be what its name says stays where it is.
        """
        fallbacks: list[tuple[Step, RawObject]] = []
        self._walk(row, value, "", fallbacks)
        for step, holder in fallbacks:
            self._take(row, step, holder)

    def _walk(self, row: int, holder: RawObject, prefix: str, fallbacks: list[tuple[Step, RawObject]]) -> None:
        plan = _plan if len(holder) <= MAX_PLANNED_KEYS else _plan.__wrapped__
        for step in plan(prefix, tuple(holder)):
            key, field, _, is_fallback, inner = step
            if inner and (inside := _open(holder[key])) is not None:
                self._walk(row, inside, inner, fallbacks)
                if inside:
                    holder[key] = inside
                else:
                    del holder[key]
            elif is_fallback:
                fallbacks.append((step, holder))
            elif field:
                self._take(row, step, holder)

    def _take(self, row: int, step: Step, holder: RawObject) -> None:
        key, field, take, _, _ = step
        column = self.columns[field]
        if column[row] is None and (value := take(_scalar(holder[key]))) is not None:
            column[row] = value
            del holder[key]


def _scalar(raw: msgspec.Raw) -> Any:
    """The value; None also for a number that is too large to be one."""
    try:
        return _decode(raw)
    except msgspec.MsgspecError:
        return None


def _open(raw: msgspec.Raw) -> RawObject | None:
    """What is in an object; None for any other value."""
    return decode_object(raw) if memoryview(raw)[0] == OPENING else None


@lru_cache(maxsize=1024)
def _plan(prefix: str, keys: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps for those of `keys` that matter: the objects of one program mostly have the same."""
    steps = []
    for key in keys:
        path = prefix + key
        field = FIELD_OF.get(path) or FALLBACK_OF.get(path) or ""
        inner = path + "." if path in CONTAINERS else ""
        if field or inner:
            steps.append(Step(key, field, TAKERS.get(field, _text), path in FALLBACK_OF, inner))
    return tuple(steps)


def _text(value: Any) -> str | None:
    if type(value) is str:
        return value
    return encode(value).decode() if type(value) in (int, float, bool) else None


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
