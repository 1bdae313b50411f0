"""When a worker takes itself for broken."""

import pytest

from services.worker.breaker import Breaker, Outcome, most_fail, outcome_of
from services.worker.settlement import Ack, DeadLetter, GiveBack, Isolate, Retry, Settlement

WINDOW = 8


def outcomes(told: str) -> list[Outcome]:
    """`a` is a stored batch of job a, `A` one that failed."""
    return [Outcome(letter.lower(), letter.isupper()) for letter in told]


@pytest.mark.parametrize(
    ("told", "ratio", "is_most"),
    [
        ("", 0.5, False),
        ("ABC", 0.5, False),
        ("ABCD", 0.5, True),
        ("AAAB", 0.5, True),
        ("AAAAAAAA", 0.5, False),
        ("aAbAcAdA", 0.5, False),
        ("aAbBcCdD", 0.5, False),
        ("aAbBCCDD", 0.5, True),
        ("aaaaabBcC", 0.5, False),
        ("ABABABcd", 0.5, True),
        ("ABABABcd", 0.6, False),
        ("AAAAAAAb", 0.5, False),
        ("ABABABAc", 0.8, False),
        ("ABCDABCe", 0.8, True),
        ("ABCDABCa", 0.8, False),
        ("ABABAB", 0.75, True),
        ("ABABA", 0.75, False),
        ("ABABABA", 1, False),
        ("ABABABAB", 1, True),
    ],
)
def test_most_fail(told: str, ratio: float, is_most: bool) -> None:
    assert most_fail(outcomes(told), WINDOW, ratio) is is_most


@pytest.mark.parametrize(
    ("told", "is_open"),
    [
        ("ABCD", True),
        ("ABCDabcdefgh", True),
        ("ABCabcdefghD", False),
        ("ABabcdefCD", False),
        ("abcdABCD", False),
        ("abcdEFGH", True),
    ],
)
def test_only_the_last_ones_count_and_open_stays_open(told: str, is_open: bool) -> None:
    breaker = Breaker(WINDOW, 0.5)
    for outcome in outcomes(told):
        breaker.note(outcome)
    assert breaker.is_open is is_open


def test_what_was_before_it_closed_is_forgotten() -> None:
    breaker = Breaker(WINDOW, 0.5)
    for outcome in outcomes("abABCD"):
        breaker.note(outcome)
    assert breaker.reason == "4 of the last 6 line batches failed, of 4 jobs"
    breaker.close()
    for outcome in outcomes("ABC"):
        breaker.note(outcome)
    assert not breaker.is_open


@pytest.mark.parametrize(
    ("settlement", "outcome"),
    [
        (Ack("stored"), Outcome("a", has_failed=False)),
        (Ack("duplicate"), None),
        (Ack("orphaned"), None),
        (Ack("cancelled"), None),
        (GiveBack(), None),
        (Isolate(()), None),
        (Retry(()), Outcome("a", has_failed=True)),
        (DeadLetter("bad_checksum", ""), Outcome("a", has_failed=True)),
        (DeadLetter("unknown_job", ""), None),
    ],
)
def test_what_a_settlement_tells(settlement: Settlement, outcome: Outcome | None) -> None:
    assert outcome_of("a", settlement) == outcome
