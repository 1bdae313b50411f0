"""Which lines are whose: the first choice, in order of precedence, that can read a line gets it.

What a line becomes depends on that line alone. Its neighbours only decide what is tried first: mostly all lines of a
batch are of one kind, and then each is looked at about once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import polars as pl

from shared.parsing.columns import nothing
from shared.parsing.hints import Reference

SAMPLE_LINES = 32


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


class Precedence:
    """Choices, the preferred ones first."""

    def __init__(self, choices: Iterable[Choice]) -> None:
        self._choices = tuple(choices)

    @cached_property
    def claim(self) -> str:
        """Matches what any of the choices claims."""
        return _any_of(self._choices)

    @cached_property
    def _claims_before(self) -> list[str]:
        return [_any_of(self._choices[:place]) for place in range(len(self._choices))]

    @cached_property
    def _switch(self) -> str:
        """Sets an empty capture for the first choice that claims a text.

        One long pattern and not one for each choice, because Polars keeps no more than 32 compiled.
        """
        return "|".join(f"(?:{choice.claim})()" for choice in self._choices)

    def assign(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Gives every line to the first choice that reads it.

        The choice that most of a sample is for gets at once all lines that none before it claims.
        """
        if lines.is_empty() or not self._choices:
            return Taken([], lines)
        place = self._likely_place(lines["text"])
        early, late = self._divide(lines, place)
        likely = self._choices[place].take(late, reference)
        others = self._sort(stack([early, likely.rest]), reference)
        return Taken([*likely.read, *others.read], others.rest)

    def _likely_place(self, text: pl.Series) -> int:
        sample = text.gather_every(max(1, len(text) // SAMPLE_LINES))
        counts = [claims.len() - claims.null_count() for claims in self._first_claims(sample)]
        return counts.index(max(counts))

    def _first_claims(self, text: pl.Series) -> list[pl.Series]:
        """For each choice a column that is null except where it is the first to claim the text."""
        return text.str.extract_groups(self._switch).struct.unnest().get_columns()

    def _divide(self, lines: pl.DataFrame, place: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The lines that a choice before `place` claims, and the others."""
        if place == 0:
            return lines.clear(), lines
        claimed = lines["text"].str.contains(self._claims_before[place])
        if not claimed.any():
            return lines.clear(), lines
        return lines.filter(claimed), lines.filter(~claimed)

    def _sort(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Each line to the first choice that claims it; where that cannot read it, to those behind, in turn."""
        if lines.is_empty():
            return Taken([], lines)
        owner = nothing("owner", pl.Int32(), len(lines))
        for place, claims in enumerate(self._first_claims(lines["text"])):
            owner = owner.set(claims.is_not_null(), place)
        read: list[pl.DataFrame] = []
        rests = [lines.filter(owner.is_null())]
        for place in owner.unique().drop_nulls():
            taken = self._try_from(place, lines.filter(owner == place), reference)
            read += taken.read
            rests.append(taken.rest)
        return Taken(read, stack(rests))

    def _try_from(self, place: int, lines: pl.DataFrame, reference: Reference) -> Taken:
        read: list[pl.DataFrame] = []
        for choice in self._choices[place:]:
            if lines.is_empty():
                break
            taken = choice.take(lines, reference)
            read += taken.read
            lines = taken.rest
        return Taken(read, lines)


@dataclass(frozen=True)
class Family:
    """Choices that share a beginning (`claim`), with `finish` done to what any of them reads."""

    claim: str
    members: Precedence
    finish: Callable[[pl.DataFrame], pl.DataFrame]

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """As the members do."""
        taken = self.members.assign(lines, reference)
        return Taken([self.finish(frame) for frame in taken.read], taken.rest)


@dataclass(frozen=True)
class Steps:
    """Lines whose beginning `first` reads, and whose column `rest` it leaves is read by one of `then`."""

    first: Choice
    then: Precedence

    @property
    def claim(self) -> str:
        """As the first step's."""
        return self.first.claim

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Reads the lines that both steps can read."""
        begun = self.first.take(lines, reference)
        rests = [frame.with_columns(text=pl.col("rest").fill_null("")).drop("rest") for frame in begun.read]
        ends = [self.then.assign(frame, reference) for frame in rests]
        unread = [lines.join(end.rest, on="line_no", how="semi") for end in ends if len(end.rest)]
        return Taken([frame for end in ends for frame in end.read], stack([begun.rest, *unread]))


def _any_of(choices: Iterable[Choice]) -> str:
    return "|".join(f"(?:{choice.claim})" for choice in choices)


def stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Frames of the same columns as one."""
    filled = [frame for frame in frames if len(frame)]
    return pl.concat(filled) if len(filled) > 1 else (filled or frames)[0]
