"""How many places of a regular expression a line may be at, at the same time.

That is what a match with groups costs for every character. Real patterns are at a few places whatever they are given;
`.*a{400}` is at four hundred after as many letters. The worst line is sought by a few plain strategies; what is found
is no proof, but whoever wants to take time has to think of a pattern whose one bad line is far to seek.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

import polars as pl

from shared.parsing.pieces import NUMBER, QUANTIFIER, Atom, Branch, Node, take_apart

ALPHABET = "".join(map(chr, range(0x20, 0x7F))) + "\t\x00é日🙂"
WITHOUT_WIDTH = frozenset(("^", "$", r"\b", r"\B", r"\A", r"\z", r"\<", r"\>"))
MORE_STEPS = 256
"""Behind as many as the pattern has places."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Of a piece of the pattern: whether it may be nothing, and its first and last places, as bits."""

    may_be_empty: bool
    first: int
    last: int


NOTHING = _Part(may_be_empty=True, first=0, last=0)


@dataclass
class _Places:
    """Every character or class, with repetitions written out; and those that may come behind each."""

    sources: list[str] = field(default_factory=list)
    follow: list[int] = field(default_factory=list)

    def of_branches(self, branches: tuple[Branch, ...]) -> _Part:
        parts = [reduce(self._chain, map(self._of_node, branch), NOTHING) for branch in branches]
        empty = any(part.may_be_empty for part in parts)
        return _Part(empty, reduce(or_, (part.first for part in parts)), reduce(or_, (part.last for part in parts)))

    def _of_node(self, node: Node) -> _Part:
        if isinstance(node, Atom) and (node.is_flags or node.source in WITHOUT_WIDTH or node.source.startswith(r"\b{")):
            return NOTHING
        return self._repeated(node, QUANTIFIER.findall(node.quantifier))

    def _repeated(self, node: Node, quantifiers: list[str]) -> _Part:
        if not quantifiers:
            return self._atom(node.source) if isinstance(node, Atom) else self.of_branches(node.branches)
        least, most = _bounds(quantifiers[-1])
        copies = [self._repeated(node, quantifiers[:-1]) for _ in range(max(1, least, most or 0))]
        if most is None:
            self._link(copies[-1].last, copies[-1].first)
        return self._counted(copies, least)

    def _counted(self, copies: list[_Part], least: int) -> _Part:
        """One after the other, the first `least` at least: a copy comes behind the one before it, not behind others."""
        nothing_yet, first, last, before = True, 0, 0, 0
        for number, copy in enumerate(copies):
            self._link(before, copy.first)
            first |= copy.first if nothing_yet else 0
            before = copy.last | (before if copy.may_be_empty else 0)
            last = before if number < least else last | before
            nothing_yet = nothing_yet and copy.may_be_empty
        return _Part(nothing_yet or least == 0, first, last)

    def _atom(self, source: str) -> _Part:
        bit = 1 << len(self.sources)
        self.sources.append(source)
        self.follow.append(0)
        return _Part(may_be_empty=False, first=bit, last=bit)

    def _chain(self, before: _Part, after: _Part) -> _Part:
        self._link(before.last, after.first)
        first = before.first | after.first if before.may_be_empty else before.first
        last = before.last | after.last if after.may_be_empty else after.last
        return _Part(before.may_be_empty and after.may_be_empty, first, last)

    def _link(self, last: int, first: int) -> None:
        for place in _bits(last):
            self.follow[place] |= first

    def behind(self, places: int) -> int:
        return reduce(or_, (self.follow[place] for place in _bits(places)), 0)


def breadth(pattern: str, limit: int) -> int:
    """At how many places of it a line can be at once, as far as is found; it is not counted far beyond `limit`."""
    places = _Places()
    first = places.of_branches(take_apart(pattern)).first
    letters = list(dict.fromkeys(_places_of_letters(places.sources, "i" if "i" in _flags(pattern) else "")))
    broadest = 0
    for favourite in (None, *letters):
        for now in _walk(places, first, letters, favourite):
            broadest = max(broadest, now)
            if broadest > limit:
                return broadest
    return broadest


def _walk(places: _Places, first: int, letters: list[int], favourite: int | None) -> Iterator[int]:
    """How many places there are after each character, which is the favourite while that goes on, else the broadest."""
    following = first
    for _ in range(len(places.sources) + MORE_STEPS):
        reached = following & favourite if favourite is not None else 0
        reached = reached or max((following & letter for letter in letters), key=_breadth_and_progress, default=0)
        if not reached:
            return
        yield reached.bit_count()
        following = places.behind(reached)


def _breadth_and_progress(places: int) -> tuple[int, int]:
    return places.bit_count(), places


def _bounds(quantifier: str) -> tuple[int, int | None]:
    """At least and at most how often."""
    plain = {"*": (0, None), "+": (1, None), "?": (0, 1)}
    if quantifier[0] in plain:
        return plain[quantifier[0]]
    numbers = [int(number) for number in NUMBER.findall(quantifier)]
    if quantifier.lstrip("{ ").startswith(","):
        numbers.insert(0, 0)
    if "," not in quantifier:
        return numbers[0], numbers[0]
    return numbers[0], numbers[1] if len(numbers) > 1 else None


def _places_of_letters(sources: list[str], flags: str) -> Iterator[int]:
    """The places, as bits, that each letter of the alphabet can be at."""
    letters = pl.Series(list(ALPHABET))
    found = {source: letters.str.contains(f"^(?s{flags}:{source})$").to_list() for source in dict.fromkeys(sources)}
    for number in range(len(ALPHABET)):
        yield reduce(or_, (1 << place for place, source in enumerate(sources) if found[source][number]), 0)


def _flags(pattern: str) -> str:
    """All that are set anywhere: a pattern that ignores case somewhere counts as one that does everywhere."""
    return "".join(part.partition(")")[0].partition(":")[0].partition("-")[0] for part in pattern.split("(?")[1:])


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
