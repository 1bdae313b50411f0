"""`logmill dead-letters list` and `groups`."""

from typing import Annotated

import typer

from cli.client import DEFAULT_URL
from cli.dead_letters.filters import PATH, Job, Query, Reason, State, query_of
from cli.login import Email, Token, Url, as_user
from cli.tables import Column, moment, number, write_page, write_rows
from cli.terminal import AsJson

COLUMNS = (
    Column("dead letter", "dead_letter_id"),
    Column("recorded (UTC)", "dead_lettered_at", moment, is_spare=True),
    Column("state", "state", is_spare=True),
    Column("reason", "reason", is_cut=True),
    Column("lines", "line_count", number),
    Column("job", "job_id", in_table=False),
    Column("file", "file_name", is_cut=True, is_spare=True),
    Column("batch", "batch_no", in_table=False),
    Column("first line", "first_line", in_table=False),
    Column("bytes", "body_bytes", number, in_table=False),
    Column("attempts", "attempts", number, in_table=False),
    Column("replays", "replays", number, in_table=False),
    Column("what happened", "detail", is_cut=True),
)
GROUP_COLUMNS = (
    Column("reason", "reason", is_cut=True),
    Column("letters", "letters", number),
    Column("lines", "lines", number),
    Column("jobs", "jobs", number, is_spare=True),
    Column("first (UTC)", "first_at", moment, is_spare=True),
    Column("last (UTC)", "last_at", moment, is_spare=True),
    Column("such as", "detail", is_cut=True),
)


def list_letters(
    job: Job = None,
    reason: Reason = None,
    state: State = None,
    query: Query = None,
    limit: Annotated[int, typer.Option(min=1, help="most dead letters")] = 100,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """List dead letters, newest first: those that wait or are being replayed, unless --state says otherwise."""
    filters = query_of(job, reason, query, state)
    found = as_user(url, token, email, lambda client: client.items(PATH, filters, limit))
    write_page(COLUMNS, found, limit, as_json=as_json)


def list_groups(
    job: Job = None,
    reason: Reason = None,
    state: State = None,
    query: Query = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Count dead letters by reason."""
    filters = query_of(job, reason, query, state)
    page = as_user(url, token, email, lambda client: client.ask("GET", f"{PATH}/groups", query=filters))
    write_rows(GROUP_COLUMNS, page["items"], as_json=as_json)
