"""Lines to records: those that go on with the one before them are joined to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from shared.parsing.columns import with_fields
from shared.parsing.continuations import (
    BLANK,
    HEAD_CHARS,
    INDENTED_BEGINNING,
    POSSIBLE,
    POSTGRES_DETAIL,
    TRACED,
    RecordBounds,
    RecordLines,
    Sight,
    condensed,
    look_at,
)

CONTINUATION = "continuation"
"""The column of what follows a record's first line; formats pass it on, `frame.complete` adds it to the message."""


@dataclass(frozen=True)
class Grouped:
    """Records, not read yet.

    `heads`: as of `split_lines`, a row a record: `line_count` of all its lines, `raw` their bytes joined by LF, `text`
    of the first (of all, where that begins an object: spread over lines, or cut by a container's runtime). Where any
    record has several lines, also CONTINUATION (String, mostly null): the texts of the others, joined by LF.
    `bare_traces`: line_no of the records that begin with a trace.
    """

    heads: pl.DataFrame
    bare_traces: list[int] = field(default_factory=list)


class Run(NamedTuple):
    """Lines that are looked at together: one, or several blank or several indented ones.

    `start` and `end`: places in the frame; `size_bytes`: of the first line; `may_follow`: whether that may go on.
    """

    start: int
    end: int
    text: str
    size_bytes: int
    may_follow: bool


def group(lines: pl.DataFrame, bounds: RecordBounds) -> Grouped:
    """Joins lines (of `split_lines`), of which the first begins a record."""
    text = _condensed(lines["text"])
    possible = text.str.contains(POSSIBLE) | text.str.contains(POSTGRES_DETAIL)
    if not possible.any():
        return Grouped(lines)
    follower = _Follower(lines, text, bounds)
    for run in _runs(lines, text, possible):
        follower.follow(run)
    bare_traces = lines["line_no"].gather(follower.bare_traces).to_list()
    return Grouped(_join(lines, follower) if follower.going_on else lines, bare_traces)


def _condensed(text: pl.Series) -> pl.Series:
    places = (text.str.len_bytes() > HEAD_CHARS).arg_true()
    return text.scatter(places, [condensed(line) for line in text.gather(places)]) if len(places) else text


def _runs(lines: pl.DataFrame, text: pl.Series, possible: pl.Series) -> Iterator[Run]:
    """The lines that may go on, the one before each and the one behind; any other is a record of its own.

    `text`: what is looked at of the lines' own.
    """
    blank = text.str.contains(BLANK)
    indented = text.str.contains("^[ \t]") & ~blank & ~text.str.contains(INDENTED_BEGINNING)
    alike = (blank & blank.shift(1, fill_value=False)) | (indented & indented.shift(1, fill_value=False))
    starts = (~alike).arg_true()
    ends = starts.slice(1).extend_constant(len(lines), 1)
    follows = possible | possible.shift(1, fill_value=False)
    looked_at = (follows | possible.shift(-1, fill_value=False)).gather(starts)
    starts, ends = starts.filter(looked_at), ends.filter(looked_at)
    sizes = _sizes(lines).gather(starts)
    columns = (starts, ends, lines["text"].gather(starts), sizes, follows.gather(starts))
    return map(Run._make, zip(*(column.to_list() for column in columns), strict=True))


def _sizes(lines: pl.DataFrame) -> pl.Series:
    """The bytes of each line, LF included."""
    return lines["raw"].bin.size() + 1


