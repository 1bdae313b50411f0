"""What is kept of a dead message, whatever is in it."""

from datetime import UTC, datetime, timedelta, timezone
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
    assert read_dead_letter(b"body", headers, {}).headers == kept


LIMIT_REACHED = {"reason": "delivery_limit", "queue": "isolated", "count": 1}
EACH_TIME = "and each time its worker's process or connection ended"

REASONS = [
    # headers, reason, detail
    ({}, "unknown", ""),
    ({"reason": "bad_checksum", "detail": "told"}, "bad_checksum", "told"),
    ({"x-first-death-reason": "maxlen"}, "maxlen", ""),
    ({"x-death": "odd", "x-delivery-count": "odd", "x-first-death-reason": "maxlen"}, "maxlen", ""),
    ({"x-death": [7], "reason": "told"}, "told", ""),
    ({"x-first-death-reason": "delivery_limit"}, "delivery_limit", f"delivered, {EACH_TIME}"),
    (
        {"x-last-death-reason": "delivery_limit", "x-first-death-reason": "expired"},
        "delivery_limit",
        f"delivered, {EACH_TIME}",
    ),
    (
        {"x-death": [LIMIT_REACHED, {"reason": "expired", "queue": "retry"}], "x-first-death-reason": "expired"},
        "delivery_limit",
        f"delivered from isolated, {EACH_TIME}",
    ),
    (
        {"x-death": [LIMIT_REACHED], "x-delivery-count": 4},
        "delivery_limit",
        f"delivered 4 times from isolated, {EACH_TIME}",
    ),
    ({"x-death": [LIMIT_REACHED], "detail": "ours"}, "delivery_limit", "ours"),
    ({"reason": "a\0b", "detail": "\0"}, "a␀b", "␀"),
    ({"reason": b"a\xff", "detail": ["x\0"]}, "a\ufffd", "['x\\x00']"),
]


@pytest.mark.parametrize(("headers", "reason", "detail"), REASONS)
def test_reason_and_detail(headers: dict[str, Any], reason: str, detail: str) -> None:
    row = read_dead_letter(b"", headers, {})
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
    for row in (read_dead_letter(b"body", headers, {}), without_headers(b"body", headers)):
        assert (row.job_id, row.batch_no, row.line_count, row.body) == (*read, b"body")


PROPERTIES = [
    # as it had them, as they are kept
    ({}, {}),
    ({"type": None, "message_id": "a\0"}, {"message_id": "a␀"}),
    (
        {"timestamp": datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))},
        {"timestamp": "2026-01-01T00:00:00+00:00"},
    ),
]


@pytest.mark.parametrize(("had", "kept"), PROPERTIES)
def test_properties(had: dict[str, object], kept: dict[str, str]) -> None:
    assert read_dead_letter(b"", {}, had).properties == kept


def test_what_a_worker_says_of_its_attempts() -> None:
    attempt = {"at": "2026-01-01T00:00:00+00:00", "error": "no\0", "worker": "here:1"}
    row = read_dead_letter(b"", {"attempts": [attempt, "old"], "trace": "a\0", "replay_id": str(JOB)}, {})
    assert row.attempts == [{**attempt, "error": "no␀"}, {"at": None, "error": "old", "worker": None}]
    assert (row.trace, row.replay_id) == ("a␀", JOB)


@pytest.mark.parametrize("odd", [None, 5, [1, {"a": None}], "text", {"error": "x"}])
def test_attempts_and_traces_that_are_none(odd: object) -> None:
    row = read_dead_letter(b"", {"attempts": odd, "trace": [odd], "replay_id": odd}, {})
    assert (row.attempts, row.trace, row.replay_id) == ([], None, None)


def test_without_headers_keeps_bytes_and_identity() -> None:
    headers = {"job_id": str(JOB), "batch_no": 1, "first_line": 2**40, "line_count": 2, "reason": "x", "detail": "y"}
    assert without_headers(b"\0", headers) == DeadLetterRow(
        JOB, 1, 2**40, 2, "unreadable", "its headers could not be kept", b"\0"
    )
