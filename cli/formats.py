"""`logmill formats`: formats of one's own, for lines that no built-in one reads well."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cli.answers import ApiError
from cli.client import DEFAULT_URL
from cli.login import Email, Token, Url, logged_in
from cli.reading import STDIN
from cli.terminal import printable

SAMPLE_LINES = 20
SAMPLE_CHARACTERS = 16_384
PATH = "/api/formats"

formats = typer.Typer(name="formats", no_args_is_help=True, help="List, add and delete formats of your own.")


@formats.command("list")
def list_formats(url: Url = DEFAULT_URL, token: Token = None, email: Email = None) -> None:
    """Show your formats, and the names of the built-in ones."""
    page = asyncio.run(_ask(url, token, email, "GET", PATH))
    for each in page["items"]:
        sys.stdout.write(f"{each['name']}\t{printable(each['grok'] or each['pattern'])}\n")
    Console(stderr=True, highlight=False).print(Text(f"built in: {', '.join(page['built_in'])}"))


@formats.command("add")
def add_format(
    name: Annotated[str, typer.Argument(help="what --format of an upload will call it: snake_case")],
    sample: Annotated[
        Path, typer.Option(help="a file whose first lines are of the format, or - for stdin; each has to match")
    ],
    pattern: Annotated[str | None, typer.Option(help="a regular expression: its named groups are the fields")] = None,
    grok: Annotated[str | None, typer.Option(help="or a grok pattern: %{IPORHOST:client} %{WORD:method} ...")] = None,
    timezone: Annotated[str | None, typer.Option(help="of times that name none: a name or +HH:MM; else UTC")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="in place of the one of that name")] = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Keep a format, once it matches every line of the sample that is not blank."""
    told = {"pattern": pattern, "grok": grok, "timezone": timezone, "sample": read_sample(sample)}
    body = {key: value for key, value in told.items() if value is not None}
    if replace:
        added = asyncio.run(_ask(url, token, email, "PUT", f"{PATH}/{name}", json=body))
    else:
        added = asyncio.run(_ask(url, token, email, "POST", PATH, json=body | {"name": name}))
    sys.stdout.write(f"{added['name']}\t{printable(added['pattern'])}\n")


@formats.command("delete")
def delete_format(
    name: Annotated[str, typer.Argument(help="one of yours")],
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Forget a format; what was uploaded with it stays as it is."""
    asyncio.run(_ask(url, token, email, "DELETE", f"{PATH}/{name}"))


def read_sample(path: Path) -> str:
    """The first lines of a file, or of stdin, as far as they make a sample; raises ApiError for what is no file."""
    try:
        if path == STDIN:
            text = sys.stdin.read(SAMPLE_CHARACTERS)
        else:
            with path.open(encoding="utf-8", errors="replace") as file:
                text = file.read(SAMPLE_CHARACTERS)
    except OSError as error:
        raise ApiError(f"{path}: {error.strerror}") from error
    whole = text if len(text) < SAMPLE_CHARACTERS else text[: text.rfind("\n") + 1]
    return "\n".join(whole.split("\n")[:SAMPLE_LINES])


async def _ask(url: str, token: str | None, email: str | None, method: str, path: str, **body: Any) -> dict[str, Any]:
    async with logged_in(url, token, email) as client:
        return await client.ask(method, path, **body)
