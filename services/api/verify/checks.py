"""One thing that has to hold of a job. Pure."""

from collections.abc import Collection, Sequence

from pydantic import BaseModel, Field

SHOWN = 3
"""So many of a kind are named; the others are counted."""


class Check(BaseModel):
    """What is told of a job, against what was found beneath it."""

    name: str
    expected: int | str | bool | None = Field(description="what is told")
    found: int | str | bool | None = Field(description="what the rows say")
    ok: bool
    detail: str | None = Field(description="where they differ, or why they cannot be compared")


def same(name: str, expected: int | str | bool, found: int | str | bool, detail: str | None = None) -> Check:
    """Holds where both are equal; the detail is for where they are not."""
    ok = expected == found
    return Check(name=name, expected=expected, found=found, ok=ok, detail=None if ok else detail)


def none_of(name: str, found: int, detail: str | None = None) -> Check:
    """Holds where there is none."""
    return same(name, 0, found, detail)


def some_of(items: Sequence[str] | Sequence[int], count: int | None = None) -> str:
    """The first of some items, and how many there are besides; `count` is how many there are where not all are given.

    >>> some_of([1, 2, 3, 4], 10)
    '1, 2, 3 and 7 more'
    """
    shown = ", ".join(str(item) for item in items[:SHOWN])
    more = (len(items) if count is None else count) - min(len(items), SHOWN)
    return f"{shown} and {more} more" if more > 0 else shown


def differences(expected: dict[str, int], found: dict[str, int]) -> list[str]:
    """Where two counts by value differ, in words."""
    values: Collection[str] = sorted({*expected, *found})
    return [
        f"{value}: {expected.get(value, 0)} told, {found.get(value, 0)} found"
        for value in values
        if expected.get(value, 0) != found.get(value, 0)
    ]
