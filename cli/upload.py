"""`logmill upload`: files to the api, with a progress bar each."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.client import DEFAULT_URL, AlreadyThere, ApiClient
from cli.login import Email, Token, Url, logged_in
from cli.progress_bars import UNSUCCESSFUL, Bar, progress_bars

AT_ONCE = 4


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
        sys.stdout.write(f"{job['job_id']}\t{job['status']}\t{job['lines_read']}\t{job['file_name']}\n")
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
                    uploads = []
                    for path in paths:
                        bar = bars.add(path.name, path.stat().st_size)
                        send = partial(client.upload, path, bar.sent, again=again, hints=hints)
                        uploads.append(tasks.create_task(_upload_one(client, send, follow, bar, at_once)))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return [job for task in uploads for job in task.result()]


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
