"""Formats that are a regular expression: its named groups are the fields.

Patterns are best written as `patterns` says; any pattern takes linear time.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from shared.parsing.choice import Taken
from shared.parsing.columns import constant, fill, with_fields
from shared.parsing.dates import PARTS_OF_TIME
from shared.parsing.hints import Reference
from shared.parsing.patterns import without_captures
from shared.parsing.timestamps import Shape


@dataclass(frozen=True)
class Layout:
    """Lines of the format `name`, each matched by `pattern` from start to end.

    Its groups become columns of text; group `key` takes part in every match. Those that are parts of a time are read
    by `shape` into the column logged_at.
    """

    name: str
    pattern: str
    key: str = "message"
    shape: Shape | None = None

    @cached_property
    def claim(self) -> str:
        """Matches exactly the lines that `take` reads."""
        return without_captures(self.pattern)

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds `format` and the fields; a value replaces an earlier one of its column, a null does not."""
        parts = lines["text"].str.extract_groups(self.pattern).struct.unnest()
        missed = parts[self.key].null_count()
        if missed == len(lines):
            return Taken([], lines)
        rest = lines.clear()
        if missed:
            matched = parts[self.key].is_not_null()
            lines, rest, parts = lines.filter(matched), lines.filter(~matched), parts.filter(matched)
        fields = [_filled(field, lines) for field in self._fields(parts, reference)]
        return Taken([with_fields(lines, fields)], rest)

    def _fields(self, parts: pl.DataFrame, reference: Reference) -> list[pl.Series]:
        fields = [column for column in parts if column.name not in PARTS_OF_TIME]
        if self.shape:
            fields.append(self.shape.read(parts, reference))
        return [*fields, constant("format", self.name, pl.String(), len(parts))]


def _filled(field: pl.Series, lines: pl.DataFrame) -> pl.Series:
    """`field`, with what the lines already have of it where it is null."""
    if not field.null_count() or lines.schema.get(field.name) != field.dtype:
        return field
    return fill(field, lines[field.name])
