"""When a job is over, and how."""

import pytest

from services.aggregator.closing import Ending, Tally, ending_after, ending_of

CASES = [
    # read, stored, rejected, dead lines, dead batches, batches done, of
    (Tally(10, 10, 0, 0, 0, 1, None), None),
    (Tally(10, 5, 0, 0, 0, 1, 2), None),
    (Tally(0, 0, 0, 0, 0, 0, 0), Ending("completed")),
    (Tally(10, 10, 0, 0, 0, 2, 2), Ending("completed")),
    (Tally(10, 9, 1, 0, 0, 2, 2), Ending("completed_with_errors", "of 10 lines, 1 rejected")),
    (Tally(10, 5, 0, 5, 1, 2, 2), Ending("completed_with_errors", "of 10 lines, 5 dead-lettered")),
    (Tally(10, 4, 1, 5, 1, 2, 2), Ending("completed_with_errors", "of 10 lines, 1 rejected and 5 dead-lettered")),
    (
        Tally(1, 1, 0, 0, 1, 3, 3),
        Ending("completed_with_errors", "of 1 lines, the rest of an over-long one dead-lettered"),
    ),
    (Tally(10, 9, 1, 0, 0, 2, 2, "cut off"), Ending("failed", "cut off")),
    (Tally(0, 0, 0, 0, 0, 0, 0, "cut off"), Ending("failed", "cut off")),
    (Tally(10, 5, 0, 0, 0, 1, 2, "cut off"), None),
    (Tally(10, 9, 0, 0, 0, 2, 2), Ending("failed", "10 lines read, but 9 accounted for", True)),
    (Tally(10, 11, 0, 0, 0, 2, 2), Ending("failed", "10 lines read, but 11 accounted for", True)),
]


@pytest.mark.parametrize(("tally", "ending"), CASES)
def test_ending_of(tally: Tally, ending: Ending | None) -> None:
    assert ending_of(tally) == ending


WHOLE = Tally(10, 10, 0, 0, 0, 2, 2)
DEAD = Tally(10, 6, 0, 4, 1, 2, 2)
MISSING = Tally(10, 6, 0, 0, 0, 1, 2)
NO_SUM = Tally(10, 9, 0, 0, 0, 2, 2)
CUT_OFF = Tally(10, 10, 0, 0, 0, 2, 2, "cut off")
COMPLETED = Ending("completed")
WITH_ERRORS = Ending("completed_with_errors", "of 10 lines, 4 dead-lettered")

AFTERWARDS = [
    # status before, what is known now, how it ended
    ("processing", MISSING, None),
    ("processing", WHOLE, COMPLETED),
    ("processing", DEAD, WITH_ERRORS),
    ("completed", WHOLE, COMPLETED),
    ("completed_with_errors", WHOLE, COMPLETED),
    ("completed_with_errors", DEAD, WITH_ERRORS),
    ("failed", MISSING, Ending("failed", "1 of 2 batches never arrived")),
    ("failed", DEAD, WITH_ERRORS),
    ("failed", WHOLE, COMPLETED),
    ("failed", CUT_OFF, Ending("failed", "cut off")),
    ("failed", NO_SUM, Ending("failed", "10 lines read, but 9 accounted for", True)),
    ("receiving", WHOLE, None),
    ("interrupted", WHOLE, None),
    ("cancelled", WHOLE, None),
    ("cancelled", MISSING, None),
]


@pytest.mark.parametrize(("status", "tally", "ending"), AFTERWARDS)
def test_ending_after(status: str, tally: Tally, ending: Ending | None) -> None:
    assert ending_after(status, tally) == ending
