"""What of a JSON object is a field, and what is left."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
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
"""Objects with more keys are not remembered, as that many plans could take much memory."""

OPENING = ord("{")

Taker = Callable[[list[Any]], list[Any]]

decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
encode = msgspec.json.Encoder().encode
encode_lines = msgspec.json.Encoder().encode_lines
_decode = msgspec.json.Decoder().decode
_decode_list = msgspec.json.Decoder(list[Any]).decode
_decode_objects = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode


class Step(NamedTuple):
    """What to do about a key: its values, read by `take`, are for `field`; keys of objects there begin with `inner`.

    `field` or `inner` may be empty. A fallback waits until all others have been taken.
    """

    key: str
    field: str
    take: Taker
    is_fallback: bool
    inner: str


class Holders(NamedTuple):
    """Objects with the same keys, and the rows that they are of."""

    rows: list[int]
    objects: list[RawObject]

    def only(self, places: Sequence[int]) -> "Holders":
        """Those at `places`."""
        if len(places) == len(self.rows):
            return self
        return Holders([self.rows[i] for i in places], [self.objects[i] for i in places])


NOBODY = Holders([], [])


class FieldTable:
    """The fields of objects as columns: `columns[field][row]`, names and types as in FIELD_TYPES.

    Moves them out of `objects`, which are changed; a value that cannot be what its name says stays where it is.
    """

    def __init__(self, objects: list[RawObject]) -> None:
        self.columns: dict[str, list[Any]] = {}
        self._height = len(objects)
        fallbacks: list[tuple[Step, Holders]] = []
        self._walk(Holders(list(range(len(objects))), objects), "", fallbacks)
        for step, holders in fallbacks:
            self._take(step, holders)

    @staticmethod
    def stack(tables: "list[FieldTable]") -> dict[str, list[Any]]:
        """The columns of several tables, one below the other."""
        names = {name for table in tables for name in table.columns}
        return {name: list(chain.from_iterable(table._column(name) for table in tables)) for name in names}

    def _column(self, name: str) -> list[Any]:
        return self.columns.get(name) or [None] * self._height

    def _walk(self, holders: Holders, prefix: str, fallbacks: list[tuple[Step, Holders]]) -> None:
        """Key by key for all objects that have the same: one program's mostly do."""
        for keys, places in _places_by_keys(holders.objects).items():
            alike = holders.only(places)
            plan = _plan if len(keys) <= MAX_PLANNED_KEYS else _plan.__wrapped__
            for step in plan(prefix, keys):
                scalars = self._descend(step, alike, fallbacks) if step.inner else alike
                if step.is_fallback:
                    fallbacks.append((step, scalars))
                elif step.field:
                    self._take(step, scalars)

    def _descend(self, step: Step, holders: Holders, fallbacks: list[tuple[Step, Holders]]) -> Holders:
        """Takes what is inside of objects; answers the holders of other values."""
        raws = [holder[step.key] for holder in holders.objects]
        places, insides = _open(raws)
        opened = holders.only(places)
        self._walk(Holders(opened.rows, insides), step.inner, fallbacks)
        for holder, inside in zip(opened.objects, insides, strict=True):
            if inside:
                holder[step.key] = inside
            else:
                del holder[step.key]
        return NOBODY if len(places) == len(raws) else holders.only(sorted(set(range(len(raws))).difference(places)))

    def _take(self, step: Step, holders: Holders) -> None:
        if not holders.rows:
            return
        key = step.key
        values = step.take(_scalars([holder[key] for holder in holders.objects]))
        if step.field not in self.columns and len(values) == self._height and None not in values:
            self.columns[step.field] = values
            for holder in holders.objects:
                del holder[key]
            return
        column = self.columns.setdefault(step.field, [None] * self._height)
        for row, holder, value in zip(*holders, values, strict=True):
            if value is not None and column[row] is None:
                column[row] = value
                del holder[key]


def _places_by_keys(objects: list[RawObject]) -> dict[tuple[str, ...], list[int]]:
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, keys in enumerate(map(tuple, objects)):
        places[keys].append(place)
    return places


