"""Which dead letters a command acts on: named one by one, or by filters, or all that wait."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec
from uuid import UUID

import typer

from cli.dead_letters.filters import Job, Query, Reason, query_of

P = ParamSpec("P")

Ids = Annotated[list[UUID] | None, typer.Argument(metavar="ID", help="dead letters; or say which by options")]
All = Annotated[bool, typer.Option("--all", help="every one that waits")]


@dataclass(frozen=True, slots=True)
class Selection:
    """`ids`, or without any those that pass the filters; without filters every one that waits."""

    ids: Sequence[UUID]
    filters: Mapping[str, str]


def select(
    ids: Ids = None, job: Job = None, reason: Reason = None, query: Query = None, everything: All = False
) -> Selection:
    """What these options choose. Raises BadParameter unless they say it in exactly one way."""
    selection = Selection(ids or [], query_of(job, reason, query))
    if sum(map(bool, (selection.ids, selection.filters, everything))) != 1:
        raise typer.BadParameter("say which dead letters: by their ids, by --job, --reason or --query, or --all")
    return selection


def of_selected(command: Callable[Concatenate[Selection, P], None]) -> Callable[..., None]:
    """The command with the parameters of `select` in the place of its first one."""
    choice = inspect.signature(select).parameters
    _, *own = inspect.signature(command).parameters.values()

    @wraps(command)
    def selecting(*arguments: P.args, **options: P.kwargs) -> None:
        chosen: dict[str, Any] = {name: options.pop(name) for name in choice}
        command(select(**chosen), *arguments, **options)

    parameters = [*choice.values(), *own]
    shown: Any = selecting
    shown.__signature__ = inspect.Signature(parameters)
    shown.__annotations__ = {each.name: each.annotation for each in parameters}
    return selecting
