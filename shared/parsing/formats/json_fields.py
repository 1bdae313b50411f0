"""What of a JSON object is a field, and what is left."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from shared.parsing.dialects import dialect
from shared.parsing.field_names import Meaning, has_fields, meanings, plain
from shared.parsing.field_values import READERS, Reader
from shared.parsing.fields import COLUMN_OF, KEPT
from shared.parsing.formats.json_decoding import RawObject, decode_object
from shared.parsing.formats.json_shapes import Reshape, shape_of

MAX_PLANNED_KEYS = 64
"""Objects with more keys are not remembered, as that many plans could take much memory."""

MAX_PATH_KEYS = 8
"""Fields are looked for this deep in objects."""

OPENING = ord("{")

encode_lines = msgspec.json.Encoder().encode_lines
_decode = msgspec.json.Decoder().decode
_decode_list = msgspec.json.Decoder(list[Any]).decode
_decode_objects = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode


class Take(NamedTuple):
    """What to do about values: read them by `read`, for `column`. Those of rank 0 are first, the lowest of the others
    next; `keeps` leaves the values where they are."""

    column: str
    read: Reader
    rank: int
    keeps: bool


class Step(NamedTuple):
    """What to do about a key (`path` with those it is in): keys of objects there begin with `inner`, if not empty;
    what is no object is there to take."""

    key: str
    path: str
    inner: str
    takes: tuple[Take, ...]


class Plan(NamedTuple):
    """What to do about objects of the same keys: bring them into another shape, or take the steps."""

    reshape: Reshape | None
    steps: tuple[Step, ...]


class Holders(NamedTuple):
    """Objects with the same keys, and the rows that they are of."""

    rows: list[int]
    objects: list[RawObject]

    def only(self, places: Sequence[int]) -> "Holders":
        """Those at `places`."""
        if len(places) == len(self.rows):
            return self
        return Holders([self.rows[i] for i in places], [self.objects[i] for i in places])

    def having(self, key: str) -> "Holders":
        """Those that still have `key`."""
        return self.only([place for place, holder in enumerate(self.objects) if key in holder])


NOBODY = Holders([], [])


class FieldTable:
    """The fields of objects as columns: `columns[column][row]`, types as FIELD_TYPES says.

    Moves them out of `objects`, which are changed; a value that cannot be what its name says stays where it is.
    """

    def __init__(self, objects: list[RawObject]) -> None:
        self.columns: dict[str, list[Any]] = {}
        self.height = len(objects)
        self._time_paths: list[tuple[str, Sequence[int]]] = []
        self._later: list[tuple[Take, Step, Holders]] = []
        self._opened: list[tuple[str, list[RawObject], list[RawObject]]] = []
        self._walk(Holders(list(range(len(objects))), objects), "", reshaping=True)
        for take, step, holders in sorted(self._later, key=lambda later: later[0].rank):
            self._take(take, step, holders.having(step.key))
        for opened in self._opened:
            _put_back(*opened)
        self._later, self._opened = [], []  # the table outlives its objects

    def time_paths(self) -> dict[int, str]:
        """The path, in its object, of each row's time."""
        return {row: path for path, rows in self._time_paths for row in rows}

    def column(self, name: str) -> list[Any]:
        """A value a row."""
        return self.columns.get(name) or [None] * self.height

    def _walk(self, holders: Holders, prefix: str, reshaping: bool = False) -> None:
        """Key by key for all objects that have the same: one program's mostly do."""
        for keys, places in _places_by_keys(holders.objects).items():
            alike = holders.only(places)
            plan = (_plan if len(keys) <= MAX_PLANNED_KEYS else _plan.__wrapped__)(prefix, keys)
            if reshaping and plan.reshape and _reshaped(alike, plan.reshape):
                self._walk(alike, prefix)
            else:
                self._follow(plan, alike)

    def _follow(self, plan: Plan, alike: Holders) -> None:
        for step in plan.steps:
            scalars = self._descend(step, alike) if step.inner else alike
            for take in step.takes:
                if take.rank:
                    self._later.append((take, step, scalars))
                else:
                    self._take(take, step, scalars)

    def _descend(self, step: Step, holders: Holders) -> Holders:
        """Takes what is inside of objects; answers the holders of other values."""
        raws = [holder[step.key] for holder in holders.objects]
        places, insides = _open(raws)
        opened = holders.only(places)
        self._walk(Holders(opened.rows, insides), step.inner)
        self._opened.append((step.key, opened.objects, insides))
        return NOBODY if len(places) == len(raws) else holders.only(sorted(set(range(len(raws))).difference(places)))

    def _take(self, take: Take, step: Step, holders: Holders) -> None:
        column = self.columns.get(take.column)
        if not holders.rows or (column and None not in column):
            return
        values = take.read(_scalars([holder[step.key] for holder in holders.objects]))
        taken = holders
        if column is None and len(values) == self.height and None not in values:
            self.columns[take.column] = values
        else:
            taken = self._fill(take.column, holders, values)
        if take.column == "time":
            self._time_paths.append((step.path, taken.rows))
        if not take.keeps:
            for holder in taken.objects:
                del holder[step.key]

    def _fill(self, name: str, holders: Holders, values: list[Any]) -> Holders:
        """Puts values where there are none yet; answers whose."""
        column = self.columns.setdefault(name, [None] * self.height)
        filled = Holders([], [])
        for row, holder, value in zip(*holders, values, strict=True):
            if value is not None and column[row] is None:
                column[row] = value
                filled.rows.append(row)
                filled.objects.append(holder)
        return filled


def _put_back(key: str, holders: list[RawObject], insides: list[RawObject]) -> None:
    """Sets what is left of the objects that `key` had in `holders`."""
    for holder, inside in zip(holders, insides, strict=True):
        if inside:
            holder[key] = inside
        else:
            del holder[key]


def _places_by_keys(objects: list[RawObject]) -> Mapping[tuple[str, ...], Sequence[int]]:
    all_keys = list(map(tuple, objects))
    if all_keys and all_keys.count(all_keys[0]) == len(all_keys):
        return {all_keys[0]: range(len(all_keys))}
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, keys in enumerate(all_keys):
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


def _reshaped(holders: Holders, reshape: Reshape) -> bool:
    """Whether any of the objects came into another shape."""
    changed = False
    for holder in holders.objects:
        with suppress(msgspec.MsgspecError, RecursionError):
            shaped = reshape(holder)
            if shaped is not holder:
                changed = changed or tuple(shaped) != tuple(holder)
                holder.clear()
                holder.update(shaped)
    return changed


@lru_cache(maxsize=1024)
def _plan(prefix: str, keys: tuple[str, ...]) -> Plan:
    """The steps for those of `keys` that matter."""
    own = {} if prefix else dialect(keys)
    steps = (_step(key, prefix + key, own) for key in keys)
    return Plan(None if prefix else shape_of(keys), tuple(step for step in steps if step.takes or step.inner))


def _step(key: str, path: str, own: Mapping[str, str]) -> Step:
    name = plain(path)
    found = meanings(name)
    if name in own:
        found = (Meaning(own[name], 0),) if own[name] else ()
    takes = (Take(COLUMN_OF.get(field, field), READERS[field], rank, field in KEPT) for field, rank in found)
    is_open = path.count(".") < MAX_PATH_KEYS and has_fields(name)
    return Step(key, path, path + "." if is_open else "", tuple(takes))
