"""The entry: one line batch in, records and rejected lines out."""

from collections import Counter
from dataclasses import dataclass

import polars as pl

from shared.parsing.choice import Precedence, Taken, stack
from shared.parsing.columns import constant, with_fields
from shared.parsing.continuations import RecordBounds
from shared.parsing.formats import CUSTOM, FORMAT_NAMES, text_formats
from shared.parsing.formats.cut_objects import read_cut
from shared.parsing.formats.github import GITHUB, read_deliveries
from shared.parsing.formats.headed import Headed
from shared.parsing.formats.json_lines import CLAIM, JSON, read_json
from shared.parsing.formats.plain import read_plain
from shared.parsing.frame import NO_RECORDS, NO_REJECTED, complete
from shared.parsing.grouping import Grouped, group
from shared.parsing.hints import ParseHints, Reference, UnknownFormat
from shared.parsing.lines import split_lines
from shared.parsing.severity import severity_of_words
from shared.parsing.wrapped import unwrap

OF_OBJECTS = (JSON, GITHUB)
"""Formats whose lines are objects and nothing else."""
CLEARLY_JSON = r'^[ \t]*\{\s*"(?:[^"\\]|\\.)*"\s*:'
FOLLOWED_BY_TEXT = "Extra data"
WARNING = "^[A-Za-z0-9_.]*Warning(?::|$)"
DEFAULT_BOUNDS = RecordBounds()


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """Every line of a batch, once: `records` (RECORD_SCHEMA) and `rejected` (REJECTED_SCHEMA), both by line_no.

    `format_counts`: lines by the format that read or rejected them.
    """

    records: pl.DataFrame
    rejected: pl.DataFrame
    format_counts: dict[str, int]


def parse_batch(
    body: bytes, *, first_line: int, hints: ParseHints, bounds: RecordBounds = DEFAULT_BOUNDS
) -> ParsedBatch:
    """Parses the lines of `body`, of which the first has number `first_line` in its job and begins a record.

    What a record becomes depends on its own lines and the hints alone, wherever an input is cut into batches. Where
    objects are not forced, a broken one is rejected only if it clearly is meant as one (it begins with `{"key":`) and
    is not followed by text; otherwise it is text. An object that was cut (`hints.is_cut`) is a record either way.

    Never raises for any body; raises UnknownFormat, UnknownTimezone and BadPattern for hints that cannot be followed.
    """
    if hints.pattern is None and hints.format is not None and hints.format not in FORMAT_NAMES:
        raise UnknownFormat(f"{hints.format!r} is none of {', '.join(sorted(FORMAT_NAMES))}")
    reference = Reference.of(hints)
    grouped = group(split_lines(body, first_line, hints.charset), bounds)
    lines = grouped.heads
    formats = text_formats(hints.format, hints.pattern)
    headed = Headed.of(body, first_line, hints)
    objects, texts = _divide(lines, CUSTOM if hints.pattern is not None else hints.format)
    events = Taken([], objects) if hints.format == JSON else read_deliveries(objects, reference)
    if events.rest.is_empty():
        return _batch([*events.read, *_read_texts(texts, headed, formats, reference)], events.rest, grouped)
    read, broken = read_json(events.rest, reference)
    cut = read_cut(broken, reference) if hints.is_cut and len(broken) else Taken([], broken)
    is_text = _is_text(cut.rest, hints)
    texts, broken = stack([texts, cut.rest.filter(is_text).select(texts.columns)]), cut.rest.filter(~is_text)
    unwrapped = [record for frame in (read, *cut.read) for record in unwrap(frame, text_formats(), reference)]
    return _batch([*events.read, *unwrapped, *_read_texts(texts, headed, formats, reference)], broken, grouped)


def _read_texts(texts: pl.DataFrame, headed: Headed, formats: Precedence, reference: Reference) -> list[pl.DataFrame]:
    """Rows under a header, then what the formats read, then the rest as plain text."""
    rows = headed.take(texts, reference)
    taken = formats.assign(rows.rest, reference)
    plain = [read_plain(taken.rest, reference)] if len(taken.rest) else []
    return [*rows.read, *taken.read, *plain]


def _divide(lines: pl.DataFrame, forced: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines to be read as JSON objects, by their look or as forced, and the others."""
    if forced not in (None, *OF_OBJECTS):
        return lines.clear(), lines
    chosen = lines["text"] != "" if forced else lines["text"].str.contains(CLAIM)
    if not chosen.any():
        return lines.clear(), lines
    return (lines, lines.clear()) if chosen.all() else (lines.filter(chosen), lines.filter(~chosen))


def _is_text(broken: pl.DataFrame, hints: ParseHints) -> pl.Series:
    """Which of the lines that are no JSON are not to be rejected for it."""
    if hints.is_cut:
        return broken["text"].str.contains(CLAIM)
    if hints.format in OF_OBJECTS:
        return constant("is_text", False, pl.Boolean(), len(broken))
    return ~broken["text"].str.contains(CLEARLY_JSON) | broken["detail"].str.starts_with(FOLLOWED_BY_TEXT)


def _batch(read: list[pl.DataFrame], broken: pl.DataFrame, grouped: Grouped) -> ParsedBatch:
    stored = stack([NO_RECORDS, *(complete(frame) for frame in read)])
    if grouped.bare_traces:
        stored = _with_severities(stored, grouped.bare_traces)
    rejected = broken.with_columns(format=pl.lit(JSON)).select(NO_REJECTED.columns) if len(broken) else NO_REJECTED
    counts = _lines_by_format(stored) + _lines_by_format(rejected)
    return ParsedBatch(stored.sort("line_no"), rejected.sort("line_no"), dict(counts))


def _with_severities(stored: pl.DataFrame, bare_traces: list[int]) -> pl.DataFrame:
    """Traces that no line of a log tells the level of are errors, or warnings by their name."""
    untold = stored["severity"].is_null() & stored["line_no"].is_in(bare_traces)
    error, warning = severity_of_words(pl.Series(["error", "warning"]))
    severity = stored["severity"].set(untold, error).set(untold & stored["message"].str.contains(WARNING), warning)
    return with_fields(stored, [severity]).select(stored.columns)


def _lines_by_format(part: pl.DataFrame) -> Counter[str]:
    names, lines = part["format"], part["line_count"]
    return Counter({name: lines.filter(names == name).sum() for name in names.unique()})
