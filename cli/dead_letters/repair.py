"""`logmill dead-letters replay` and `discard`."""

from typing import Any

import typer

from cli.client import DEFAULT_URL, PATIENT_TIMEOUT, ApiClient
from cli.dead_letters.filters import PATH
from cli.dead_letters.selection import Selection, of_selected
from cli.login import Email, Token, Url, as_user
from cli.replays import Detach, Replay, finish, show_outcome
from cli.several import do_each
from cli.terminal import AsJson, Yes, confirm, counted, note


@of_selected
def replay(
    selected: Selection,
    detach: Detach = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Send dead letters on their way once more, and wait until each has its place."""

    async def start_and_finish(client: ApiClient) -> tuple[list[Replay], int]:
        started, refused = await _start(client, selected)
        return await finish(client, started, detach), refused

    replays, refused = as_user(url, token, email, start_and_finish)
    show_outcome(replays, as_json=as_json, refused=refused)


async def _start(client: ApiClient, selected: Selection) -> tuple[list[Replay], int]:
    if selected.ids:
        return await do_each(selected.ids, lambda each: client.ask("POST", f"{PATH}/{each}/replay"))
    return [await client.ask("POST", f"{PATH}/replay", query=selected.filters, timeout=PATIENT_TIMEOUT)], 0


@of_selected
def discard(
    selected: Selection,
    yes: Yes = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Give dead letters up: their bytes are deleted, their lines still count as dead-lettered. Asks first."""

    async def ask_and_discard(client: ApiClient) -> tuple[int, int]:
        letters, lines = await _count(client, selected)
        if letters:
            told = "" if lines is None else f" with {counted(lines, 'line')}"
            confirm(f"Delete the bytes of {counted(letters, 'dead letter')}{told} for good?", yes)
        return await _discard(client, selected)

    discarded, refused = as_user(url, token, email, ask_and_discard)
    note(f"{discarded:,} discarded")
    if refused:
        raise typer.Exit(1)


async def _count(client: ApiClient, selected: Selection) -> tuple[int, int | None]:
    """How many letters and lines would go; of letters named by id the lines are not looked up."""
    if selected.ids:
        return len(set(selected.ids)), None
    groups = (await client.ask("GET", f"{PATH}/groups", query={**selected.filters, "state": "waiting"}))["items"]
    return sum(group["letters"] for group in groups), sum(group["lines"] for group in groups)


async def _discard(client: ApiClient, selected: Selection) -> tuple[int, int]:
    if selected.ids:
        done, refused = await do_each(selected.ids, lambda each: client.ask("DELETE", f"{PATH}/{each}"))
        return len(done), refused
    answer: dict[str, Any] = await client.ask(
        "DELETE", PATH, query=selected.filters or {"all": "true"}, timeout=PATIENT_TIMEOUT
    )
    return answer["discarded"], 0