class _Follower:
    """Puts runs of lines together; afterwards: which lines go on (places), and which of the others begin a trace.

    `sights`: of the lines that are more or less than what they add to a record.
    """

    def __init__(self, lines: pl.DataFrame, looked_at: pl.Series, bounds: RecordBounds) -> None:
        self.sights: dict[int, Sight] = {}
        self.going_on: list[int] = []
        self.bare_traces: list[int] = []
        self._lines = lines
        self._record = RecordLines(bounds)
        self._traced_before = looked_at.str.contains(TRACED).cum_sum().to_list()
        self._bytes_before = _sizes(lines).cum_sum().to_list()

    def follow(self, run: Run) -> None:
        """Takes the next lines; those left out before are records of their own."""
        sight = look_at(run.text)
        went_on = self._add(run.start, sight, run.size_bytes, may_follow=run.may_follow)
        if run.end - run.start == 1 or (sight.kind == "blank" and not went_on):
            return
        if sight.kind == "blank" or not self._add_inside(run):
            rest = self._lines.slice(run.start + 1, run.end - run.start - 1)
            for place, (text, size_bytes) in enumerate(zip(rest["text"], _sizes(rest), strict=True), run.start + 1):
                self._add(place, look_at(text), size_bytes, may_follow=True)

    def _add(self, place: int, sight: Sight, size_bytes: int, *, may_follow: bool) -> bool:
        if sight.is_in_disguise:
            self.sights[place] = sight
        if may_follow and self._record.goes_on(sight, size_bytes):
            self.going_on.append(place)
            return True
        self._record.begin(sight, size_bytes)
        if self._record.is_bare_trace:
            self.bare_traces.append(place)
        return False

    def _add_inside(self, run: Run) -> bool:
        """Adds the indented lines behind a run's first at once, if the record may have so many."""
        last = run.end - 1
        size_bytes = self._bytes_before[last] - self._bytes_before[run.start]
        in_trace = self._traced_before[last] > self._traced_before[run.start]
        sight = look_at(self._lines["text"][last])
        if not self._record.goes_on_inside(last - run.start, size_bytes, in_trace=in_trace, last=sight):
            return False
        self.going_on += range(run.start + 1, run.end)
        return True


def _join(lines: pl.DataFrame, follower: _Follower) -> pl.DataFrame:
    begins = pl.repeat(True, len(lines), dtype=pl.Boolean, eager=True).scatter(follower.going_on, False)
    heads, places = lines.filter(begins), begins.arg_true()
    line_count = places.extend_constant(len(lines), 1).diff().slice(1).cast(pl.Int32).alias("line_count")
    several = (line_count > 1).arg_true()
    texts, raws = heads["text"].to_list(), heads["raw"].to_list()
    all_texts, all_raws = lines["text"].to_list(), lines["raw"].to_list()
    continuation: list[str | None] = [None] * len(heads)
    columns = (several, places.gather(several), line_count.gather(several))
    for row, start, count in zip(*(column.to_list() for column in columns), strict=True):
        end = start + count
        raws[row] = b"\n".join(all_raws[start:end])
        sights = [follower.sights.get(place) for place in range(start, end)] if follower.sights else None
        texts[row], continuation[row] = _texts(all_texts[start:end], sights)
    own = {"text": (texts, pl.String), "raw": (raws, pl.Binary), CONTINUATION: (continuation, pl.String)}
    return with_fields(heads, [line_count, *(pl.Series(name, v, dtype=t) for name, (v, t) in own.items())])


def _texts(texts: list[str], sights: list[Sight | None] | None) -> tuple[str, str | None]:
    """A record's text and continuation; `sights` of those of its lines whose text is not what they add to it."""
    pieces = _pieces(texts, sights) if sights and any(sights) else texts
    first = sights[0] if sights else None
    while len(pieces) > 1 and not pieces[-1].strip():
        pieces.pop()
    if (first.content if first else texts[0]).lstrip(" \t").startswith("{"):
        return (" " if first and first.wrapper else "\n").join(pieces), None
    return pieces[0], "\n".join(pieces[1:]) or None


def _pieces(texts: list[str], sights: list[Sight | None]) -> list[str]:
    """The texts as they were before a container's runtime cut and wrapped them, and without PostgreSQL's prefixes."""
    pieces: list[str] = []
    is_partial = False
    for text, sight in zip(texts, sights, strict=True):
        if is_partial and sight:
            pieces[-1] += sight.content
        else:
            pieces.append(sight.added if sight and pieces else text)
        is_partial = bool(sight and sight.is_partial)
    return pieces
