"""Lines as NDJSON and as CSV."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.api.export.writing import COLUMNS, csv_header, csv_rows, ndjson
from services.api.line_items import Line, LineItem


def item(**columns: Any) -> LineItem:
    """A record of nothing but its line number, and `columns`."""
    empty: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "line_no": 1,
        "line_count": 1,
        "attrs": msgspec.Raw(b"{}"),
        "raw": "",
    }
    return LineItem(**(empty | {"format": "plain", "reason": msgspec.UNSET} | columns))


def cells(*items: LineItem) -> list[dict[str, str]]:
    text = (csv_header() + csv_rows(items)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_columns_are_those_of_a_line() -> None:
    assert tuple(Line.model_fields) == COLUMNS


def test_an_object_a_line() -> None:
    written = ndjson([item(message="one\ntwo"), item(line_no=2, reason="broken", raw="é")])
    first, second = map(json.loads, written.splitlines())
    assert written.endswith(b"}\n")
    assert (first["message"], "reason" in first) == ("one\ntwo", False)
    assert (second["line_no"], second["reason"], second["raw"]) == (2, "broken", "é")


def test_no_line_at_all() -> None:
    assert (ndjson([]), csv_rows([])) == (b"", b"")


CELLS: list[tuple[str, Any, str]] = [
    ("logged_at", datetime(2025, 1, 31, 12, tzinfo=UTC), "2025-01-31T12:00:00Z"),
    ("logged_at", datetime(1, 1, 1, 0, 0, 0, 5, tzinfo=UTC), "0001-01-01T00:00:00.000005Z"),
    ("logged_at", None, ""),
    ("duration_ms", 1.5, "1.5"),
    ("pid", -1, "-1"),
    ("attrs", msgspec.Raw(b'{"a":"=1"}'), '{"a":"=1"}'),
    ("reason", "invalid_json", "invalid_json"),
    ("message", 'say "a, b"\r\nand c', 'say "a, b"\r\nand c'),
    ("message", "a=b", "a=b"),
    ("message", "=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"),
    ("message", "+1", "'+1"),
    ("message", "-1", "'-1"),
    ("logger", "@SUM(1)", "'@SUM(1)"),
    ("user_id", "\t=1", "'\t=1"),
    ("url", "\r=1", "'\r=1"),
    ("raw", "\n=1", "'\n=1"),
    ("raw", "＝1", "'＝1"),
    ("raw", "a\0b", "a\0b"),
]


@pytest.mark.parametrize(("column", "value", "expected"), CELLS)
def test_a_cell(column: str, value: object, expected: str) -> None:
    assert cells(item(**{column: value}))[0][column] == expected


def test_lines_end_as_rfc_4180_has_it() -> None:
    assert csv_header() == (",".join(COLUMNS) + "\r\n").encode()
    assert csv_rows([item(raw="x"), item(raw="y")]).count(b"\r\n") == 2


def test_times_are_written_alike() -> None:
    moment = datetime(2025, 1, 31, 12, 0, 0, 120_000, tzinfo=UTC)
    assert cells(item(logged_at=moment))[0]["logged_at"] == json.loads(ndjson([item(logged_at=moment)]))["logged_at"]
