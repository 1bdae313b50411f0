"""What becomes of a failed batch."""

import pytest

from services.worker.metrics import OUTCOMES
from services.worker.settlement import Ack, DeadLetter, GiveBack, Isolate, Retry, Settlement, after_failure, label_of
from shared.attempts import LOST, Attempt
from shared.errors import PoisonMessage

BOOM = ValueError("boom")
FAILED = Attempt("ValueError: boom", "now", "here:1")
FIRST, SECOND, AWAY = Attempt("first"), Attempt("second"), Attempt(LOST)
TRACE = "Traceback (most recent call last):\nValueError: boom\n"

CASES: list[tuple[Exception, tuple[Attempt, ...], Settlement]] = [
    (PoisonMessage("bad_checksum", "why"), (), DeadLetter("bad_checksum", "why", (FAILED,))),
    (PoisonMessage("bad_checksum", "why"), (FIRST,), DeadLetter("bad_checksum", "why", (FIRST, FAILED))),
    (PoisonMessage("bad_headers", "\ud800"), (), DeadLetter("bad_headers", "?", (FAILED,))),
    (BOOM, (), Retry((FAILED,))),
    (BOOM, (FIRST,), Retry((FIRST, FAILED))),
    (BOOM, (AWAY, FIRST, AWAY), Retry((AWAY, FIRST, AWAY, FAILED))),
    (BOOM, (FIRST, SECOND), DeadLetter("attempts_exhausted", FAILED.error, (FIRST, SECOND, FAILED), TRACE)),
]


@pytest.mark.parametrize(("error", "earlier", "settlement"), CASES)
def test_after_failure(error: Exception, earlier: tuple[Attempt, ...], settlement: Settlement) -> None:
    assert after_failure(error, earlier, FAILED, max_attempts=3) == settlement


@pytest.mark.parametrize(
    ("settlement", "label"),
    [
        (Ack("stored"), "stored"),
        (Ack("orphaned"), "orphaned"),
        (Retry((FIRST,)), "retried"),
        (Isolate((FIRST,)), "isolated"),
        (DeadLetter("bad_checksum", "why"), "dead_lettered"),
        (GiveBack(), "given_back"),
    ],
)
def test_what_it_counts_as(settlement: Settlement, label: str) -> None:
    assert label_of(settlement) == label
    assert label in OUTCOMES
