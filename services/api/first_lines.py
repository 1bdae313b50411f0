"""What is understood of an input's first lines, without storing anything. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from services.api.line_items import LineItem
from shared.parsing import ParsedBatch, ParseHints, parse_batch
from shared.parsing.continuations import RecordBounds
from shared.parsing.formats import CUSTOM, text_formats
from shared.parsing.formats.plain import PLAIN
from shared.parsing.lines import original_text, split_lines
from shared.parsing.mismatch import Stop, stop_of_format, stop_of_pattern
from shared.severity import level_of

KNOWN = tuple(name for name in LineItem.__struct_fields__ if name not in ("level", "attrs", "raw", "reason"))


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A line that is not of the format asked for: what was `expected` in `column` (from 1), for group `field`."""

    line_no: int
    column: int
    text: str
    expected: str
    field: str | None


@dataclass(frozen=True, slots=True)
class FirstLines:
    """The lines, each stored or rejected, in order; and those of a forced format that do not match."""

    items: list[LineItem]
    lines_read: int
    lines_stored: int
    lines_rejected: int
    format_counts: dict[str, int]
    texts: list[str]
    """Each line as formats are given it."""
    hints: ParseHints

    def mismatches(self) -> Iterator[Mismatch]:
        """The lines that the forced format, or pattern, does not match: none where none is forced."""
        if self.hints.format in (None, PLAIN) and self.hints.pattern is None:
            return
        for item in self.items:
            if item.reason is not msgspec.UNSET or (item.format == PLAIN and item.raw.strip()):
                yield _mismatch(item.line_no, self.texts[item.line_no - 1], self.hints)


def read_first_lines(body: bytes, hints: ParseHints, limit: int, bounds: RecordBounds | None = None) -> FirstLines:
    """Reads the first `limit` lines of `body`; raises BadPattern, UnknownFormat and UnknownTimezone."""
    head = _head(body, limit)
    parsed = parse_batch(head, first_line=1, hints=hints, bounds=bounds or RecordBounds())
    items = sorted([*_records(parsed, hints.charset), *_rejected(parsed, hints.charset)], key=lambda item: item.line_no)
    stored, rejected = (int(part["line_count"].sum()) for part in (parsed.records, parsed.rejected))
    texts = split_lines(head, 1, hints.charset)["text"].to_list()
    return FirstLines(items, stored + rejected, stored, rejected, parsed.format_counts, texts, hints)


def _head(body: bytes, lines: int) -> bytes:
    end = -1
    for _ in range(lines):
        end = body.find(b"\n", end + 1)
        if end < 0:
            return body
    return body[: end + 1]


def _records(parsed: ParsedBatch, charset: str | None) -> Iterator[LineItem]:
    for row in parsed.records.iter_rows(named=True):
        raw = row["message"] if row["raw"] is None else original_text(row["raw"], charset)
        known = {name: row[name] for name in KNOWN}
        yield LineItem(**known, level=level_of(row["severity"]), attrs=_attrs(row), raw=raw)


def _attrs(row: dict[str, Any]) -> msgspec.Raw:
    named = {name: row[name] for name in ("referer", "user_agent") if row[name] is not None}
    fields = msgspec.json.decode(row["attrs"]) if row["attrs"] else {}
    return msgspec.Raw(msgspec.json.encode(named | fields))


def _rejected(parsed: ParsedBatch, charset: str | None) -> Iterator[LineItem]:
    nothing: dict[str, Any] = dict.fromkeys(KNOWN)
    for row in parsed.rejected.iter_rows(named=True):
        known = nothing | {name: row[name] for name in ("line_no", "line_count", "format")}
        detail = msgspec.Raw(msgspec.json.encode({"detail": row["detail"]}))
        raw = original_text(row["raw"], charset)
        yield LineItem(**known, level=None, attrs=detail, raw=raw, reason=row["reason"])


def _mismatch(line_no: int, text: str, hints: ParseHints) -> Mismatch:
    """Of a record of several lines, the first counts."""
    if hints.pattern is not None:
        stop = stop_of_pattern(hints.pattern, text)
    else:
        name = hints.format or CUSTOM
        stop = stop_of_format(name, text_formats(name), text)
    stop = stop or Stop(0, f"a line of the format {hints.format}")
    return Mismatch(line_no, stop.at + 1, text, stop.expected, stop.field)
