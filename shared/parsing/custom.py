r"""Formats of users' own: a regular expression whose named groups are the fields.

It has to match from a line's start; what is behind the match need not be matched (a pattern may end in $). Rust's regex
takes time in proportion to the line whatever the pattern, and knows neither look-around nor backreferences for that.
Groups with a field's name, in any of its spellings (`field_names`), become the record's columns; all others, and
values that cannot be what their field holds, become attrs. Values of groups called name[int] and name[float] are
numbers there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import polars as pl
from polars.exceptions import PolarsError

from shared.errors import LogmillError
from shared.parsing.addresses import find_addresses
from shared.parsing.attributes import json_object
from shared.parsing.breadth import breadth
from shared.parsing.choice import Taken
from shared.parsing.clues import find_severities
from shared.parsing.columns import constant, fill, with_fields
from shared.parsing.field_names import FALLBACK_OF, FIELD_OF
from shared.parsing.field_texts import READERS, present
from shared.parsing.fields import COLUMN_OF, record_columns
from shared.parsing.hints import Reference
from shared.parsing.pieces import count_atoms, without_any_captures
from shared.parsing.timestamps import read_times

MAX_PATTERN_BYTES = 32 * 1024
"""Of a pattern with all of grok's names written out; it travels with every line batch."""
MAX_GROUPS = 100
MAX_ATOMS = 2000
MAX_EFFORT = 2200
"""Of a match: places of the pattern that a line may be at, times the groups and what costs as much as groups."""
GROUPS_PLACES_COST = 35
SIZE_SHARE = 4
"""A pattern may take up this part of what Rust's regex allows one to (10 MiB): time grows with it."""

WHOLE = "1"
"""What Polars calls the first group where that has no name."""
GROUP_NAME = re.compile(r"[^\[\]]+(?:\[(?:int|float)\])?")
NUMBER_TYPES: dict[str, pl.DataType] = {"int": pl.Int64(), "float": pl.Float64()}
PARSE_ERROR = re.compile(r"^error: (?P<told>[^\n]+)", re.MULTILINE)
CARETS = re.compile(r"^    ((?:[ ^]* )?)\^+$", re.MULTILINE)
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
VERBOSE = re.compile(r"\(\?[A-Za-z]*x[A-Za-z-]*[:)]")

DATES = ("date", "logdate", "log_date")
ZONES = ("zone", "tz", "timezone", "offset")
OTHER_NAMES = {
    **{"logged_at": "time", "date_time": "time", "agent": "user_agent", "auth": "user_id", "program": "logger"},
    **{"logsource": "hostname", "response": "status", "request": "url", "loglevel": "level"},
}
"""Beyond `field_names`: what people who write patterns call fields, those of grok's own patterns among them."""


class BadPattern(LogmillError):
    """A pattern that cannot be a format; `column` (from 1) is where in the pattern, where that is known."""

    def __init__(self, told: str, column: int | None = None) -> None:
        super().__init__(told)
        self.column = column


def check_pattern(pattern: str) -> None:
    """Raises BadPattern for what is no regular expression, has no named group, or would take too much."""
    if not pattern or len(pattern.encode()) > MAX_PATTERN_BYTES:
        raise BadPattern(f"a pattern has 1 to {MAX_PATTERN_BYTES} bytes")
    if control := CONTROL.search(pattern):
        raise BadPattern("a pattern is one line, without control characters", control.start() + 1)
    groups = _compile(pattern)
    if verbose := VERBOSE.search(pattern):
        raise BadPattern("the flag x is not supported: write the pattern without white space", verbose.start() + 1)
    _check_names(groups)
    _check_size(pattern)


def _check_names(groups: list[str]) -> None:
    if not groups:
        raise BadPattern("no named group: name what is to be a field, as in (?P<message>.*)")
    if len(groups) > MAX_GROUPS:
        raise BadPattern(f"{len(groups)} named groups; there may be {MAX_GROUPS}")
    if odd := [group for group in groups if not GROUP_NAME.fullmatch(group)]:
        raise BadPattern(f"{odd[0]} is no name for a field: letters, digits, _ and dots, then [int] or [float]")
    names = [split_name(group)[0] for group in groups]
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadPattern(f"two groups are called {twice[0]}")


def split_name(group: str) -> tuple[str, pl.DataType | None]:
    """A group's name, and what its values are where that is not text.

    >>> split_name("size[int]")
    ('size', Int64)
    """
    name, _, kind = group.partition("[")
    return name, NUMBER_TYPES.get(kind.removesuffix("]"))


def _compile(pattern: str) -> list[str]:
    """The names of its groups."""
    try:
        fields = pl.Series([""]).str.extract_groups(pattern).struct.fields
    except PolarsError as error:
        raise _refusal(str(error)) from None
    return [name for name in fields if not name.isdigit()]


def _refusal(told: str) -> BadPattern:
    """In the words of Rust's regex; of several places it marks, the last."""
    parse_error, carets = PARSE_ERROR.search(told), CARETS.search(told)
    if parse_error:
        return BadPattern(parse_error["told"], len(carets[1]) + 1 if carets else None)
    return _too_large() if "size limit" in told else BadPattern(told.partition("\n")[0].removeprefix("regex error: "))


def _check_size(pattern: str) -> None:
    if count_atoms(pattern) > MAX_ATOMS:
        raise BadPattern(
            f"too large: written out, its repetitions come to more than {MAX_ATOMS} characters and classes"
        )
    try:
        pl.Series([""]).str.contains(f"(?:{without_any_captures(pattern)}){{{SIZE_SHARE}}}")
    except PolarsError:
        raise _too_large() from None
    _check_effort(pattern)


