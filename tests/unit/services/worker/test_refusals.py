"""Refused records become rejected lines, byte for byte."""

from datetime import UTC, datetime

import pytest

from services.worker.refusals import REFUSED_BY_DATABASE, is_about_rows, reject
from shared.parsing import RECORD_SCHEMA, REJECTED_SCHEMA, ParsedBatch, ParseHints, parse_batch

LINES = (
    b"plain one\n"
    b"2026-01-01 00:00:01,000 ERROR it broke\n"
    b"Traceback (most recent call last):\n"
    b'  File "a.py", line 1, in a\n'
    b"ValueError: why\n"
    b'{"broken\n'
    b'{"level":"info","msg":"hello"}\n'
    b"caf\xe9 \x00 latin\n"
    b'{"a":"b\n'
    b"plain last\n"
)


def parsed(body: bytes = LINES) -> ParsedBatch:
    return parse_batch(body, first_line=1, hints=ParseHints(received_at=datetime(2026, 2, 1, tzinfo=UTC)))


def raws(batch: ParsedBatch) -> dict[int, bytes]:
    """The bytes of every record and rejected line, by line."""
    stored = {r["line_no"]: r["raw"] or r["message"].encode() for r in batch.records.rows(named=True)}
    return stored | {r["line_no"]: r["raw"] for r in batch.rejected.rows(named=True)}


def line_counts(batch: ParsedBatch) -> dict[int, int]:
    rows = [*batch.records.rows(named=True), *batch.rejected.rows(named=True)]
    return {row["line_no"]: row["line_count"] for row in rows}


@pytest.mark.parametrize("places", [[0], [1], [0, 1, 2], [3, 1], list(range(len(parsed().records)))])
def test_lines_and_bytes_stay_the_same(places: list[int]) -> None:
    before = parsed()
    after = reject(before, {place: f"refused {place}" for place in places})
    assert len(after.records) == len(before.records) - len(places)
    assert len(after.rejected) == len(before.rejected) + len(places)
    assert raws(after) == raws(before)
    assert line_counts(after) == line_counts(before)
    assert after.rejected["line_no"].is_sorted()
    assert dict(after.records.schema) == RECORD_SCHEMA
    assert dict(after.rejected.schema) == REJECTED_SCHEMA
    assert after.format_counts == before.format_counts
    told = {r["line_no"]: r["detail"] for r in after.rejected.rows(named=True) if r["reason"] == REFUSED_BY_DATABASE}
    assert told == {before.records["line_no"][place]: f"refused {place}" for place in places}


def test_a_trace_is_refused_with_all_its_lines() -> None:
    after = reject(parsed(), {1: "no"})
    refused = next(r for r in after.rejected.rows(named=True) if r["reason"] == REFUSED_BY_DATABASE)
    assert (refused["line_no"], refused["line_count"]) == (2, 4)
    assert refused["raw"] == b"\n".join(LINES.split(b"\n")[1:5])


@pytest.mark.parametrize(
    ("refused", "records", "is_rows"),
    [(1, 1, True), (10, 10, True), (11, 20, False), (11, 22, True), (500, 7000, True), (501, 7000, False)],
)
def test_many_refused_are_not_about_rows(refused: int, records: int, is_rows: bool) -> None:
    assert is_about_rows(refused, records) is is_rows
