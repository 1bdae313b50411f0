"""What reaches the terminal, or the next command: text that no terminal obeys, fields, JSON, questions.

Log lines, file names and errors hold whatever somebody sent. Nothing of it goes out before `printable` or `escaped`.
"""

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from shared.errors import LogmillError

HIDDEN = "\u00b7"
"""Stands for what is no printable character where every character has to keep its column."""

AsJson = Annotated[bool, typer.Option("--json", help="as JSON, an object a line")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]


class Unconfirmed(LogmillError):
    """A question was answered with no, or there was nobody to answer it."""


def printable(value: object) -> str:
    """A value's text for a terminal, on one line, as wide as it is."""
    text = "" if value is None else str(value)
    return "".join(character if character.isprintable() else HIDDEN for character in text)


def escaped(value: object, keep: str = "") -> str:
    r"""A value's text with what is no printable character written out, such as \x1b; those of `keep` stay."""
    text = "" if value is None else str(value)
    return "".join(each if each.isprintable() or each in keep else _escape(each) for each in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def counted(count: int, noun: str) -> str:
    """So many things, in words.

    >>> counted(1, "job"), counted(2000, "line")
    ('1 job', '2,000 lines')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def plain(value: object) -> str:
    """A field as text: true and false as the api writes them, nothing for null."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def write_fields(row: Mapping[str, Any]) -> None:
    """Every field of one thing, a line each: its name and its value, aligned in a terminal, tab-separated elsewhere."""
    width = max(map(len, row)) if sys.stdout.isatty() else 0
    for name, value in row.items():
        told = as_text(value) if isinstance(value, dict | list) else escaped(plain(value))
        sys.stdout.write(f"{name:{width}}  {told}".rstrip() + "\n" if width else f"{name}\t{told}\n")


def write_json(value: object) -> None:
    """One line of JSON; ASCII alone, so that nothing in it is more than text."""
    sys.stdout.write(as_text(value) + "\n")


def as_text(value: object) -> str:
    """JSON on one line, whatever is no ASCII escaped."""
    return json.dumps(value)


def note(told: str) -> None:
    """Says something to the person, beside what the command prints."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(Text(escaped(told, keep="\n")))


def confirm(question: str, yes: bool) -> None:
    """Asks, unless `yes`; raises Unconfirmed where the answer is not yes."""
    if yes:
        return
    sys.stderr.write(f"{escaped(question)} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        sys.stderr.write("\n")
        raise Unconfirmed("nothing was done: nobody answered; --yes does it without asking")
    if answer.strip().lower() not in ("y", "yes"):
        raise Unconfirmed("nothing was done")
