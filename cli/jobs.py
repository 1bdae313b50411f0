"""`logmill jobs`: what became of the inputs, and what to do about those that went wrong."""

from typing import Annotated, Any
from uuid import UUID

import typer

from cli.client import DEFAULT_URL, PATIENT_TIMEOUT, ApiClient
from cli.login import Email, Token, Url, as_user
from cli.replays import Detach, Replay, finish, show_outcome
from cli.several import do_each
from cli.tables import Column, moment, number, write_page, write_rows
from cli.terminal import (
    AsJson,
    Yes,
    confirm,
    counted,
    note,
    write_fields,
    write_json,
)

PATH = "/api/jobs"
COLUMNS = (
    Column("job", "job_id"),
    Column("began (UTC)", "created_at", moment, is_spare=True),
    Column("status", "status", is_cut=True),
    Column("read", "lines_read", number, is_spare=True),
    Column("stored", "lines_stored", number, is_spare=True),
    Column("rejected", "lines_rejected", number, is_spare=True),
    Column("dead-lettered", "lines_dead_lettered", number),
    Column("file", "file_name", is_cut=True),
    Column("why", "error_message", in_table=False),
)

JobId = Annotated[UUID, typer.Argument(metavar="ID", help="the job")]

jobs = typer.Typer(name="jobs", no_args_is_help=True, help="List, show, cancel, retry and delete jobs.")


@jobs.command("list")
def list_jobs(
    status: Annotated[str | None, typer.Option(help="only these, comma-separated: failed,interrupted")] = None,
    limit: Annotated[int, typer.Option(min=1, help="most jobs")] = 50,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """List your jobs, newest first."""
    query = {} if status is None else {"status": status}
    found = as_user(url, token, email, lambda client: client.items(PATH, query, limit))
    write_page(COLUMNS, found, limit, as_json=as_json)


@jobs.command("show")
def show_job(
    job_id: JobId, as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, email: Email = None
) -> None:
    """Show everything that is known of a job."""
    job = as_user(url, token, email, lambda client: client.job(str(job_id)))
    if as_json:
        write_json(job)
    else:
        write_fields(job)


@jobs.command("cancel")
def cancel_job(
    job_id: JobId, as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, email: Email = None
) -> None:
    """Stop a job: its upload ends, lines not stored yet are left out. What is stored stays."""
    cancelled = as_user(url, token, email, lambda client: client.ask("POST", f"{PATH}/{job_id}/cancel"))
    write_rows(COLUMNS, [cancelled], as_json=as_json)


@jobs.command("retry")
def retry_job(
    job_id: JobId,
    detach: Detach = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Replay a job's dead letters, and wait until each has its place."""

    async def retry(client: ApiClient) -> list[Replay]:
        started = await client.ask("POST", f"{PATH}/{job_id}/retry", timeout=PATIENT_TIMEOUT)
        return await finish(client, [started], detach)

    show_outcome(as_user(url, token, email, retry), as_json=as_json)


@jobs.command("delete")
def delete_jobs(
    job_ids: Annotated[list[UUID], typer.Argument(metavar="ID...", help="the jobs")],
    yes: Yes = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Delete jobs with their lines, their share of every chart and their dead letters. Asks first."""

    async def ask_and_delete(client: ApiClient) -> int:
        found, unknown = await do_each(job_ids, lambda each: client.job(str(each)))
        if found:
            confirm(question(found), yes)
        deleted, refused = await do_each(
            [job["job_id"] for job in found],
            lambda each: client.ask("DELETE", f"{PATH}/{each}", timeout=PATIENT_TIMEOUT),
        )
        note(f"{len(deleted):,} deleted")
        return unknown + refused

    if as_user(url, token, email, ask_and_delete):
        raise typer.Exit(1)


def question(found: list[dict[str, Any]]) -> str:
    """What is asked before these jobs are deleted."""
    lines = counted(sum(job["lines_read"] for job in found), "line")
    named = f"job {found[0]['file_name']}" if len(found) == 1 else counted(len(found), "job")
    return f"Delete {named} with {lines} for good?"
