"""What is said of an input before its first byte is sent."""

import pytest

from services.api.export.completeness import Expected, Places, what_is_missing
from services.api.export.raw import LinesMissing, require_all

ALL_THERE = [
    (Expected("completed", 9, 3), Places(3, 3, 9)),
    (Expected("completed", 0, 0), Places(0, 0, 0)),
    (Expected("failed", 9, 3), Places(3, 3, 9)),
    (Expected("interrupted", 9, None), Places(3, 3, 9)),
    (Expected("interrupted", 8, None), Places(3, 3, 9)),
    (Expected("interrupted", 0, None), Places(0, 0, 0)),
    (Expected("cancelled", 6, 3), Places(3, 3, 9)),
]
LACKING = [
    (Expected("failed", 9, 3), Places(2, 3, 6), "1 of 3 batches never arrived"),
    (Expected("failed", 9, 3), Places(2, 2, 6), "1 of 3 batches never arrived"),
    (Expected("failed", 9, 3), Places(0, 0, 0), "3 of 3 batches never arrived"),
    (Expected("failed", 9, 3), Places(3, 3, 7), "2 of 9 lines never arrived"),
    (Expected("interrupted", 9, None), Places(2, 2, 6), "Of the 9 lines that came in, not all are stored yet: 6 are"),
    (Expected("interrupted", 9, None), Places(2, 3, 6), "not all are stored yet"),
    (
        Expected("interrupted", 6, None),
        Places(2, 3, 6),
        "Its upload broke off: 1 of its first 3 batches never came in.",
    ),
    (Expected("interrupted", 4, None), Places(2, 2**31, 6), "2147483646 of its first 2147483648 batches never came"),
    (Expected("cancelled", 6, 3), Places(2, 2, 6), "It was cancelled: 6 lines of it were taken in"),
    (Expected("cancelled", 6, None), Places(2, 2, 6), "It was cancelled: 6 lines of it were taken in"),
    (
        Expected("completed_with_errors", 9, 3),
        Places(3, 3, 9, 1),
        "1 of 3 batches were dead-lettered and then discarded",
    ),
]


@pytest.mark.parametrize(("expected", "places"), ALL_THERE)
def test_nothing_is_missing(expected: Expected, places: Places) -> None:
    assert what_is_missing(expected, places) is None


@pytest.mark.parametrize(("expected", "places", "said"), LACKING)
def test_something_is_missing(expected: Expected, places: Places, said: str) -> None:
    assert said in (what_is_missing(expected, places) or "")


@pytest.mark.parametrize(
    ("numbers", "first", "missing"),
    [
        ([], 0, None),
        ([0, 1, 2], 0, None),
        ([4, 5], 4, None),
        ([0, 2], 0, 1),
        ([1], 0, 0),
        ([5, 6], 4, 4),
        ([0, 0], 0, 1),
    ],
)
def test_batches_follow_one_another(numbers: list[int], first: int, missing: int | None) -> None:
    if missing is None:
        require_all(numbers, first)
    else:
        with pytest.raises(LinesMissing, match=f"batch {missing} is nowhere"):
            require_all(numbers, first)
