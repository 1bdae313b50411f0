"""The entry: one line batch in, records and rejected lines out."""

from dataclasses import dataclass

import polars as pl

from shared.parsing.choice import assign
from shared.parsing.formats.access import ACCESS
from shared.parsing.frame import RECORD_SCHEMA, REJECTED_SCHEMA, complete
from shared.parsing.hints import ParseHints, Reference
from shared.parsing.lines import split_lines


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    records: pl.DataFrame
    rejected: pl.DataFrame
    format_counts: dict[str, int]


def parse_batch(body: bytes, *, first_line: int, hints: ParseHints) -> ParsedBatch:
    lines = split_lines(body, first_line)
    t = assign(lines, [ACCESS], Reference.of(hints))
    frames = [complete(f) for f in t.read]
    return ParsedBatch(frames[0], pl.DataFrame(schema=REJECTED_SCHEMA), {})
