"""`logmill webhook deliveries`: what GitHub delivered, and where it is."""

from typing import Annotated

import typer

from cli.client import DEFAULT_URL
from cli.login import Email, Token, Url, as_user
from cli.tables import Column, moment, number, write_page
from cli.terminal import AsJson

PATH = "/api/webhook-deliveries"
COLUMNS = (
    Column("received (UTC)", "received_at", moment),
    Column("event", "event", is_cut=True),
    Column("action", "action", is_cut=True, is_spare=True),
    Column("repository", "repository", is_cut=True),
    Column("state", "state"),
    Column("job", "job_id", is_spare=True),
    Column("line", "line_no", number),
    Column("delivery", "delivery_id", is_cut=True, is_spare=True),
)


def list_deliveries(
    event: Annotated[str | None, typer.Option(help="only those of this event, such as workflow_run")] = None,
    limit: Annotated[int, typer.Option(min=1, help="most deliveries")] = 50,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """List what was delivered to you, newest first: `queued`, or `waiting` for the broker to take it."""
    query = {} if event is None else {"event": event}
    found = as_user(url, token, email, lambda client: client.items(PATH, query, limit))
    write_page(COLUMNS, found, limit, as_json=as_json)
