"""One line in, what became of it out: the form in which the tables of cases are written."""

from datetime import UTC, datetime
from typing import Any

from shared.parsing import ParseHints, parse_batch

RECEIVED_AT = datetime(2025, 11, 22, 12, tzinfo=UTC)


def read(line: str | bytes, **hints: Any) -> dict[str, Any]:
    """The record's columns that are not null, without line_no, line_count and raw; logged_at as text."""
    body = line.encode() if isinstance(line, str) else line
    parsed = parse_batch(body, first_line=1, hints=ParseHints(**{"received_at": RECEIVED_AT} | hints))
    assert parsed.rejected.is_empty(), parsed.rejected
    (record,) = parsed.records.drop("line_no", "line_count", "raw").to_dicts()
    present = {name: value for name, value in record.items() if value is not None}
    if "logged_at" in present:
        present["logged_at"] = present["logged_at"].isoformat().removesuffix("+00:00")
    return present
