"""Formats that are a regular expression: its named groups are the fields.

Patterns are best written as `patterns` says; any pattern takes linear time.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from shared.parsing.choice import Taken
from shared.parsing.columns import constant, with_fields
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
        """Adds `format` and the fields; a field replaces an earlier column of its name."""
        parts = lines["text"].str.extract_groups(self.pattern).struct.unnest()
        missed = parts[self.key].null_count()
        if missed == len(lines):
            return Taken([], lines)
        rest = lines.clear()
        if missed:
            matched = parts[self.key].is_not_null()
            lines, rest, parts = lines.filter(matched), lines.filter(~matched), parts.filter(matched)
        return Taken([with_fields(lines, self._fields(parts, reference))], rest)

    def _fields(self, parts: pl.DataFrame, reference: Reference) -> list[pl.Series]:
        fields = [column for column in parts if column.name not in PARTS_OF_TIME]
        if self.shape:
            fields.append(self.shape.read(parts, reference))
        return [*fields, constant("format", self.name, pl.String(), len(parts))]
