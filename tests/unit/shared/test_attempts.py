"""The history of a batch, as it travels."""

import pytest

from shared.attempts import LOST, MOST_LOST_KEPT, Attempt, as_header, failures, read_attempts, with_lost

FAILED, AWAY = Attempt("ValueError: no", "2026-01-02T03:04:05+00:00", "host:1"), Attempt(LOST, "then", "host:2")


@pytest.mark.parametrize("attempts", [(), (FAILED,), (Attempt("old"), FAILED, AWAY)])
def test_what_was_written_is_read_back(attempts: tuple[Attempt, ...]) -> None:
    assert read_attempts(as_header(attempts)) == attempts


@pytest.mark.parametrize(
    ("header", "attempts"),
    [
        (["a", "b"], (Attempt("a"), Attempt("b"))),
        (["a", {"at": "t", "error": "b", "worker": "w"}], (Attempt("a"), Attempt("b", "t", "w"))),
        ([{"error": "b", "at": 5, "worker": ["w"], "more": 1}], (Attempt("b"),)),
        ([{"error": 5}], ()),
        ([{}], ()),
        (["a", None], ()),
        ("a", ()),
        (None, ()),
    ],
)
def test_read_attempts(header: object, attempts: tuple[Attempt, ...]) -> None:
    assert read_attempts(header) == attempts


def test_a_loss_is_no_failure() -> None:
    assert failures((FAILED, AWAY, FAILED, AWAY)) == 2


def test_losses_are_bounded_and_failures_kept() -> None:
    attempts: tuple[Attempt, ...] = (FAILED,)
    for number in range(3 * MOST_LOST_KEPT):
        attempts = with_lost(attempts, Attempt(LOST, str(number)))
    kept = [str(number) for number in range(2 * MOST_LOST_KEPT, 3 * MOST_LOST_KEPT)]
    assert attempts[0] == FAILED
    assert [attempt.at for attempt in attempts[1:]] == kept
