"""Which dead letters a command is about: the options, and the query they become."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

import typer

PATH = "/api/dead-letters"

Ids = Annotated[list[UUID] | None, typer.Argument(metavar="ID", help="dead letters; or say which by options")]
Job = Annotated[UUID | None, typer.Option(help="those of this job")]
Reason = Annotated[str | None, typer.Option(help="those with this reason")]
State = Annotated[str | None, typer.Option(help="waiting, replaying, stored, discarded (comma-separated), or all")]
Query = Annotated[
    str | None, typer.Option("--query", "-q", help="those with this text in the reason, the detail or the file's name")
]
All = Annotated[bool, typer.Option("--all", help="every one that waits")]


def query_of(job: UUID | None, reason: str | None, q: str | None, state: str | None = None) -> dict[str, str]:
    """The query parameters of these filters; empty where there are none."""
    told = {"job_id": job, "reason": reason, "q": q, "state": state}
    return {name: str(value) for name, value in told.items() if value is not None}


def check_selection(ids: Sequence[UUID], query: Mapping[str, str], everything: bool) -> None:
    """Raises BadParameter unless it is told in exactly one way which letters are meant."""
    if sum(map(bool, (ids, query, everything))) != 1:
        raise typer.BadParameter("say which dead letters: by their ids, by --job, --reason or --query, or --all")
