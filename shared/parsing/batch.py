"""The entry: one line batch in, records and rejected lines out."""

from collections import Counter
from dataclasses import dataclass

import polars as pl

from shared.parsing.choice import stack
from shared.parsing.formats import FORMAT_NAMES, text_formats
from shared.parsing.formats.json_lines import CLAIM, JSON, read_json
from shared.parsing.formats.plain import read_plain
from shared.parsing.frame import NO_RECORDS, NO_REJECTED, complete
from shared.parsing.hints import ParseHints, Reference, UnknownFormat
from shared.parsing.lines import split_lines


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """Every line of a batch, once: `records` (RECORD_SCHEMA) and `rejected` (REJECTED_SCHEMA), both by line_no.

    `format_counts`: lines by the format that read or rejected them.
    """

    records: pl.DataFrame
    rejected: pl.DataFrame
    format_counts: dict[str, int]


def parse_batch(body: bytes, *, first_line: int, hints: ParseHints) -> ParsedBatch:
    """Parses the lines of `body`, of which the first has number `first_line` in its job.

    Never raises for any body; raises UnknownFormat and UnknownTimezone for hints that cannot be followed.
    """
    if hints.format is not None and hints.format not in FORMAT_NAMES:
        raise UnknownFormat(f"{hints.format!r} is none of {', '.join(sorted(FORMAT_NAMES))}")
    reference = Reference.of(hints)
    lines = split_lines(body, first_line)
    objects, texts = _divide(lines, hints.format)
    if objects.is_empty():
        return _batch(_read_texts(texts, hints.format, reference), objects)
    read, broken = read_json(objects, reference)
    if hints.format != JSON and not _mostly(read, lines):
        texts, broken = pl.concat([texts, broken.select(texts.columns)]), broken.clear()
    return _batch([read, *_read_texts(texts, hints.format, reference)], broken)


def _read_texts(texts: pl.DataFrame, forced: str | None, reference: Reference) -> list[pl.DataFrame]:
    taken = text_formats(forced).assign(texts, reference)
    return [*taken.read, read_plain(taken.rest, reference)] if len(taken.rest) else taken.read


def _divide(lines: pl.DataFrame, forced: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines to be read as JSON objects, by their look or as forced, and the others."""
    if forced not in (None, JSON):
        return lines.clear(), lines
    chosen = lines["text"] != "" if forced else lines["text"].str.contains(CLAIM)
    if not chosen.any():
        return lines.clear(), lines
    return (lines, lines.clear()) if chosen.all() else (lines.filter(chosen), lines.filter(~chosen))


def _mostly(part: pl.DataFrame, lines: pl.DataFrame) -> bool:
    """Whether more than half of the lines that are not empty are in `part`."""
    return len(part) > 0 and 2 * len(part) > (lines["text"] != "").sum()


def _batch(read: list[pl.DataFrame], broken: pl.DataFrame) -> ParsedBatch:
    stored = stack([NO_RECORDS, *(complete(frame) for frame in read)])
    rejected = broken.with_columns(format=pl.lit(JSON)).select(NO_REJECTED.columns) if len(broken) else NO_REJECTED
    counts = _lines_by_format(stored) + _lines_by_format(rejected)
    return ParsedBatch(stored.sort("line_no"), rejected.clone(), dict(counts))


def _lines_by_format(part: pl.DataFrame) -> Counter[str]:
    names, lines = part["format"], part["line_count"]
    return Counter({name: lines.filter(names == name).sum() for name in names.unique()})
