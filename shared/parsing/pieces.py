"""A regular expression taken apart: into pieces that follow one another, without its captures, and how large it is.

For patterns that Rust's regex has compiled already; what it refuses is not looked at here. Nothing is matched here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

ESCAPE = re.compile(
    r"\\(?:[xuUpP]\{[^}]*\}|b\{[a-z-]+\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[pP][A-Za-z]|.)", re.DOTALL
)
ESCAPED_LITERAL = re.compile(r"\\[^0-9A-Za-z]")
OPENING = re.compile(r"\((?:\?(?:P?<(?P<name>[^>]*)>|(?P<flags>[A-Za-z-]*)(?P<end>[:)])))?")
QUANTIFIER = re.compile(r"(?:[*+?]|\{[0-9 ]*,?[0-9 ]*\})\??")
NUMBER = re.compile(r"[0-9]+")
SPECIAL = frozenset(r"\.^$[(")


@dataclass(frozen=True, slots=True)
class Atom:
    """A character, a class, an escape, an anchor or inline flags, with what says how often."""

    source: str
    quantifier: str = ""

    @property
    def is_literal(self) -> bool:
        """Whether it stands for itself, once."""
        return not self.quantifier and (
            self.source[0] not in SPECIAL or ESCAPED_LITERAL.fullmatch(self.source) is not None
        )

    @property
    def is_flags(self) -> bool:
        """Whether it changes the meaning of what follows in its group."""
        return self.source.startswith("(")


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives in parentheses. `flags` as in (?i:…); `name` of a named capture."""

    source: str
    branches: tuple["Branch", ...]
    name: str | None = None
    flags: str = ""
    quantifier: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether the parentheses only hold together: the same could be written without."""
        nodes = (node for branch in self.branches for node in branch)
        return not self.flags and not self.quantifier and not any(isinstance(n, Atom) and n.is_flags for n in nodes)


Node: TypeAlias = Atom | Group
Branch: TypeAlias = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that a line has to go on with; `name` is that of the innermost named group around it."""

    node: Node
    name: str | None

    @property
    def source(self) -> str:
        """As it was written."""
        return self.node.source + self.node.quantifier

    @property
    def bare(self) -> str:
        """The same without captures."""
        return _bare(self.node)


@dataclass
class _Reader:
    pattern: str
    at: int = 0

    def read_branches(self) -> tuple[Branch, ...]:
        """Until the end, or the parenthesis that closes."""
        branches: list[list[Node]] = [[]]
        while self.at < len(self.pattern) and self.pattern[self.at] != ")":
            if self.pattern[self.at] == "|":
                self.at += 1
                branches.append([])
            else:
                branches[-1].append(self._read_node())
        return tuple(map(tuple, branches))

    def _read_node(self) -> Node:
        start, character = self.at, self.pattern[self.at]
        if character == "(":
            return self._read_group()
        if character == "[":
            self._skip_class()
        elif character == "\\" and (escape := ESCAPE.match(self.pattern, self.at)):
            self.at = escape.end()
        else:
            self.at += 1
        return Atom(self.pattern[start : self.at], self._read_quantifier())

    def _read_group(self) -> Node:
        start = self.at
        opening = OPENING.match(self.pattern, self.at)
        assert opening is not None  # noqa: S101 - any parenthesis matches
        self.at = opening.end()
        if opening["end"] == ")":
            return Atom(opening[0])
        branches = self.read_branches()
        self.at += 1
        source = self.pattern[start : self.at]
        return Group(source, branches, opening["name"], opening["flags"] or "", self._read_quantifier())

    def _read_quantifier(self) -> str:
        start = self.at
        while quantifier := QUANTIFIER.match(self.pattern, self.at):
            self.at = quantifier.end()
        return self.pattern[start : self.at]

    def _skip_class(self) -> None:
        """To behind the class that begins here; classes may be nested, and a first ] stands for itself."""
        self.at += 2 if self.pattern.startswith("[^", self.at) else 1
        self.at += self.pattern.startswith("]", self.at)
        while self.at < len(self.pattern) and self.pattern[self.at] != "]":
            if self.pattern[self.at] == "[":
                self._skip_class()
            else:
                self.at += 2 if self.pattern[self.at] == "\\" else 1
        self.at += 1


@lru_cache(maxsize=256)
def take_apart(pattern: str) -> tuple[Branch, ...]:
    """The alternatives of a whole pattern."""
    return _Reader(pattern).read_branches()


def pieces_of(branch: Branch, name: str | None = None) -> Iterator[Piece]:
    """What a line has to have, one after the other: groups that only hold together are opened."""
    for node in branch:
        if isinstance(node, Group) and node.is_plain and len(node.branches) == 1:
            yield from pieces_of(node.branches[0], node.name or name)
        else:
            yield Piece(node, (isinstance(node, Group) and node.name) or name)


def without_any_captures(pattern: str) -> str:
    """The same pattern with all its groups, named or not, made such that they capture nothing."""
    return _bare_branches(take_apart(pattern))


def inline_flags(branches: Iterable[Branch]) -> str:
    """The flags set in some alternatives of a group: they go on for the alternatives behind."""
    return "".join(n.source for branch in branches for n in branch if isinstance(n, Atom) and n.is_flags)


def count_atoms(pattern: str) -> int:
    """How many characters, classes and anchors it comes to with every counted repetition written out."""
    return _count_branches(take_apart(pattern))


def _bare(node: Node) -> str:
    if isinstance(node, Atom):
        return node.source + node.quantifier
    return f"(?{node.flags}:{_bare_branches(node.branches)}){node.quantifier}"


def _bare_branches(branches: tuple[Branch, ...]) -> str:
    return "|".join("".join(map(_bare, branch)) for branch in branches)


def _count_branches(branches: tuple[Branch, ...]) -> int:
    return sum(_count(node) for branch in branches for node in branch)


def _count(node: Node) -> int:
    times = 1
    for quantifier in QUANTIFIER.findall(node.quantifier):
        times *= max((int(number) for number in NUMBER.findall(quantifier)), default=1)
    return times * (1 if isinstance(node, Atom) else _count_branches(node.branches))
