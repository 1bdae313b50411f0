"""Lists: a table in a terminal, tab-separated for the next command, or JSON."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.terminal import escaped, note, plain, write_json

GAP = 2
LEAST_WIDTH = 12
"""Of a column that is cut where the terminal is too narrow."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: the field `key` of each row, as `shown` in a terminal's table.

    `is_cut`: shortened where the terminal is too narrow for all. `is_spare`: left out where that is not enough. One
    that no table has (not `in_table`) is among the tab-separated ones all the same.
    """

    title: str
    key: str
    shown: Callable[[Any], str] = plain
    is_cut: bool = False
    is_spare: bool = False
    in_table: bool = True


Row = Mapping[str, Any]


def moment(value: str) -> str:
    """A time of the api's for a table: UTC, to the second."""
    return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M:%S}"


def number(value: int) -> str:
    """A count for a table."""
    return f"{value:,}"


def write_rows(columns: Sequence[Column], rows: Iterable[Row], *, as_json: bool = False) -> None:
    """A table in a terminal; elsewhere a line a row, tab-separated and without titles; or as JSON."""
    if as_json:
        for row in rows:
            write_json(row)
    elif sys.stdout.isatty():
        _write_table([column for column in columns if column.in_table], list(rows))
    else:
        for row in rows:
            sys.stdout.write("\t".join(escaped(plain(row[column.key])) for column in columns) + "\n")


def write_page(
    columns: Sequence[Column], found: tuple[Sequence[Row], bool], limit: int, *, as_json: bool = False
) -> None:
    """What `ApiClient.items` found for `limit`, and a word where there are more."""
    rows, has_more = found
    write_rows(columns, rows, as_json=as_json)
    if has_more:
        note(f"there are more: --limit is {limit}")


def _write_table(columns: list[Column], rows: list[Row]) -> None:
    """As many columns as there is room for; a terminal too narrow for what cannot be spared wraps the lines."""
    console = Console(highlight=False)
    needed = {column: _least_width(column, rows) for column in columns}
    for spare in [column for column in reversed(columns) if column.is_spare]:
        if _total(needed.values()) > console.width:
            del needed[spare]
    console.width = max(console.width, _total(needed.values()))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in needed:
        justify = "right" if column.shown is number else "left"
        table.add_column(column.title, no_wrap=not column.is_cut, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text(_cell(column, row), no_wrap=True, overflow="ellipsis") for column in needed))
    console.print(table)


def _total(widths: Iterable[int]) -> int:
    return sum(width + GAP for width in widths) - GAP


def _least_width(column: Column, rows: list[Row]) -> int:
    width = max(map(cell_len, [column.title, *(_cell(column, row) for row in rows)]))
    return min(width, LEAST_WIDTH) if column.is_cut else width


def _cell(column: Column, row: Row) -> str:
    value = row[column.key]
    return "-" if value is None else escaped(column.shown(value))
