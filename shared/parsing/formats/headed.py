"""Rows whose columns a header above them names; what a row becomes depends on the row and that header alone."""

from dataclasses import dataclass, replace
from functools import lru_cache

import polars as pl

from shared.parsing.choice import Taken, stack
from shared.parsing.columns import constant, with_fields
from shared.parsing.formats.aws_flows import flow_rows
from shared.parsing.formats.delimited import delimited_rows
from shared.parsing.formats.row_claims import row_claim
from shared.parsing.formats.w3c import w3c_rows
from shared.parsing.headers import CLOUDFRONT, VPC_FLOW, W3C, Header, headers_in, lines_by_header, read_header
from shared.parsing.hints import ParseHints, Reference
from shared.parsing.separated import Separated


@dataclass(frozen=True, slots=True)
class Headed:
    """The headers in force in a batch: `before` its first line, and where that changes (see `headers_in`)."""

    before: Header | None
    changes: list[tuple[int, Header | None]]
    forced: str | None = None

    @classmethod
    def of(cls, body: bytes, first_line: int, hints: ParseHints) -> "Headed":
        """Those of `body`, whose first line has number `first_line`; none where a user's own format reads it."""
        if hints.pattern is not None:
            return cls(None, [])
        before = read_header(hints.header, hints.format) if hints.header else None
        return cls(before, headers_in(body, first_line, hints.format, hints.charset), hints.format)

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Reads those of the lines that are rows, each under the nearest header above it.

        A row has as many cells as there are columns, and in them what the columns' names promise, except where the
        format is forced: then their number is enough.
        Lines that are the header of rows of CSV, TSV or flow logs are records of that format.
        """
        if self.before is None and not self.changes:
            return Taken([], lines)
        parts = lines_by_header(lines, self.before, self.changes)
        taken = [_take(part, header, self.forced, reference) for header, part in parts]
        rests = [part.rest for part in taken]
        return Taken([frame for part in taken for frame in part.read], stack([lines.clear(), *rests]))


def _take(lines: pl.DataFrame, header: Header | None, forced: str | None, reference: Reference) -> Taken:
    if header is None or lines.is_empty() or forced not in (None, header.format):
        return Taken([], lines)
    rows = _rows(header, is_forced=forced is not None)
    if header.format in (W3C, CLOUDFRONT):
        is_row = ~lines["text"].str.starts_with("#")
        taken = rows.take(lines.filter(is_row), reference)
        return Taken(taken.read, stack([lines.filter(~is_row), taken.rest]))
    is_header = lines["text"] == header.text
    if not is_header.any():
        return rows.take(lines, reference)
    names = lines.filter(is_header)
    named = with_fields(names, [constant("format", header.format, pl.String(), len(names))])
    taken = rows.take(lines.filter(~is_header), reference)
    return Taken([named, *taken.read], taken.rest)


@lru_cache(maxsize=256)
def _rows(header: Header, *, is_forced: bool) -> Separated:
    rows = _rows_of_any_text(header)
    return rows if is_forced else replace(rows, claim=row_claim(header))


def _rows_of_any_text(header: Header) -> Separated:
    if header.format in (W3C, CLOUDFRONT):
        return w3c_rows(header)
    return flow_rows(header) if header.format == VPC_FLOW else delimited_rows(header)
