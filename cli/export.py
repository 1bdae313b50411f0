"""`logmill export`: a job's lines, or the input it came from, into a file or on to the next command."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer

from cli.client import DEFAULT_URL
from cli.login import Email, Token, Url, as_user
from shared.errors import LogmillError


class ExportError(LogmillError):
    """What is fetched has nowhere to go."""


class ExportFormat(StrEnum):
    """How the lines are written."""

    raw = "raw"
    ndjson = "ndjson"
    csv = "csv"


def export(
    job: Annotated[str, typer.Argument(help="the job's id")],
    export_format: Annotated[
        ExportFormat, typer.Option("--format", help="raw: the input's own bytes; the others: a line each")
    ] = ExportFormat.ndjson,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="the file to write, instead of stdout")
    ] = None,
    level: Annotated[str | None, typer.Option(help="records of these levels, comma-separated")] = None,
    q: Annotated[str | None, typer.Option("--search", "-q", help="text anywhere in the line")] = None,
    since: Annotated[str | None, typer.Option(help="records logged then or later (RFC 3339)")] = None,
    until: Annotated[str | None, typer.Option(help="records logged before then (RFC 3339)")] = None,
    reason: Annotated[str | None, typer.Option(help="rejected lines with this reason, or `any`")] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Get a job's lines back: all of them, however many. A file is there only once it is whole."""
    told = {"level": level, "q": q, "since": since, "until": until, "reason": reason}
    query = {"format": export_format.value} | {name: value for name, value in told.items() if value is not None}
    with writing(output) as write:
        as_user(url, token, email, lambda client: client.export(job, query, write))


@contextmanager
def writing(output: Path | None) -> Iterator[Callable[[bytes], object]]:
    """`target`; raises ExportError where the file cannot be written."""
    try:
        with target(output) as write:
            yield write
    except OSError as error:
        if output is None:
            raise
        raise ExportError(f"{output} cannot be written: {error.strerror}") from error


@contextmanager
def target(path: Path | None) -> Iterator[Callable[[bytes], object]]:
    """What writes to stdout, or to a file that takes its name, and another's place, when all is written."""
    if path is None:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    if path.exists() and not path.is_file():  # a pipe, a device
        with path.open("wb") as file:
            yield file.write
        return
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        unfinished = Path(file.name)
        try:
            yield file.write
            file.close()
            unfinished.chmod(_mode_of(path))
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def _mode_of(path: Path) -> int:
    """The permissions of the file that is there, or those that a new one gets."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
