"""`logmill keywords`: the words that are counted in one's logs."""

import asyncio
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from cli.client import DEFAULT_URL
from cli.login import Email, Token, Url, logged_in
from cli.terminal import printable

PATH = "/api/keywords"


class Action(StrEnum):
    """What to do with them."""

    list = "list"
    set = "set"
    reset = "reset"


def keywords(
    action: Annotated[Action, typer.Argument(help="list them, set others, or reset to the usual ones")] = Action.list,
    words: Annotated[list[str] | None, typer.Argument(help="for set: the words; none counts nothing")] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Show or change the words that are counted in your logs, from the next upload on."""
    if words and action is not Action.set:
        raise typer.BadParameter(f"{action.value} takes no words")
    told = asyncio.run(_do(url, token, email, action, words or []))
    sys.stdout.write("".join(f"{printable(word)}\n" for word in told["keywords"]))


async def _do(url: str, token: str | None, email: str | None, action: Action, words: list[str]) -> dict[str, Any]:
    async with logged_in(url, token, email) as client:
        if action is Action.set:
            return await client.ask("PUT", PATH, json={"keywords": words})
        if action is Action.reset:
            await client.ask("DELETE", PATH)
        return await client.ask("GET", PATH)
