"""Which dead letters a command is about: the options, and the query they become."""

from typing import Annotated
from uuid import UUID

import typer

PATH = "/api/dead-letters"

Job = Annotated[UUID | None, typer.Option(help="those of this job")]
Reason = Annotated[str | None, typer.Option(help="those with this reason")]
State = Annotated[str | None, typer.Option(help="waiting, replaying, stored, discarded (comma-separated), or all")]
Query = Annotated[
    str | None, typer.Option("--query", "-q", help="those with this text in the reason, the detail or the file's name")
]


def query_of(job: UUID | None, reason: str | None, q: str | None, state: str | None = None) -> dict[str, str]:
    """The query parameters of these filters; empty where there are none."""
    told = {"job_id": job, "reason": reason, "q": q, "state": state}
    return {name: str(value) for name, value in told.items() if value is not None}
