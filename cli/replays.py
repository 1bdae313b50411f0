"""Replays: dead letters on their way once more, followed until each of them has its place."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.answers import ApiBusy, ApiError, Unreachable
from cli.client import DEFAULT_URL, PATIENCE_SECONDS, ApiClient
from cli.login import Email, Token, Url, as_user
from cli.outage import Outage
from cli.progress_bars import count_bar
from cli.tables import Column, moment, number, write_page, write_rows
from cli.terminal import AsJson, note

PATH = "/api/replays"
SHORTEST_LOOK_SECONDS = 0.1
LONGEST_LOOK_SECONDS = 2
COLUMNS = (
    Column("replay", "replay_id"),
    Column("status", "status"),
    Column("letters", "total", number),
    Column("published", "published", number, is_spare=True),
    Column("stored", "stored", number),
    Column("died again", "dead_again", number),
    Column("begun (UTC)", "created_at", moment, is_spare=True),
    Column("ended (UTC)", "ended_at", moment, in_table=False),
)

Detach = Annotated[bool, typer.Option("--detach", help="do not wait for its end")]
Replay = dict[str, Any]

replays = typer.Typer(
    name="replays", help="List, follow and cancel replays of dead letters.", invoke_without_command=True
)


@replays.callback()
def list_replays(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="most replays")] = 20,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """List your replays, newest first."""
    if context.invoked_subcommand is not None:
        return
    found = as_user(url, token, email, lambda client: client.items(PATH, {}, limit))
    write_page(COLUMNS, found, limit, as_json=as_json)


@replays.command("follow")
def follow_replay(
    replay_id: Annotated[UUID, typer.Argument(help="the replay's id")],
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Wait for a replay's end."""

    async def find_and_follow(client: ApiClient) -> list[Replay]:
        return await follow(client, [await client.ask("GET", f"{PATH}/{replay_id}")])

    show_outcome(as_user(url, token, email, find_and_follow), as_json=as_json)


@replays.command("cancel")
def cancel_replay(
    replay_id: Annotated[UUID, typer.Argument(help="the replay's id")],
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Stop a replay: what was not published yet stays a dead letter."""
    cancelled = as_user(url, token, email, lambda client: client.ask("POST", f"{PATH}/{replay_id}/cancel"))
    write_rows(COLUMNS, [cancelled], as_json=as_json)


async def follow(
    client: ApiClient, started: Sequence[Replay], *, patience_seconds: float = PATIENCE_SECONDS
) -> list[Replay]:
    """The replays as they ended, under one progress bar. Whoever stops it is told that they go on.

    Raises ApiError where the api cannot answer for `patience_seconds`.
    """
    found = list(started)
    try:
        with count_bar("dead letters", sum(replay["total"] for replay in found)) as show:
            show(*progress_of(found))
            for index, replay in enumerate(found):
                pause_seconds = SHORTEST_LOOK_SECONDS
                while found[index]["status"] == "running":
                    await asyncio.sleep(pause_seconds)
                    found[index] = await _look(client, replay["replay_id"], Outage(patience_seconds))
                    show(*progress_of(found))
                    pause_seconds = min(LONGEST_LOOK_SECONDS, pause_seconds * 1.5)
    except (asyncio.CancelledError, ApiError):
        note(told_to_go_on(found))
        raise
    return found


async def _look(client: ApiClient, replay_id: str, outage: Outage) -> Replay:
    while True:
        try:
            return await client.ask("GET", f"{PATH}/{replay_id}")
        except (ApiBusy, Unreachable):
            if outage.is_over():
                raise
            await asyncio.sleep(outage.next_pause_seconds())


def progress_of(found: Iterable[Replay]) -> tuple[int, str]:
    """How many letters of these replays have their place again, and all that is to be said of them."""
    sums = {name: sum(replay[name] for replay in found) for name in ("total", "published", "stored", "dead_again")}
    told = f"{sums['published']:,} of {sums['total']:,} published, {sums['stored']:,} stored"
    again = f", {sums['dead_again']:,} died again" if sums["dead_again"] else ""
    return sums["stored"] + sums["dead_again"], told + again


def told_to_go_on(found: Iterable[Replay]) -> str:
    """What is said of replays that are no longer followed."""
    running = [replay["replay_id"] for replay in found if replay["status"] == "running"]
    return "\n".join(
        f"replay {each} goes on by itself; `logmill dead-letters replays follow {each}` waits for it again,"
        f" `logmill dead-letters replays cancel {each}` stops it"
        for each in running
    )


def show_outcome(found: Sequence[Replay], *, as_json: bool = False, refused: int = 0) -> None:
    """Prints the replays; exit status 1 where one was `refused`, or has ended without all its letters stored."""
    write_rows(COLUMNS, found, as_json=as_json)
    ended = [replay for replay in found if replay["status"] != "running"]
    for told in told_of_the_rest(ended):
        note(told)
    if refused or any(replay["stored"] != replay["total"] for replay in ended):
        raise typer.Exit(1)


def told_of_the_rest(ended: Sequence[Replay]) -> Iterator[str]:
    """A sentence on each kind of letters that these replays did not bring into the database."""
    sums = {name: sum(replay[name] for replay in ended) for name in ("total", "stored", "dead_again", "waiting")}
    again, waiting = sums["dead_again"], sums["waiting"]
    if again:
        yield f"{again:,} died again: `logmill dead-letters groups` tells of what"
    if waiting:
        yield f"{waiting:,} {'was' if waiting == 1 else 'were'} not sent on: what was not discarded waits as before"
    if (others := sums["total"] - sums["stored"] - again - waiting) > 0:
        yield f"{others:,} without an outcome here: on the way still, discarded, or replayed once more since"


async def finish(client: ApiClient, started: Sequence[Replay], detach: bool) -> list[Replay]:
    """The replays as they ended, or, detached, as they are."""
    if detach:
        note(told_to_go_on(started))
        return list(started)
    return await follow(client, started)
