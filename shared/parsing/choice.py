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

SAMPLE_LINES = 16
FEW_LINES = 128
"""So few that one switch is quicker than the patterns that many lines are parted with."""


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
        self._tails: dict[int, Precedence] = {}

    @property
    def choices(self) -> tuple[Choice, ...]:
        """All of them, in order."""
        return self._choices

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
        if len(self._choices) == 1:
            return self._choices[0].take(lines, reference)
        place = self._likely_place(lines["text"]) if len(lines) > FEW_LINES else None
        if place is None:
            return self._sort(lines, reference)
        early, late = self._divide(lines, place)
        likely = self._choices[place].take(late, reference)
        others = self._sort(stack([early, likely.rest]), reference, tried=place)
        return Taken([*likely.read, *others.read], others.rest)

    def _likely_place(self, text: pl.Series) -> int | None:
        """The choice that is the first to claim most of a sample; None where none of it is claimed."""
        sample = text.gather_every(max(1, len(text) // SAMPLE_LINES))
        counts = [claims.len() - claims.null_count() for claims in self._first_claims(sample)]
        return counts.index(max(counts)) if any(counts) else None

    def _first_claims(self, text: pl.Series) -> list[pl.Series]:
        """For each choice a column that is null except where it is the first to claim the text."""
        return text.str.extract_groups(self._switch).struct.unnest().get_columns()

    def _divide(self, lines: pl.DataFrame, place: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The lines that a choice before `place` claims, and the others."""
        if place == 0:
            return lines.clear(), lines
        return _parted(lines, lines["text"].str.contains(self._claims_before[place]))

    def _sort(self, lines: pl.DataFrame, reference: Reference, tried: int | None = None) -> Taken:
        """Each line to the first choice that claims it; where that cannot read it, to those behind, in turn.

        Of those that `tried` is the first to claim none can be read by it.
        """
        if lines.is_empty() or not self._choices:
            return Taken([], lines)
        read, rests = [], []
        if len(lines) > FEW_LINES:
            lines, unclaimed = _parted(lines, lines["text"].str.contains(self.claim))
            rests.append(unclaimed)
        owners = self._owners(lines["text"])
        rests.append(lines.filter(owners.is_null()))
        for place in owners.unique().drop_nulls():
            mine = lines.filter(owners == place)
            taken = Taken([], mine) if place == tried else self._choices[place].take(mine, reference)
            others = self._behind(place)._sort(taken.rest, reference)
            read += [*taken.read, *others.read]
            rests.append(others.rest)
        return Taken(read, stack(rests))

    def _owners(self, text: pl.Series) -> pl.Series:
        """The place of the first choice that claims each text.

        As long as many are left of one kind they are told by its claim: the switch takes ten times as long.
        """
        owners = nothing("owner", pl.Int32(), len(text))
        left = pl.int_range(len(text), dtype=pl.UInt32, eager=True)
        while len(left) > FEW_LINES:
            some = text.gather(left)
            place = self._likely_place(some)
            if place is None:
                break
            mine = some.str.contains(self._choices[place].claim)
            if place:
                mine &= ~some.str.contains(self._claims_before[place])
            if mine.sum() < len(left) // 8:
                break
            owners = owners.scatter(left.filter(mine), place)
            left = left.filter(~mine)
        for place, claims in enumerate(self._first_claims(text.gather(left))):
            owners = owners.scatter(left.filter(claims.is_not_null()), place)
        return owners

    def _behind(self, place: int) -> "Precedence":
        if place not in self._tails:
            self._tails[place] = Precedence(self._choices[place + 1 :])
        return self._tails[place]


@dataclass(frozen=True)
class Family:
    """Choices behind one loose `claim`: only lines that it matches are looked at any closer.

    `finish` is done to what any of them reads. `claims_all`: whether `claim` surely matches whatever a member reads, so
    that nobody need look.
    """

    claim: str
    members: Precedence
    finish: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame
    claims_all: bool = False

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """As the members do, of the lines that are claimed: others come in large batches alone."""
        others = lines.clear()
        if not self.claims_all:
            lines, others = _parted(lines, lines["text"].str.contains(self.claim))
        taken = self.members.assign(lines, reference)
        return Taken([self.finish(frame) for frame in taken.read], stack([taken.rest, others]))


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
        ends = [self.then.assign(frame, reference) for frame in _alike(rests)]
        unread = [lines.join(end.rest, on="line_no", how="semi") for end in ends if len(end.rest)]
        return Taken([frame for end in ends for frame in end.read], stack([begun.rest, *unread]))


def _alike(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """The same rows in as few frames as their columns allow."""
    kinds: dict[tuple[str, ...], list[pl.DataFrame]] = {}
    for frame in frames:
        kinds.setdefault(tuple(frame.columns), []).append(frame)
    return [stack(kind) for kind in kinds.values()]


def _parted(lines: pl.DataFrame, chosen: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The chosen lines, and the others."""
    if not chosen.any():
        return lines.clear(), lines
    return (lines, lines.clear()) if chosen.all() else (lines.filter(chosen), lines.filter(~chosen))


def _any_of(choices: Iterable[Choice]) -> str:
    return "|".join(f"(?:{choice.claim})" for choice in choices)


def stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Frames of the same columns as one."""
    filled = [frame for frame in frames if len(frame)]
    return pl.concat(filled) if len(filled) > 1 else (filled or frames)[0]