def _open(raws: list[msgspec.Raw]) -> tuple[Sequence[int], list[RawObject]]:
    """The objects among some values, and where they are."""
    try:
        return range(len(raws)), _decode_objects(_array(raws))
    except msgspec.MsgspecError:
        places = [place for place, raw in enumerate(raws) if memoryview(raw)[0] == OPENING]
        return places, [decode_object(raws[place]) for place in places]


def _scalars(raws: list[msgspec.Raw]) -> list[Any]:
    """The values, all decoded at once; None for numbers that are too large for it."""
    try:
        return _decode_list(_array(raws))
    except msgspec.MsgspecError:
        return [_scalar(raw) for raw in raws]


def _scalar(raw: msgspec.Raw) -> Any:
    try:
        return _decode(raw)
    except msgspec.MsgspecError:
        return None


def _array(raws: list[msgspec.Raw]) -> bytes:
    return b"[" + b",".join(raws) + b"]"


@lru_cache(maxsize=1024)
def _plan(prefix: str, keys: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps for those of `keys` that matter: the objects of one program mostly have the same."""
    steps = []
    for key in keys:
        path = prefix + key
        field = FIELD_OF.get(path) or FALLBACK_OF.get(path) or ""
        inner = path + "." if path in CONTAINERS else ""
        if field or inner:
            steps.append(Step(key, field, TAKERS.get(field, _texts), path in FALLBACK_OF, inner))
    return tuple(steps)


def _texts(values: list[Any]) -> list[str | None]:
    kinds = set(map(type, values))
    if kinds == {str}:
        return values
    return list(map(str, values)) if kinds == {int} else [_text(value) for value in values]


def _text(value: Any) -> str | None:
    if type(value) is str:
        return value
    return encode(value).decode() if type(value) in (int, float, bool) else None


def _clients(values: list[Any]) -> list[str | None]:
    return [canonical(value) if type(value) is str else None for value in values]


def _integers(values: list[Any]) -> list[int | None]:
    if set(map(type, values)) == {int} and min(values) >= 0 and max(values) < INT64:
        return values
    return [_integer(value) for value in values]


def _integer(value: Any) -> int | None:
    kind = type(value)
    if kind is str and value.isascii() and value.isdigit() and len(value) < len(str(INT64)):
        return int(value)
    if kind is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < INT64 else None


def _statuses(values: list[Any]) -> list[int | None]:
    numbers = _integers(values)
    if numbers is values and min(values) >= 100 and max(values) <= 599:
        return numbers
    return [number if number is not None and 100 <= number <= 599 else None for number in numbers]


def _numbers(values: list[Any]) -> list[float | None]:
    if set(map(type, values)) <= {int, float} and min(values) >= 0 and max(values) < LONGEST_DURATION_MS:
        return values
    return [_number(value) for value in values]


def _number(value: Any) -> float | None:
    if type(value) is str:
        return milliseconds(value)
    return float(value) if type(value) in (int, float) and 0 <= value < LONGEST_DURATION_MS else None


def _levels(values: list[Any]) -> list[int | None]:
    if set(map(type, values)) not in ({int}, {str}):
        return [_level(value) for value in values]
    known = {value: _level(value) for value in set(values)}
    return [known[value] for value in values]


def _level(value: Any) -> int | None:
    if type(value) is int:
        return SYSLOG[value] if 0 <= value < len(SYSLOG) else PINO.get(value // 10 * 10)
    if type(value) is str:
        return SPELLINGS.get(value) or WORDS.get(value.lower()) or _level(_integer(value))
    return None


def _otel_levels(values: list[Any]) -> list[int | None]:
    return [value if type(value) is int and 1 <= value <= 24 else None for value in values]


def _python_levels(values: list[Any]) -> list[int | None]:
    return [PYTHON_LEVELS.get(value // 10 * 10) if type(value) is int else None for value in values]


TAKERS: dict[str, Taker] = {
    **dict.fromkeys(("pid", "bytes"), _integers),
    **dict.fromkeys(("duration_ms", "duration_s", "duration_ns", "duration"), _numbers),
    "client": _clients,
    "status": _statuses,
    "level": _levels,
    "otel_level": _otel_levels,
    "python_level": _python_levels,
}
"""What a field can have of some values, None where nothing; texts for all others."""
