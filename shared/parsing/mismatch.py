"""Where in a line a format stopped matching, for people who write patterns or wonder about a forced format."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from shared.parsing.choice import Choice, Family, Precedence, Steps
from shared.parsing.custom import CustomFormat
from shared.parsing.formats.json_lines import JSON
from shared.parsing.layouts import Layout
from shared.parsing.pieces import Atom, Branch, Group, Piece, count_atoms, inline_flags, pieces_of, take_apart

ANCHORS = {"$": "the end of the line", r"\z": "the end of the line", "^": "the start of the line"}
MAX_EXPECTED_CHARS = 200
MAX_STEPS = 100_000_000
"""Characters looked at, times the size of the pattern: what one match may cost at worst."""


@dataclass(frozen=True, slots=True)
class Stop:
    """`at` characters of the line matched; `expected` could not go on from there, and is part of group `field`."""

    at: int
    expected: str
    field: str | None = None


JSON_EXPECTED = {
    "Extra data": "nothing behind the object",
    "Unterminated string starting at": "a string that ends",
    "Invalid control character at": "no control character in a string",
    "Invalid \\escape": "an escape of JSON's",
    "Invalid \\uXXXX escape": "four hexadecimal digits",
}
"""What json means by its complaints."""


def stop_of_json(text: str) -> Stop | None:
    """Where a text stops being a JSON object; None where it is one."""
    blanks = len(text) - len(text.lstrip(" \t"))
    if not text.startswith("{", blanks):
        return Stop(blanks, "a JSON object")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return Stop(error.pos, JSON_EXPECTED.get(error.msg) or error.msg.removeprefix("Expecting "))
    except (ValueError, RecursionError):
        return Stop(blanks, "JSON that is not nested too deep, without numbers of too many digits")
    return None


def stop_of_pattern(pattern: str, text: str) -> Stop | None:
    """Where the text stops matching a regular expression from its start; None where that matches.

    Of very long texts only the beginning is looked at: the larger the pattern, the less.
    """
    most = MAX_STEPS // max(1, count_atoms(pattern))
    return _stop_of_branches("", take_apart(pattern), None, text[:most])


def stop_of_format(name: str, formats: Precedence, text: str) -> Stop | None:
    """As far as any of a format's patterns gets; None where one matches, or nobody knows."""
    return stop_of_json(text) if name == JSON else _furthest(_stop_of(choice, text) for choice in formats.choices)


def _stop_of(choice: Choice, text: str) -> Stop | None:
    if isinstance(choice, Layout | CustomFormat):
        return stop_of_pattern(choice.pattern, text)
    if isinstance(choice, Family):
        return _furthest(_stop_of(member, text) for member in choice.members.choices)
    if isinstance(choice, Steps):
        return _stop_of_steps(choice, text)
    return stop_of_pattern(choice.claim, text)


def _stop_of_steps(steps: Steps, text: str) -> Stop | None:
    stop = _stop_of(steps.first, text)
    if stop is not None or not isinstance(steps.first, Layout):
        return stop
    groups: dict[str, str | None] = pl.Series([text]).str.extract_groups(steps.first.pattern).item()
    rest = groups.get("rest") or ""
    at = len(text) - len(rest)
    found = _furthest(_stop_of(choice, rest) for choice in steps.then.choices)
    return found and replace(found, at=at + found.at)


def _furthest(stops: Iterable[Stop | None]) -> Stop | None:
    """The one that got furthest, of equal ones the first; None where there is none, or one did not stop at all."""
    best: Stop | None = None
    for stop in stops:
        if stop is None:
            return None
        if best is None or stop.at > best.at:
            best = stop
    return best


def _stop_of_branches(before: str, branches: tuple[Branch, ...], name: str | None, text: str) -> Stop | None:
    """Where alternatives behind a pattern that matches stop; the flags of one hold for those behind it."""
    return _furthest(
        _stop_of_pieces(before + inline_flags(branches[:place]), list(pieces_of(branch, name)), text)
        for place, branch in enumerate(branches)
    )


def _stop_of_pieces(before: str, pieces: list[Piece], text: str) -> Stop | None:
    """Bisects for the longest beginning that matches: a longer one never does where a shorter one does not."""
    low, high, at = 0, len(pieces) + 1, _matched(before, text) or 0
    while high - low > 1:
        middle = (low + high) // 2
        matched = _matched(before + _bare(pieces[:middle]), text)
        if matched is None:
            high = middle
        else:
            low, at = middle, matched
    if low == len(pieces):
        return None
    outside = Stop(at, _expected(pieces[low:]), pieces[low].name)
    inside = _stop_inside(before + _bare(pieces[:low]), pieces[low], text)
    return inside if inside and inside.at > at else outside


def _stop_inside(before: str, piece: Piece, text: str) -> Stop | None:
    """Where the alternatives stop that a piece is made of; None for any other piece."""
    node = piece.node
    if not isinstance(node, Group) or not node.is_plain:
        return None
    return _stop_of_branches(before, node.branches, piece.name, text)


def _bare(pieces: Iterable[Piece]) -> str:
    return "".join(piece.bare for piece in pieces)


def _expected(pieces: list[Piece]) -> str:
    """The first piece, with the plain characters behind it where it is one."""
    first = pieces[0]
    literals = []
    for piece in pieces:
        if not isinstance(piece.node, Atom) or not piece.node.is_literal:
            break
        literals.append(piece.source)
    return ANCHORS.get(first.source, "".join(literals) or first.source)[:MAX_EXPECTED_CHARS]


def _matched(pattern: str, text: str) -> int | None:
    """How many characters at the text's start the pattern matches; None where it does not."""
    found: str | None = pl.Series([text]).str.extract(f"^({pattern})", 1).item()
    return None if found is None else len(found)
