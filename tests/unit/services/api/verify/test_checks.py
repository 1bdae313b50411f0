"""What is said of two numbers that should be one."""

from collections.abc import Sequence

import pytest

from services.api.verify.checks import Check, differences, none_of, same, some_of


def test_a_detail_is_for_what_does_not_hold() -> None:
    assert same("lines", 3, 3, "why") == Check(name="lines", expected=3, found=3, ok=True, detail=None)
    assert same("lines", 3, 2, "why") == Check(name="lines", expected=3, found=2, ok=False, detail="why")
    assert none_of("strays", 0, "why").ok
    assert none_of("strays", 1, "why") == Check(name="strays", expected=0, found=1, ok=False, detail="why")


SOME: list[tuple[Sequence[int], int | None, str]] = [
    ([], None, ""),
    ([1], None, "1"),
    ([1, 2, 3], None, "1, 2, 3"),
    ([1, 2, 3, 4], None, "1, 2, 3 and 1 more"),
    ([1, 2, 3], 10, "1, 2, 3 and 7 more"),
    ([1, 2, 3, 4], 10, "1, 2, 3 and 7 more"),
    ([1], 1, "1"),
]


@pytest.mark.parametrize(("items", "count", "said"), SOME)
def test_some_are_named_the_others_counted(items: Sequence[int], count: int | None, said: str) -> None:
    assert some_of(items, count) == said


def test_differences_are_told_by_value() -> None:
    assert differences({"info": 1, "error": 2}, {"error": 2, "info": 1}) == []
    assert differences({"info": 1, "error": 2}, {"error": 3, "warn": 1}) == [
        "error: 2 told, 3 found",
        "info: 1 told, 0 found",
        "warn: 0 told, 1 found",
    ]
