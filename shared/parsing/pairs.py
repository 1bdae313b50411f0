"""Names and texts to the fields of records, for any number of lines at once: of lines with the same names in the same
order, a column a name; of any others, one long column of pairs. Either way a line's pairs become the same."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import polars as pl

from shared.parsing.attributes import json_object, json_objects
from shared.parsing.columns import constant, fill, nothing
from shared.parsing.field_names import Meaning, meanings, plain
from shared.parsing.field_texts import READERS
from shared.parsing.fields import COLUMN_OF, FIELD_TYPES, KEPT, record_columns
from shared.parsing.hints import Reference

Admits: TypeAlias = Callable[[str, Meaning], bool]
"""Whether a meaning of a name counts."""


def _any(_name: str, _meaning: Meaning) -> bool:
    return True


class Use(NamedTuple):
    """A field that the values of some names may be read as."""

    rank: int
    field: str
    names: list[str]

    @property
    def column(self) -> str:
        """The field's."""
        return COLUMN_OF.get(self.field, self.field)


def _uses(names: Iterable[str], admits: Admits = _any) -> list[Use]:
    """In the order in which they are tried."""
    found: dict[tuple[int, str], list[str]] = {}
    for name in names:
        for meaning in _meanings(name):
            if admits(name, meaning):
                found.setdefault((meaning.rank, meaning.field), []).append(name)
    return [Use(rank, field, of_field) for (rank, field), of_field in sorted(found.items())]


@lru_cache(maxsize=4096)
def _meanings(name: str) -> tuple[Meaning, ...]:
    return meanings(plain(name))


def fields_of_columns(values: list[pl.Series], reference: Reference) -> list[pl.Series]:
    """The fields (and attrs) of columns of texts, by their names."""
    left = {column.name: column for column in values}
    columns: dict[str, pl.Series] = {}
    times: list[tuple[str, pl.Series]] = []
    for use in _uses(left):
        for name in use.names:
            before = columns.get(use.column)
            read = READERS[use.field](left[name])
            taken = read.is_not_null() if before is None else read.is_not_null() & before.is_null()
            columns[use.column] = read if before is None else fill(before, read)
            if use.field == "time":
                times.append((name, left[name].set(~taken, None)))
            if use.field not in KEPT:
                left[name] = left[name].set(taken, None)
    fields = record_columns(columns, reference)
    unread = _unread(columns, fields)
    if unread is not None:
        for name, texts in times:
            left[name] = fill(left[name], texts.set(~unread, None))
    return [*fields, json_object([column.alias(name) for name, column in left.items()], typed=True)]


def _unread(columns: dict[str, pl.Series], fields: list[pl.Series]) -> pl.Series | None:
    """The rows of texts that are no time after all."""
    if "time" not in columns:
        return None
    read = next(field for field in fields if field.name == "logged_at")
    return None if read.null_count() == columns["time"].null_count() else read.is_null()


def fields_of_pairs(pairs: pl.DataFrame, length: int, reference: Reference, admits: Admits = _any) -> list[pl.Series]:
    """The fields (and attrs) of `length` rows, of pairs: columns row (UInt32), key and value (String).

    `admits`: which of the meanings of a name count.
    """
    if pairs.is_empty():
        return [nothing("attrs", pl.String(), length)]
    keys = pairs["key"].unique().to_list()
    codes = pairs["key"].cast(pl.Enum(keys)).to_physical()
    code_of = {key: code for code, key in enumerate(keys)}
    columns: dict[str, pl.Series] = {}
    used, is_time = (constant(name, False, pl.Boolean(), len(pairs)) for name in ("used", "is_time"))
    for use in _uses(keys, admits):
        places = codes.is_in([code_of[name] for name in use.names]).arg_true()
        column = columns.get(use.column, nothing(use.column, FIELD_TYPES[use.column], length))
        read = READERS[use.field](pairs["value"].gather(places))
        columns[use.column], taken = _place(column, pairs["row"].gather(places), read)
        if use.field == "time":
            is_time = is_time.scatter(places, True)
        if use.field not in KEPT:
            used = used.scatter(places.filter(taken), True)
    fields = record_columns(columns, reference)
    unread = _unread(columns, fields)
    if unread is not None:
        used &= ~is_time | ~unread.gather(pairs["row"])
    return [*fields, json_objects(pairs.filter(~used), length)]


def _place(column: pl.Series, rows: pl.Series, values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`column` with values at those `rows` that have none yet, of several the first; and which were taken."""
    fits = values.is_not_null() & column.gather(rows).is_null()
    taken = fits & rows.set(~fits, None).is_first_distinct()
    return column.scatter(rows.filter(taken), values.filter(taken)), taken
