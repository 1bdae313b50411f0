"""Which lines are whose: the first choice, in order, that can read a line gets it.

What a line becomes depends on that line alone, never on its neighbours; they only decide what is tried first.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from shared.parsing.hints import Reference

SAMPLE_LINES = 48


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of some lines: frames with fields added, and the lines that nothing read, as they came."""

    read: list[pl.DataFrame]
    rest: pl.DataFrame


class Choice(Protocol):
    """Reads lines of one kind, deciding on each line alone, and none that `claim` does not match."""

    @property
    def claim(self) -> str:
        """A linear-time regular expression without captures, on the column `text`."""
        ...

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """`lines` has the columns of `split_lines`, and those that earlier steps added."""
        ...


@dataclass(frozen=True)
class Family:
    """Choices that share a beginning (`claim`), with `finish` done to what any of them reads."""

    claim: str
    choices: Sequence[Choice]
    finish: Callable[[pl.DataFrame], pl.DataFrame]

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """As each of `choices` does."""
        taken = assign(lines, self.choices, reference)
        return Taken([self.finish(frame) for frame in taken.read], taken.rest)


@dataclass(frozen=True)
class Steps:
    """Lines whose beginning `first` reads, and what it leaves in the column `rest` one of `then`."""

    first: Choice
    then: Sequence[Choice]

    @property
    def claim(self) -> str:
        """As the first step's."""
        return self.first.claim

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Reads lines that both steps can read."""
        begun = self.first.take(lines, reference)
        rests = [frame.with_columns(text=pl.col("rest").fill_null("")).drop("rest") for frame in begun.read]
        ends = [assign(frame, self.then, reference) for frame in rests]
        unread = [lines.join(end.rest, on="line_no", how="semi") for end in ends if len(end.rest)]
        return Taken([frame for end in ends for frame in end.read], _stack([begun.rest, *unread]))


def assign(lines: pl.DataFrame, choices: Sequence[Choice], reference: Reference) -> Taken:
    """Gives every line to the first of `choices` that reads it.

    Starts with the one that most of a sample belongs to, on all lines that no earlier one claims: mostly that is all.
    """
    if lines.is_empty() or not choices:
        return Taken([], lines)
    place = _likely_place(lines["text"], choices)
    early, late = _divide(lines, choices[:place])
    before = _in_order(early, choices, reference)
    likely = choices[place].take(late, reference)
    after = assign(likely.rest, choices[place + 1 :], reference)
    return Taken([*before.read, *likely.read, *after.read], _stack([before.rest, after.rest]))


def _likely_place(text: pl.Series, choices: Sequence[Choice]) -> int:
    """Which choice is most often the first to claim a line of a sample."""
    sample = text.gather_every(max(1, len(text) // SAMPLE_LINES)).to_frame()
    line = pl.col("text")
    first = pl.coalesce(pl.when(line.str.contains(choice.claim)).then(i) for i, choice in enumerate(choices))
    places = Counter(sample.select(first).to_series().drop_nulls())
    return max(places, key=places.__getitem__, default=0)


def _divide(lines: pl.DataFrame, earlier: Sequence[Choice]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines that one of `earlier` claims, and the others."""
    if not earlier:
        return lines.clear(), lines
    claimed = lines["text"].str.contains("|".join(f"(?:{choice.claim})" for choice in earlier))
    if not claimed.any():
        return lines.clear(), lines
    return lines.filter(claimed), lines.filter(~claimed)


def _in_order(lines: pl.DataFrame, choices: Sequence[Choice], reference: Reference) -> Taken:
    read: list[pl.DataFrame] = []
    for choice in choices:
        if lines.is_empty():
            break
        taken = choice.take(lines, reference)
        read += taken.read
        lines = taken.rest
    return Taken(read, lines)


def _stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Frames of the same columns as one."""
    filled = [frame for frame in frames if len(frame)]
    return pl.concat(filled) if len(filled) > 1 else (filled or frames)[0]
