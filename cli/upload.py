"""`logmill upload`: files to the api, with a progress bar each."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.answers import AlreadyThere, ApiBusy, ApiError, Unreachable
from cli.client import DEFAULT_URL, ApiClient
from cli.login import Email, Token, Url, logged_in
from cli.outage import Outage
from cli.progress_bars import UNSUCCESSFUL, Bar, Bars, progress_bars
from cli.terminal import escaped

AT_ONCE = 4
PATIENCE_SECONDS = 600
"""How long a file is offered to an api that takes no new upload just now."""
WATCH_AGAIN_SECONDS = 2


def upload(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="files to ingest")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="wait until every line has its place")] = False,
    again: Annotated[bool, typer.Option("--again", help="take in what was sent before once more")] = False,
    format_name: Annotated[
        str | None, typer.Option("--format", help="read them as this format, built in or your own; else detected")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="of times that name none: a name or +HH:MM; else UTC")] = None,
    charset: Annotated[str | None, typer.Option(help="of lines that are no UTF-8; else guessed")] = None,
    modified: Annotated[
        str | None, typer.Option(help="dates lines without a year (RFC 3339); else each file's own time")
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Ingest log files. Asks for the password of --email unless LOGMILL_PASSWORD has it."""
    told = {"format": format_name, "timezone": timezone, "charset": charset, "modified": modified}
    hints = {name: value for name, value in told.items() if value is not None}
    jobs = asyncio.run(upload_files(url, token, files, follow, email=email, again=again, hints=hints))
    for job in jobs:
        name = escaped(job["file_name"])
        sys.stdout.write(f"{job['job_id']}\t{job['status']}\t{job['lines_read']}\t{name}\n")
    if any(job["status"] in UNSUCCESSFUL for job in jobs):
        raise typer.Exit(1)


async def upload_files(
    api_url: str,
    token: str | None,
    paths: Sequence[Path],
    follow: bool,
    *,
    email: str | None = None,
    again: bool = False,
    hints: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Uploads `paths`, a few at a time, showing a bar each; their jobs, in the paths' order, an archive's all.

    For content that is there already that is its first job, unless `again`. With `follow` a job has ended when it is
    returned. Raises ApiError for the first file that fails.
    """
    at_once = asyncio.Semaphore(AT_ONCE)
    try:
        async with logged_in(api_url, token, email) as client:
            with progress_bars() as bars:
                async with asyncio.TaskGroup() as tasks:
                    notices = [tasks.create_task(show_notices(client, bars))] if follow else []
                    uploads = []
                    for path in paths:
                        bar = bars.add(path.name, path.stat().st_size)
                        send = partial(client.upload, path, bar.sent, again=again, hints=hints)
                        sending = partial(
                            send_when_taken, send, client.ask_to_upload, bar, is_repeatable=path.is_file()
                        )
                        uploads.append(tasks.create_task(_upload_one(client, sending, follow, bar, at_once)))
                    await asyncio.wait(uploads)
                    for task in notices:
                        task.cancel()
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return [job for task in uploads for job in task.result()]


async def show_notices(client: ApiClient, bars: Bars) -> None:
    """Shows what holds uploads up, until it is cancelled. Nothing fails for want of it."""
    while True:
        with suppress(ApiError):
            async for progress in client.watch():
                bars.noticed(progress.data)
        await asyncio.sleep(WATCH_AGAIN_SECONDS)


async def send_when_taken(
    send: Callable[[], Awaitable[list[str]]],
    ask: Callable[[], Awaitable[None]],
    bar: Bar,
    *,
    is_repeatable: bool,
    patience_seconds: float = PATIENCE_SECONDS,
) -> list[str]:
    """What `send` answers. Where the api says when it may take the file, `ask` asks it then, and it is sent again.

    Nothing of it is stored so far: an upload that broke off half-way raises another ApiError, and is not sent twice.
    Raises the last ApiBusy where it is not taken before `patience_seconds` are over, or can be read only once.
    """
    outage, is_told = Outage(patience_seconds), False
    while True:
        try:
            return await send()
        except ApiBusy as error:
            pause_seconds = error.retry_after_seconds
            if pause_seconds is None or not is_repeatable or outage.is_over(pause_seconds):
                raise
            if not is_told:
                bar.note(f"{error}; it is sent again as soon as it is taken, for {patience_seconds:g} s at most")
            is_told = True
            if not await _is_taken(ask, bar, outage, pause_seconds):
                raise


async def _is_taken(ask: Callable[[], Awaitable[None]], bar: Bar, outage: Outage, pause_seconds: float) -> bool:
    """True once the api takes uploads, which it is asked after a pause, again and again; False where patience ends."""
    while not outage.is_over(pause_seconds):
        bar.waits(f"not taken yet, asked again in {pause_seconds:.0f} s")
        await asyncio.sleep(pause_seconds)
        try:
            await ask()
        except ApiBusy as error:
            pause_seconds = error.retry_after_seconds or outage.next_pause_seconds()
        except Unreachable:
            pause_seconds = outage.next_pause_seconds()
        else:
            return True
    return False


async def _upload_one(
    client: ApiClient, send: Callable[[], Awaitable[list[str]]], follow: bool, bar: Bar, at_once: asyncio.Semaphore
) -> list[dict[str, Any]]:
    async with at_once:
        try:
            job_ids = await send()
        except AlreadyThere as error:
            job_ids = [error.job_id]
            bar.note(f"came in before, as job {error.job_id}; --again takes it in once more")
        bar.uploaded()
        jobs = []
        for job_id in dict.fromkeys(job_ids):
            if follow:
                async for progress in client.follow(job_id):
                    bar.moved(progress.data)
            jobs.append(await client.job(job_id))
        bar.ended(jobs)
        return jobs
