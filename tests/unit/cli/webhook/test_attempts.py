"""What of GitHub's attempts never arrived."""

from datetime import UTC, datetime, timedelta

import pytest

from cli.webhook.attempts import Attempt, never_arrived

BEGAN = datetime(2026, 3, 5, tzinfo=UTC)


def attempts(*told: tuple[str, int]) -> list[Attempt]:
    """The newest first, as GitHub lists them; `told` is in the order they were made in."""
    made = [
        Attempt(
            id=number,
            guid=guid,
            delivered_at=BEGAN + timedelta(seconds=number // 2),
            event="push",
            status="OK" if code == 200 else "no",
            status_code=code,
        )
        for number, (guid, code) in enumerate(told)
    ]
    return made[::-1]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], []),
        ([("a", 200), ("b", 202)], []),
        ([("a", 503)], [0]),
        ([("a", 503), ("a", 202)], []),
        ([("a", 202), ("a", 503)], []),
        ([("a", 503), ("b", 0), ("a", 401), ("b", 202)], [2]),
        ([("a", 503), ("b", 500), ("c", 302), ("a", 401)], [3, 1, 2]),
    ],
)
def test_which_never_arrived(told: list[tuple[str, int]], expected: list[int]) -> None:
    assert [attempt.id for attempt in never_arrived(attempts(*told))] == expected


@pytest.mark.parametrize(
    ("status", "code", "has_arrived", "why"),
    [
        ("OK", 200, True, "200 OK"),
        ("Accepted", 202, True, "202 Accepted"),
        ("OK", None, True, "OK"),
        ("failed to connect to host", 0, False, "failed to connect to host"),
        ("Moved Permanently", 301, False, "301 Moved Permanently"),
        (None, None, False, ""),
    ],
)
def test_an_attempt(status: str | None, code: int | None, has_arrived: bool, why: str) -> None:
    attempt = Attempt(id=1, guid="a", delivered_at=BEGAN, event="push", status=status, status_code=code)
    assert (attempt.has_arrived, attempt.why) == (has_arrived, why)
