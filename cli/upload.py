"""`logmill upload`: files to the api, with a progress bar each."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.client import DEFAULT_URL, ApiClient, ApiError
from cli.progress_bars import Bar, progress_bars

AT_ONCE = 4


def upload(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="files to ingest")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="wait until every line has its place")] = False,
    url: Annotated[str, typer.Option(envvar="LOGMILL_URL", help="the api's address (LOGMILL_URL)")] = DEFAULT_URL,
    token: Annotated[
        str | None, typer.Option(envvar="LOGMILL_TOKEN", help="access token or API key (LOGMILL_TOKEN)")
    ] = None,
    email: Annotated[str | None, typer.Option(envvar="LOGMILL_EMAIL", help="log in as this user instead")] = None,
) -> None:
    """Ingest log files. Asks for the password of --email unless LOGMILL_PASSWORD has it."""
    jobs = asyncio.run(_upload_as(url, token, email, files, follow))
    for job in jobs:
        sys.stdout.write(f"{job['job_id']}\t{job['status']}\t{job['lines_read']}\t{job['file_name']}\n")
    if any(job["status"] in ("failed", "interrupted", "cancelled") for job in jobs):
        raise typer.Exit(1)


async def _upload_as(
    url: str, token: str | None, email: str | None, files: Sequence[Path], follow: bool
) -> list[dict[str, Any]]:
    if token is None:
        if email is None:
            raise ApiError("give --token (or LOGMILL_TOKEN), or --email to log in")
        password = os.environ.get("LOGMILL_PASSWORD") or typer.prompt("Password", hide_input=True, err=True)
        client = ApiClient(url)
        try:
            token = await client.login(email, password)
        finally:
            await client.close()
    return await upload_files(url, token, files, follow)


async def upload_files(api_url: str, token: str, paths: Sequence[Path], follow: bool) -> list[dict[str, Any]]:
    """Uploads `paths`, a few at a time, showing a bar each; the jobs, in the paths' order.

    With `follow` a job has ended when it is returned. Raises ApiError for the first file that fails.
    """
    client = ApiClient(api_url, token)
    at_once = asyncio.Semaphore(AT_ONCE)
    try:
        with progress_bars() as bars:
            async with asyncio.TaskGroup() as tasks:
                uploads = [
                    tasks.create_task(
                        _upload_one(client, path, follow, bars.add(path.name, path.stat().st_size), at_once)
                    )
                    for path in paths
                ]
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    finally:
        await client.close()
    return [task.result() for task in uploads]


async def _upload_one(
    client: ApiClient, path: Path, follow: bool, bar: Bar, at_once: asyncio.Semaphore
) -> dict[str, Any]:
    async with at_once:
        job_id = await client.upload(path, bar.sent)
        bar.uploaded()
        if follow:
            async for progress in client.follow(job_id):
                bar.moved(progress.data)
        job = await client.job(job_id)
        bar.ended(job)
        return job