def _check_effort(pattern: str) -> None:
    """A match takes about half a second for each MiB and thousand of effort."""
    groups = len(pl.Series([""]).str.extract_groups(pattern).struct.fields)
    most = MAX_EFFORT // (groups + GROUPS_PLACES_COST)
    if breadth(pattern, most) > most:
        raise BadPattern(
            f"would take too long: a line could be at more than {most} places of it at once; repeat less, or put"
            " between repetitions what they cannot match"
        )


def _too_large() -> BadPattern:
    return BadPattern(r"too large: repeat less, and write [A-Za-z0-9_] for \w, which is five hundred times its size")


@lru_cache(maxsize=256)
def custom_format(name: str, pattern: str) -> "CustomFormat":
    """The format `name`; raises BadPattern."""
    check_pattern(pattern)
    return CustomFormat(name, pattern)


@dataclass(frozen=True)
class CustomFormat:
    """A user's format as a Choice. `pattern` has passed check_pattern."""

    name: str
    pattern: str

    @cached_property
    def claim(self) -> str:
        """Matches exactly the lines that `take` reads."""
        return f"^(?:{without_any_captures(self.pattern)})"

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds `format`, the known fields, and the others as attrs; a line without a message is its own."""
        parts = lines["text"].str.extract_groups(f"^({self.pattern})").struct.unnest()
        matched = parts[WHOLE].is_not_null()
        if not matched.any():
            return Taken([], lines)
        mine, rest, parts = lines.filter(matched), lines.filter(~matched), parts.filter(matched)
        return Taken([with_fields(mine, self._fields(parts, mine["text"], reference))], rest)

    def _fields(self, parts: pl.DataFrame, texts: pl.Series, reference: Reference) -> list[pl.Series]:
        gathered = Gathered(column for column in parts if not column.name.isdigit())
        gathered.take_times(reference)
        gathered.take_fields()
        columns, left = gathered.columns, gathered.left()
        logged_at = [columns.pop("time")] if "time" in columns else []
        message = fill(columns.pop("message"), texts) if "message" in columns else texts.alias("message")
        has_client = "client" in columns
        fields = record_columns(columns, reference)
        severity = next((field for field in fields if field.name == "severity"), None)
        guessed = find_severities(message)
        return [
            *(field for field in fields if field.name != "severity"),
            *(times.alias("logged_at") for times in logged_at),
            message,
            guessed if severity is None else fill(severity, guessed),
            *([] if has_client else [find_addresses(message).alias("client_ip")]),
            *([json_object(left)] if left else []),
            constant("format", self.name, pl.String(), len(texts)),
        ]


class Gathered:
    """What groups come to: a typed column for each field in `columns`, and what is left as attrs."""

    def __init__(self, groups: Iterable[pl.Series]) -> None:
        self.columns: dict[str, pl.Series] = {}
        self._groups: dict[str, pl.Series] = {}
        self._types: dict[str, pl.DataType] = {}
        for column in groups:
            name, number = split_name(column.name)
            field = _field_of(name)
            self._groups[name] = (column if field == "message" else present(field or name, column)).alias(name)
            if number is not None:
                self._types[name] = number

    def take_times(self, reference: Reference) -> None:
        """Reads the groups that are times; for the first, a date and a zone in groups of their own count."""
        times = [name for name in self._groups if _field_of(name) == "time" and name not in DATES]
        if not times:
            return
        date, zone = (next((name for name in names if name in self._groups), None) for names in (DATES, ZONES))
        groups = self._groups
        found = _read_dated(groups[times[0]], groups.get(date or ""), groups.get(zone or ""), reference)
        for name in filter(None, (date, zone)):
            groups[name] = groups[name].set(found.is_not_null(), None)
        self._use("time", times[0], found)
        for name in times[1:]:
            self._use("time", name, read_times(self._groups[name], reference))

    def take_fields(self) -> None:
        """Reads the other groups that are called as a field is; names that may mean something else come last."""
        for table in (FIELD_OF, FALLBACK_OF | OTHER_NAMES):
            for name in self._groups:
                field = table.get(name, "time")
                if field == "message":
                    self._use(field, name, self._groups[name])
                elif field != "time":
                    self._use(COLUMN_OF.get(field, field), name, READERS[field](self._groups[name]))

    def left(self) -> list[pl.Series]:
        """What no field took: texts, and numbers where their groups say so."""
        columns: list[pl.Series] = []
        for name, column in self._groups.items():
            columns += _numbers(column, self._types[name]) if name in self._types else [column]
        return columns

    def _use(self, field: str, name: str, values: pl.Series) -> None:
        """Takes values for rows where their field has none yet."""
        before = self.columns.get(field)
        used = values.is_not_null() if before is None else values.is_not_null() & before.is_null()
        self.columns[field] = values.alias(field) if before is None else fill(before, values)
        self._groups[name] = self._groups[name].set(used, None)


def _field_of(name: str) -> str | None:
    return FIELD_OF.get(name) or FALLBACK_OF.get(name) or OTHER_NAMES.get(name)


def _read_dated(time: pl.Series, date: pl.Series | None, zone: pl.Series | None, reference: Reference) -> pl.Series:
    """Times whose date or zone stands elsewhere in the line; without the zone where that makes none."""
    dated = time if date is None else date + " " + time
    if zone is None:
        return read_times(dated, reference)
    zoned = read_times(dated + " " + zone.str.replace("^[Zz]$", "UTC"), reference)
    return fill(zoned, read_times(dated, reference))


def _numbers(column: pl.Series, dtype: pl.DataType) -> list[pl.Series]:
    """A column of text as numbers; texts that are none in a column beside it."""
    numbers = column.cast(dtype, strict=False)
    numbers = numbers.set(~numbers.is_finite(), None)
    return [numbers, column.set(numbers.is_not_null(), None).alias(f"{column.name}.text")]
