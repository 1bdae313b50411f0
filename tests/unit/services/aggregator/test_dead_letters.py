"""What is kept of a dead message, whatever is in it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.aggregator.dead_letters import DeadLetterRow, read_dead_letter, without_headers

JOB = UUID("01890a5d-ac96-774b-bcce-b302099a8057")

KEPT_HEADERS = [
    # as it came, as it is kept
    ({}, {}),
    ({"a": 1, "b": 1.5, "c": True, "d": None, "e": "text"}, {"a": 1, "b": 1.5, "c": True, "d": None, "e": "text"}),
    ({"n\0ul": "a\0b"}, {"n␀ul": "a␀b"}),
    ({"in": {"n\0": ["\0", b"\0\xff"]}}, {"in": {"n␀": ["␀", "␀\ufffd"]}}),
    ({"half": "\ud800"}, {"half": "?"}),
    ({"f": float("nan"), "g": float("-inf")}, {"f": "nan", "g": "-inf"}),
    ({"at": datetime(2026, 1, 1, tzinfo=UTC)}, {"at": "2026-01-01 00:00:00+00:00"}),
    ({"d": Decimal("1.10"), "b": bytearray(b"x")}, {"d": "1.10", "b": "x"}),
]


@pytest.mark.parametrize(("headers", "kept"), KEPT_HEADERS)
def test_headers_are_made_fit_for_the_database(headers: dict[str, Any], kept: dict[str, Any]) -> None:
    assert read_dead_letter(b"body", headers).headers == kept


REASONS = [
    # headers, reason, detail
    ({}, "unknown", ""),
    ({"reason": "bad_checksum", "detail": "told"}, "bad_checksum", "told"),
    ({"x-first-death-reason": "delivery_limit"}, "delivery_limit", ""),
    ({"reason": "a\0b", "detail": "\0"}, "a␀b", "␀"),
    ({"reason": b"a\xff", "detail": ["x\0"]}, "a\ufffd", "['x\\x00']"),
]


@pytest.mark.parametrize(("headers", "reason", "detail"), REASONS)
def test_reason_and_detail(headers: dict[str, Any], reason: str, detail: str) -> None:
    row = read_dead_letter(b"", headers)
    assert (row.reason, row.detail) == (reason, detail)


IDENTITIES: list[tuple[tuple[Any, Any, Any], tuple[UUID | None, int | None, int]]] = [
    # job_id, batch_no, line_count as they came; as they are read
    ((str(JOB), 3, 7), (JOB, 3, 7)),
    (("../etc", 2**40, -1), (None, None, 0)),
    ((None, None, None), (None, None, 0)),
    ((b"\0", "3", 1.5), (None, None, 0)),
    (([], True, False), (None, None, 0)),
]


@pytest.mark.parametrize(("came", "read"), IDENTITIES)
def test_which_batch_it_was(came: tuple[Any, Any, Any], read: tuple[Any, Any, Any]) -> None:
    headers = dict(zip(("job_id", "batch_no", "line_count"), came, strict=True))
    for row in (read_dead_letter(b"body", headers), without_headers(b"body", headers)):
        assert (row.job_id, row.batch_no, row.line_count, row.body) == (*read, b"body")


def test_without_headers_keeps_bytes_and_identity() -> None:
    headers = {"job_id": str(JOB), "batch_no": 1, "line_count": 2, "reason": "x", "detail": "y"}
    assert without_headers(b"\0", headers) == DeadLetterRow(
        JOB, 1, 2, "unreadable", "its headers could not be kept", {}, b"\0"
    )
