"""`logmill dead-letters show`: everything that is known of one."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.answers import ApiError
from cli.client import DEFAULT_URL
from cli.dead_letters.filters import PATH
from cli.export import writing
from cli.login import Email, Token, Url, as_user
from cli.terminal import AsJson, as_text, escaped, write_fields, write_json

APART = frozenset({"headers", "properties", "attempts_made", "trace", "payload", "history"})
"""Fields with a section of their own."""


def show(
    dead_letter_id: Annotated[UUID, typer.Argument(metavar="ID", help="the dead letter")],
    payload: Annotated[bool, typer.Option("--payload", help="nothing but its bytes, to a file or a pipe")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="the file for its bytes")
    ] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Show a dead letter: why, every attempt, its headers, its lines, and who did what to it."""
    path = f"{PATH}/{dead_letter_id}"
    if payload or output is not None:
        if output is None and sys.stdout.isatty():
            raise ApiError("the payload may be any bytes: send them to a file (-o FILE) or a pipe, not to a terminal")
        with writing(output) as write:
            what = f"the payload of dead letter {dead_letter_id}"
            as_user(url, token, email, lambda client: client.download(f"{path}/payload", {}, write, what))
        return
    letter = as_user(url, token, email, lambda client: client.ask("GET", path))
    if as_json:
        write_json(letter)
    else:
        write_fields({name: value for name, value in letter.items() if name not in APART})
        sys.stdout.write("".join(f"{line}\n" for line in sections(letter)))


def sections(letter: Mapping[str, Any]) -> Iterator[str]:
    """The lines below the plain fields; nothing in them that a terminal obeys."""
    yield from _section("attempts", [_attempt(each) for each in letter["attempts_made"]])
    for name in ("properties", "headers"):
        yield from _section(name, [f"{escaped(key)}: {as_text(value)}" for key, value in letter[name].items()])
    yield from _section("history", [_event(each) for each in letter["history"]])
    yield from _section("trace", _lines(letter["trace"] or ""))
    payload = letter["payload"]
    cut = ", of which this is the beginning" if payload["is_cut"] else ""
    yield from _section(f"payload ({payload['encoding']}, {payload['bytes']:,} bytes{cut})", _lines(payload["text"]))


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  {line}" if line else "" for line in lines)


def _lines(text: str) -> list[str]:
    return [escaped(line, keep="\t") for line in text.removesuffix("\n").split("\n")] if text else []


def _attempt(attempt: Mapping[str, Any]) -> str:
    return escaped(f"{attempt['at'] or '-'}  {attempt['worker'] or '-'}  {attempt['error']}")


def _event(event: Mapping[str, Any]) -> str:
    details = as_text(event["details"]) if event["details"] else ""
    return escaped(f"{event['happened_at']}  {event['user_email'] or '-'}  {event['action']}  {details}".rstrip())
