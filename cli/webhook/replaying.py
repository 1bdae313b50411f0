"""`logmill webhook replay`: a saved payload, or what GitHub failed to deliver, once more."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.client import DEFAULT_URL, ApiClient
from cli.login import Url
from cli.progress_bars import count_bar
from cli.reading import STDIN, read_whole
from cli.tables import Column, moment, number, write_rows
from cli.terminal import AsJson, note
from cli.webhook.attempts import Attempt, never_arrived
from cli.webhook.github import DEFAULT_API, GithubHook
from cli.webhook.refusals import DeliveryRefused
from cli.webhook.selection import FailedDeliveries, SavedPayload, github_token, select
from cli.webhook.sending import Delivery, made_up_id, send
from cli.webhook.signing import secret_of

COLUMNS = (
    Column("delivery", "delivery_id", is_cut=True),
    Column("failed (UTC)", "delivered_at", moment, is_spare=True),
    Column("event", "event"),
    Column("action", "action", is_cut=True, is_spare=True),
    Column("outcome", "outcome"),
    Column("job", "job_id", is_spare=True),
    Column("line", "line_no", number, is_spare=True),
    Column("why", "detail", is_cut=True, is_spare=True),
)
Row = dict[str, Any]


def replay(
    file: Annotated[Path | None, typer.Argument(help="a payload as JSON, or - for stdin")] = None,
    event: Annotated[str | None, typer.Option(help="of a FILE: the event, such as push")] = None,
    delivery: Annotated[str | None, typer.Option(help="of a FILE: the delivery's id; else made of the content")] = None,
    repository: Annotated[str | None, typer.Option(metavar="OWNER/REPO", help="whose webhook failed")] = None,
    organization: Annotated[str | None, typer.Option(metavar="ORG", help="whose webhook failed")] = None,
    hook: Annotated[int | None, typer.Option(min=1, help="the webhook's number at GitHub")] = None,
    since: Annotated[str | None, typer.Option(help="only attempts from then on (RFC 3339)")] = None,
    redeliver: Annotated[bool, typer.Option("--redeliver", help="have GitHub send them, not this command")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="list what failed, and send nothing")] = False,
    secret_file: Annotated[
        Path | None, typer.Option(help="a file with the webhook's secret, instead of LOGMILL_WEBHOOK_SECRET")
    ] = None,
    github_api: Annotated[
        str, typer.Option(envvar="GITHUB_API_URL", help="of GitHub Enterprise Server: https://HOST/api/v3")
    ] = DEFAULT_API,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Send a saved payload, or what GitHub failed to deliver (GITHUB_TOKEN); what came before does not count twice."""
    chosen = select(file, event, delivery, repository, organization, hook, since)
    rows: list[Row] = []
    if isinstance(chosen, SavedPayload):
        if redeliver or dry_run:
            raise typer.BadParameter("--redeliver and --dry-run are about what GitHub failed to deliver")
        if chosen.path == secret_file == STDIN:
            raise typer.BadParameter("the payload and the secret cannot both be of stdin")
        work = replay_file(chosen, secret_of(secret_file), url, rows)
    elif dry_run:
        work = list_failed(chosen, github_api, rows)
    elif redeliver:
        work = redeliver_failed(chosen, github_api, rows)
    else:
        work = replay_failed(chosen, github_api, secret_of(secret_file), url, rows)
    try:
        asyncio.run(work)
    finally:
        write_rows(columns_of(rows), rows, as_json=as_json)
    if any(row["outcome"] == "refused" for row in rows):
        raise typer.Exit(1)


async def replay_file(saved: SavedPayload, secret: bytes, url: str, rows: list[Row]) -> None:
    """Sends the payload in a file, and adds what became of it to `rows`."""
    payload = await asyncio.to_thread(read_whole, saved.path)
    delivery = Delivery(saved.delivery_id or made_up_id(saved.event, payload), saved.event, payload)
    async with sender(url) as client:
        rows.append(row_of(delivery, await send(client, delivery, secret, note)))


async def list_failed(chosen: FailedDeliveries, github_api: str, rows: list[Row]) -> None:
    """Adds what never arrived to `rows`."""
    async with hook_of(chosen, github_api) as hook:
        failed = await find_failed(hook, chosen)
    rows += [row_of_attempt(attempt, "failed", attempt.why) for attempt in failed]


