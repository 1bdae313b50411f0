"""What publishing shows of a queue: held up while nothing is confirmed, or just refused."""

from collections.abc import Sequence

import pytest

from services.api.congestion import Congestion

FULL = "the queue logs_ingest is full"
SILENT = "the message broker does not answer"
AWAY = "the message broker cannot be reached"

# What happens when: a try begins, is confirmed, fails, is forgotten; then what is said at some times.
Step = tuple[float, str, int]
STORIES: list[tuple[str, Sequence[Step], dict[float, str | None]]] = [
    ("nothing was tried", [], {0: None, 100: None}),
    ("a try is young", [(10, "begin", 1)], {10: None, 12: None, 12.1: SILENT, 60: SILENT}),
    ("it was confirmed late", [(10, "begin", 1), (15, "confirm", 1)], {15: None, 100: None}),
    (
        "others are confirmed meanwhile: slow, but not held up",
        [(10, "begin", 1), (11, "begin", 2), (13, "confirm", 2)],
        {13: None, 15: None, 15.1: SILENT},
    ),
    ("refused", [(10, "begin", 1), (10, "refused", 1)], {10: FULL, 14.9: FULL, 15: None}),
    ("unreachable", [(10, "begin", 1), (10, "unavailable", 1)], {11: AWAY}),
    ("timed out", [(10, "begin", 1), (40, "timeout", 1)], {41: SILENT, 45: None}),
    (
        "refused, then confirmed",
        [(10, "begin", 1), (10, "refused", 1), (11, "begin", 2), (11, "confirm", 2)],
        {11: None},
    ),
    (
        "confirmed, then refused",
        [(10, "begin", 1), (10, "confirm", 1), (11, "begin", 2), (11, "refused", 2)],
        {11: FULL},
    ),
    ("the one who tried has left", [(10, "begin", 1), (11, "forget", 1)], {60: None}),
    ("a long silence before a try is none", [(10, "begin", 1), (10, "confirm", 1), (90, "begin", 2)], {91: None}),
]


@pytest.mark.parametrize(("name", "steps", "said"), STORIES, ids=[name for name, *_ in STORIES])
def test_story(name: str, steps: Sequence[Step], said: dict[float, str | None]) -> None:
    congestion = Congestion("logs_ingest")
    for now, what, number in steps:
        match what:
            case "begin":
                assert congestion.begin(now) == number, name
            case "confirm":
                congestion.confirm(number, now)
            case "forget":
                congestion.forget(number)
            case "refused" | "timeout" | "unavailable":
                congestion.fail(number, what, now)
    assert {now: congestion.reason(now) for now in said} == said
