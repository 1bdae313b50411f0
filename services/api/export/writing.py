"""Lines as NDJSON and as CSV. Pure.

CSV after RFC 4180: a header, CRLF, texts in quotes. A spreadsheet takes a cell that begins with `=` or its like
for a formula and runs it; such a cell gets a `'` in front, which makes it text. NDJSON is exact.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from services.api.line_items import LineItem

COLUMNS = LineItem.__struct_fields__
LOGGED_AT = COLUMNS.index("logged_at")
ATTRS = COLUMNS.index("attrs")
REASON = COLUMNS.index("reason")
TEXTS = tuple(
    COLUMNS.index(name)
    for name in ("message", "logger", "hostname", "client_ip", "method", "url", "user_id", "trace_id", "raw", "format")
)
FORMULA_BEGINS = frozenset("=+-@\t\r\n＝＋－＠")

_encoder = msgspec.json.Encoder()


def ndjson(items: Iterable[LineItem]) -> bytes:
    """An object a line, each as an item of a page of lines."""
    return _encoder.encode_lines(items)


def csv_header() -> bytes:
    """The names of the columns."""
    return (",".join(COLUMNS) + "\r\n").encode()


def csv_rows(items: Iterable[LineItem]) -> bytes:
    """A row a line; null is an empty cell, attrs is JSON."""
    return "".join(map(_row, items)).encode()


def _row(item: LineItem) -> str:
    row: list[Any] = list(msgspec.structs.astuple(item))
    row[ATTRS] = _quoted(bytes(item.attrs).decode())
    if item.logged_at is not None:
        row[LOGGED_AT] = _rfc3339(item.logged_at)
    if item.reason is msgspec.UNSET:
        row[REASON] = None
    for place in TEXTS:
        if (cell := row[place]) is not None:
            row[place] = _quoted(f"'{cell}" if cell[:1] in FORMULA_BEGINS else cell)
    return ",".join(["" if cell is None else str(cell) for cell in row]) + "\r\n"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _rfc3339(moment: datetime) -> str:
    """As msgspec writes it."""
    return moment.isoformat().removesuffix("+00:00") + "Z"