async def redeliver_failed(chosen: FailedDeliveries, github_api: str, rows: list[Row]) -> None:
    """Has GitHub deliver what never arrived, and adds what it says to `rows`."""

    async with hook_of(chosen, github_api) as hook:

        async def redeliver(attempt: Attempt) -> Row:
            await hook.redeliver(attempt)
            return row_of_attempt(attempt, "asked for")

        await do_each(hook, await find_failed(hook, chosen), redeliver, rows)
        if rows:
            note("whether they arrive is seen at GitHub, or by --dry-run in a minute")


async def replay_failed(chosen: FailedDeliveries, github_api: str, secret: bytes, url: str, rows: list[Row]) -> None:
    """Sends what never arrived as GitHub would have, and adds what became of it to `rows`."""
    async with hook_of(chosen, github_api) as hook, sender(url) as client:

        async def forward(attempt: Attempt) -> Row:
            payload = await hook.payload(attempt)
            delivery = Delivery(attempt.guid, attempt.event, payload, chosen.hook_id)
            answer = await send(client, delivery, secret, hook.tell)
            return row_of_attempt(attempt, "accepted", "", answer)

        await do_each(hook, await find_failed(hook, chosen), forward, rows)


async def find_failed(hook: GithubHook, chosen: FailedDeliveries) -> list[Attempt]:
    """What never arrived, the oldest first; says how many those are."""
    known = [attempt async for attempt in hook.attempts(chosen.since)]
    failed = never_arrived(known)
    deliveries = len({attempt.guid for attempt in known})
    since = "" if chosen.since is None else f" since {_in_utc(chosen.since)}"
    note(f"GitHub got no good answer to {len(failed):,} of {deliveries:,} deliveries{since}")
    return failed


async def do_each(
    hook: GithubHook, failed: list[Attempt], do: Callable[[Attempt], Awaitable[Row]], rows: list[Row]
) -> None:
    """Adds what `do` says of each to `rows`: what is refused of one does not keep the others from being done."""
    with count_bar("deliveries", len(failed)) as show:

        def tell(told: str) -> None:
            show(len(rows), told) if sys.stderr.isatty() else note(told)

        hook.tell = tell
        for attempt in failed:
            try:
                rows.append(await do(attempt))
            except DeliveryRefused as error:
                rows.append(row_of_attempt(attempt, "refused", str(error)))
            show(len(rows), f"{len(rows):,} of {len(failed):,}")


def columns_of(rows: Sequence[Row]) -> list[Column]:
    """Those of a table that these rows have something for."""
    if not rows or not sys.stdout.isatty():
        return list(COLUMNS)
    return [column for column in COLUMNS if any(row[column.key] not in (None, "") for row in rows)]


def row_of(delivery: Delivery, answer: Row) -> Row:
    """A row of COLUMNS for a payload that was sent."""
    told = {"delivery_id": delivery.delivery_id, "delivered_at": None, "event": delivery.event}
    return {**told, **_place(answer), "outcome": "accepted", "detail": ""}


def row_of_attempt(attempt: Attempt, outcome: str, detail: str = "", answer: Row | None = None) -> Row:
    """A row of COLUMNS for what GitHub failed to deliver."""
    return {
        "delivery_id": attempt.guid,
        "delivered_at": _in_utc(attempt.delivered_at),
        "event": attempt.event,
        **_place(answer or {}),
        "action": attempt.action,
        "outcome": outcome,
        "detail": detail,
    }


def _place(answer: Row) -> Row:
    return {name: answer.get(name) for name in ("action", "job_id", "line_no", "line_count")}


def _in_utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@asynccontextmanager
async def hook_of(chosen: FailedDeliveries, github_api: str) -> AsyncIterator[GithubHook]:
    """The webhook at GitHub, to be asked; closed in the end."""
    hook = GithubHook(github_api, chosen.owner_path, chosen.hook_id, github_token(), note)
    try:
        yield hook
    finally:
        await hook.close()


@asynccontextmanager
async def sender(url: str) -> AsyncIterator[ApiClient]:
    """Who delivers to the api: nobody logged in, what is signed says whose it is."""
    client = ApiClient(url)
    try:
        yield client
    finally:
        await client.close()
