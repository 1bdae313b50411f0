"""The demo's account of every line."""

from typing import Any

import pytest

from deploy.local.demonstration import lines_per_second, problems_of

GOOD = {
    "file_name": "a.log",
    "status": "completed",
    "error_message": None,
    "lines_read": 10,
    "lines_stored": 7,
    "lines_rejected": 2,
    "lines_dead_lettered": 1,
    "created_at": "2025-06-02T06:00:00Z",
    "completed_at": "2025-06-02T06:00:02+00:00",
}


@pytest.mark.parametrize(
    ("changed", "problems"),
    [
        ({}, []),
        ({"status": "failed", "error_message": "no space"}, ["a.log: failed (no space)"]),
        ({"status": "completed_with_errors"}, ["a.log: completed_with_errors (no error message)"]),
        ({"lines_read": 9, "lines_stored": 6}, ["a.log: 10 lines in the file, 9 lines read"]),
        ({"lines_stored": 8}, ["a.log: 10 lines read, 11 lines stored, rejected or dead-lettered"]),
    ],
)
def test_problems(changed: dict[str, Any], problems: list[str]) -> None:
    assert problems_of({**GOOD, **changed}, lines=10) == problems


@pytest.mark.parametrize(
    ("changed", "rate"),
    [({}, 5.0), ({"completed_at": None}, None), ({"completed_at": "2025-06-02T06:00:00Z"}, 10_000.0)],
)
def test_rate(changed: dict[str, Any], rate: float | None) -> None:
    assert lines_per_second({**GOOD, **changed}) == rate
