"""What columns are made of and mended with.

Mostly Series methods: they cost a tenth of an expression's overhead, which small batches and forty columns notice.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl


def constant(name: str, value: object, dtype: pl.DataType, length: int) -> pl.Series:
    """The same value (None too) in every row."""
    return pl.Series(name, [value], dtype=dtype).new_from_index(0, length)


def nothing(name: str, dtype: pl.DataType, length: int) -> pl.Series:
    """Null in every row."""
    return constant(name, None, dtype, length)


def translate(texts: pl.Series, table: Mapping[str, object], dtype: pl.DataType) -> pl.Series:
    """Each text's value in `table`; null for texts that are not in it."""
    if not table:
        return nothing(texts.name, dtype, len(texts))
    places = texts.cast(pl.Enum(list(table)), strict=False).to_physical()
    return pl.Series(texts.name, list(table.values()), dtype=dtype).gather(places)


def fill(column: pl.Series, other: pl.Series) -> pl.Series:
    """`column` with its nulls taken from `other`."""
    return column.zip_with(column.is_not_null(), other.alias(column.name)) if column.null_count() else column


def without(column: pl.Series, value: str) -> pl.Series:
    """`column` with null for every `value`."""
    found = column == value
    return column.set(found, None) if found.any() else column


def within(column: pl.Series, lowest: Any, highest: Any) -> pl.Series:
    """`column` with null for every value outside the bounds, which are themselves inside."""
    least: Any = column.min()
    most: Any = column.max()
    if least is None or (lowest <= least and most <= highest):
        return column
    return column.set(~column.is_between(lowest, highest), None)


def with_fields(frame: pl.DataFrame, fields: list[pl.Series]) -> pl.DataFrame:
    """`frame` with `fields` added; each replaces a column of its name."""
    names = {field.name for field in fields}
    return pl.DataFrame([*(column for column in frame if column.name not in names), *fields])
