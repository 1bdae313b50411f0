"""`logmill verify`: a job counted once more from its rows, and whether everything adds up."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer
from rich.console import Console

from cli.client import DEFAULT_URL, ApiClient
from cli.login import Email, Token, Url, as_user
from cli.several import do_each
from cli.tables import Column, write_rows
from cli.terminal import AsJson, note, write_json

RECOUNT_TIMEOUT = httpx.Timeout(30, read=3600)
"""Every row of a job is read before the answer comes."""
COLUMNS = (
    Column("job", "job_id", in_table=False),
    Column("check", "name"),
    Column("expected", "expected", is_cut=True),
    Column("found", "found", is_cut=True),
    Column("ok", "ok"),
    Column("", "detail", is_cut=True),
)


def verify(
    jobs: Annotated[list[UUID], typer.Argument(metavar="JOB...", help="the jobs' ids")],
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Count jobs once more from their rows. Exit status 1 where something does not add up."""

    async def recount(client: ApiClient) -> tuple[list[dict[str, Any]], int]:
        return await do_each(jobs, lambda each: client.ask("GET", f"/api/jobs/{each}/verify", timeout=RECOUNT_TIMEOUT))

    with Console(stderr=True).status("counting"):
        recounts, refused = as_user(url, token, email, recount)
    for each in recounts:
        if as_json:
            write_json(each)
        else:
            write_rows(COLUMNS, rows_of(each))
        note(verdict(each))
    if refused or not all(each["adds_up"] for each in recounts):
        raise typer.Exit(1)


def rows_of(recount: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """A row of COLUMNS for each check."""
    for each in recount["checks"]:
        told = {"ok": "ok" if each["ok"] else "WRONG", "detail": each["detail"] or ""}
        yield {"job_id": recount["job_id"], **each, **told}


def verdict(recount: Mapping[str, Any]) -> str:
    """A sentence on the whole job."""
    if recount["adds_up"]:
        return f"job {recount['job_id']} ({recount['status']}) adds up"
    wrong = ", ".join(each["name"] for each in recount["checks"] if not each["ok"])
    return f"job {recount['job_id']} ({recount['status']}) does not add up: {wrong}"
