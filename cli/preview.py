"""`logmill preview`: what would be understood of a file's first lines, and where a pattern stops matching."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.answers import TooLarge
from cli.client import DEFAULT_URL, ApiClient
from cli.login import Email, Token, Url, logged_in
from cli.terminal import printable

HEAD_BYTES = 1024**2
LEAST_HEAD_BYTES = 16 * 1024
WIDTH_OFF_TERMINAL = 200
BEFORE_CARET = 60
AFTER_CARET = 40


def preview(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="the file to look at")],
    format_name: Annotated[
        str | None, typer.Option("--format", help="read it as this format, built in or your own")
    ] = None,
    pattern: Annotated[
        str | None, typer.Option(help="try this regular expression: its named groups are the fields")
    ] = None,
    grok: Annotated[
        str | None, typer.Option(help="try this grok pattern: %{IPORHOST:client} %{WORD:method} ...")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="of times that name none: a name or +HH:MM; else UTC")] = None,
    charset: Annotated[str | None, typer.Option(help="of lines that are no UTF-8; else guessed")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="most lines")] = 20,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Show what would be understood of a file's first lines. Nothing is stored."""
    told = {"format": format_name, "pattern": pattern, "grok": grok, "timezone": timezone, "charset": charset}
    query = {name: value for name, value in told.items() if value is not None}
    shown = asyncio.run(_ask(url, token, email, file, query | {"limit": str(limit)}))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_OFF_TERMINAL)
    show_lines(console, shown)
    if shown["mismatch"]:
        show_mismatch(console, shown["mismatch"])


async def _ask(url: str, token: str | None, email: str | None, file: Path, query: dict[str, str]) -> dict[str, Any]:
    head, status = await asyncio.to_thread(_read_head, file), file.stat()
    modified = datetime.fromtimestamp(status.st_mtime, UTC).isoformat()
    async with logged_in(url, token, email) as client:
        return await send_head(client, head, status.st_size, query | {"modified": modified})


async def send_head(client: ApiClient, head: bytes, file_bytes: int, query: dict[str, str]) -> dict[str, Any]:
    """The preview of a file that begins with `head`; raises ApiError.

    How much the api takes is a setting of it: where that is less, half as much is sent, and half of that.
    """
    while True:
        try:
            return await client.ask(
                "POST",
                "/api/preview",
                query=query | {"cut": str(file_bytes > len(head)).lower()},
                content=head,
                headers={"Content-Type": "application/octet-stream"},
            )
        except TooLarge:
            if len(head) // 2 < LEAST_HEAD_BYTES:
                raise
        head = head[: len(head) // 2]


def _read_head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(HEAD_BYTES)


def show_lines(console: Console, shown: dict[str, Any]) -> None:
    """A table of the lines, and below it what they add up to."""
    table = Table(box=None, pad_edge=False)
    for name in ("line", "time", "level", "format", "logger"):
        table.add_column(name, no_wrap=True, justify="right" if name == "line" else "left")
    table.add_column("message", no_wrap=True, overflow="ellipsis", ratio=1)
    for item in shown["items"]:
        message = item["raw"] if item["message"] is None else item["message"]
        level = f"rejected: {item['reason']}" if "reason" in item else item["level"]
        cells = (item["line_no"], item["logged_at"], level, item["format"], item["logger"], message)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console.print(table)
    counts = ", ".join(f"{name} {count}" for name, count in sorted(shown["format_counts"].items()))
    told = f"{shown['lines_read']} lines ({counts or 'none'}), {shown['lines_rejected']} rejected"
    packed = "".join(f", {shown[name]}" for name in ("compression", "charset") if shown[name])
    console.print(Text(f"{told}; times without a zone are {shown['timezone']}{packed}"))


def show_mismatch(console: Console, mismatch: dict[str, Any]) -> None:
    """The line that does not match, or the part of it that matters, with a caret below where it stopped."""
    at, text = mismatch["column"] - 1, mismatch["text"]
    start = max(0, at - BEFORE_CARET)
    before = ("\u2026" if start else "") + printable(text[start:at])
    after = printable(text[at : at + AFTER_CARET]) + ("\u2026" if at + AFTER_CARET < len(text) else "")
    field = f" for {mismatch['field']}" if mismatch["field"] else ""
    told = f"line {mismatch['line_no']} does not match: column {mismatch['column']}: expected {mismatch['expected']}"
    caret = " " * cell_len(before) + "^"
    for line in (told + field, before + after, caret):
        console.print(Text(line), soft_wrap=True)
