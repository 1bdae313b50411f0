"""What a look means: a line is read back, late, missing, doubled or altered, and counts once for each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.canary.lines import FEWEST_LINES, known_lines
from cli.canary.rounds import Limits, Look, Round, Texts, judge, news, sort_out

KNOWN = known_lines("canary-0123abcd-r1", FEWEST_LINES, datetime(2026, 3, 5, tzinfo=UTC))
ALL = frozenset(range(1, FEWEST_LINES + 1))
LIMITS = Limits(late_seconds=10, missing_seconds=100)
WRITTEN = Round("job", KNOWN, written_at=1000, looked_at=1001)
READ_BACK = replace(WRITTEN, read_back=ALL, readable_after_seconds=2, looked_at=1002)
COUNTS = {
    "job": {"lines_read": FEWEST_LINES, "lines_stored": FEWEST_LINES, "lines_rejected": 0, "lines_dead_lettered": 0},
    "stats": dict(KNOWN.levels),
    "rollups": dict(KNOWN.levels),
}


def view(*numbers: int, **other: str) -> Texts:
    """These lines in this order; `n3="text"` says what line 3 is instead."""
    return [(place, other.get(f"n{number}", KNOWN.texts[number - 1])) for place, number in enumerate(numbers, 1)]


def look(lines: Texts, export: Texts | None, counts: Mapping[str, Any] | None = None) -> Look:
    return Look({"lines": lines, "export": export}, COUNTS if counts is None else counts)


WHOLE = view(*ALL)
SOME = view(*ALL - {3, 4})
GONE = Look({"lines": ()}, is_gone=True)
NOTHING = look([], None, {})

CASES: dict[str, tuple[Round, Look | None, float, dict[str, object]]] = {
    "all of it": (WRITTEN, look(WHOLE, WHOLE), 1002, {"read_back": ALL, "readable_after_seconds": 2}),
    "in another order": (WRITTEN, look(WHOLE[::-1], WHOLE), 1002, {"read_back": ALL, "readable_after_seconds": 2}),
    "nothing yet, in time": (WRITTEN, NOTHING, 1010, {}),
    "nothing yet, late": (WRITTEN, NOTHING, 1011, {"late": ALL}),
    "some of it in time": (WRITTEN, look(SOME, SOME), 1002, {"read_back": ALL - {3, 4}}),
    "some of it, the rest late": (WRITTEN, look(SOME, SOME), 1011, {"read_back": ALL - {3, 4}, "late": {3, 4}}),
    "not in every view": (WRITTEN, look(WHOLE, SOME), 1002, {"read_back": ALL - {3, 4}}),
    "a view that cannot be had": (WRITTEN, look(WHOLE, None), 1011, {"late": ALL}),
    "late, and there at last": (
        replace(WRITTEN, late=ALL, watched_seconds=50),
        look(WHOLE, WHOLE),
        1060,
        {"read_back": ALL, "readable_after_seconds": 60},
    ),
    "late already": (replace(WRITTEN, late=ALL), NOTHING, 1020, {}),
    "given up": (replace(WRITTEN, late=ALL), look(SOME, SOME), 1101, {"read_back": ALL - {3, 4}, "missing": {3, 4}}),
    "given up, and there after all": (
        replace(WRITTEN, late=ALL, missing=ALL),
        look(WHOLE, WHOLE),
        1200,
        {"read_back": ALL, "readable_after_seconds": 200},
    ),
    "read back once more": (READ_BACK, look(WHOLE, WHOLE), 1060, {}),
    "lost after it was read back": (READ_BACK, look(SOME, WHOLE), 1003, {"missing": {3, 4}}),
    "lost, and the export breaks off": (READ_BACK, look(SOME, None), 1003, {"missing": {3, 4}}),
    "read back, and the export breaks off": (READ_BACK, look(WHOLE, None), 1003, {}),
    "lost already": (replace(READ_BACK, missing=frozenset({3, 4})), look(SOME, SOME), 1060, {}),
    "the job is gone": (READ_BACK, GONE, 1003, {"missing": ALL}),
    "the job is gone before it was read": (WRITTEN, GONE, 1003, {"missing": ALL}),
    "twice in one view": (READ_BACK, look(view(*ALL, 2), WHOLE), 1003, {"doubled": {2}}),
    "twice before it was read back": (
        WRITTEN,
        look(view(*ALL, 2), WHOLE),
        1002,
        {"doubled": {2}, "read_back": ALL, "readable_after_seconds": 2},
    ),
    "twice still": (replace(READ_BACK, doubled=frozenset({2})), look(view(*ALL, 2), WHOLE), 1060, {}),
    "another text": (READ_BACK, look(WHOLE, view(*ALL, n4=f"{KNOWN.marker}-n4 squawks")), 1003, {"altered": {4}}),
    "its mark gone": (READ_BACK, look(view(*ALL, n4="squawk"), WHOLE), 1003, {"altered": {4}}),
    "twice, once altered": (
        READ_BACK,
        look([*WHOLE, (4, f"{KNOWN.marker}-n4 squawks")], WHOLE),
        1003,
        {"altered": {4}, "doubled": {4}},
    ),
    "no answer": (WRITTEN, None, 5000, {}),
}
NO_NEWS: dict[str, object] = {
    **dict.fromkeys(("read_back", "late", "missing", "doubled", "altered", "wrong_counts"), frozenset()),
    "readable_after_seconds": None,
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_look_brings(case: str) -> None:
    before, found, now, expected = CASES[case]
    told = news(before, judge(before, found, now, LIMITS))
    assert {name: getattr(told, name) for name in NO_NEWS} == {**NO_NEWS, **expected}


@pytest.mark.parametrize(
    ("source", "told", "wrong"),
    [
        ("job", {**COUNTS["job"], "lines_stored": 2 * FEWEST_LINES}, True),
        ("job", {**COUNTS["job"], "lines_rejected": 1}, True),
        ("stats", {**COUNTS["stats"], "error": 2}, True),
        ("stats", {**COUNTS["stats"], "unknown": 1}, True),
        ("rollups", {}, True),
        ("rollups", {level: 2 * count for level, count in KNOWN.levels.items()}, True),
        ("rollups", dict(reversed(COUNTS["rollups"].items())), False),
    ],
)
def test_counts_have_to_be_what_was_written(source: str, told: dict[str, int], wrong: bool) -> None:
    found = look(WHOLE, WHOLE, {**COUNTS, source: told})
    first = judge(WRITTEN, found, 1002, LIMITS)
    assert news(WRITTEN, first).wrong_counts == ({source} if wrong else set())
    assert first.is_wrong == wrong
    assert news(first, judge(first, found, 1003, LIMITS)).wrong_counts == set()


@pytest.mark.parametrize(
    ("answered", "late"),
    [([True] * 12, True), ([False] * 12, False), ([False] * 11 + [True], False), ([True, False] * 6, False)],
)
def test_time_without_an_answer_makes_nothing_late(answered: list[bool], late: bool) -> None:
    current = WRITTEN
    for second, has_answer in enumerate(answered, 1002):
        current = judge(current, NOTHING if has_answer else None, second, LIMITS)
    assert bool(current.late) == late
    assert not current.missing


def rounds(states: str) -> list[Round]:
    """w waits, s is sound, x is wrong; numbered from 0."""
    made = {"w": WRITTEN, "s": READ_BACK, "x": replace(READ_BACK, doubled=frozenset({1}))}
    return [replace(made[state], job_id=f"{number}") for number, state in enumerate(states)]


def ids(found: Sequence[Round]) -> str:
    return "".join(each.job_id for each in found)


@pytest.mark.parametrize(
    ("states", "watched", "kept", "done"),
    [
        ("", "", "", ""),
        ("ss", "01", "", ""),
        ("sss", "12", "", "0"),
        ("wsss", "023", "", "1"),
        ("wwww", "0123", "", ""),
        ("sxs", "02", "1", ""),
        ("xxx", "", "12", "0"),
        ("xsxssx", "34", "25", "10"),
    ],
)
def test_the_last_ones_are_kept(states: str, watched: str, kept: str, done: str) -> None:
    found = sort_out(rounds(states), [], keep=2)
    assert (ids(found.watched), ids(found.kept), ids(found.done)) == (watched, kept, done)


def test_wrong_ones_give_way_to_newer_wrong_ones() -> None:
    before = [replace(each, job_id=f"old {each.job_id}") for each in rounds("xx")]
    found = sort_out(rounds("xss"), before, keep=2)
    assert [each.job_id for each in found.kept] == ["old 1", "0"]
    assert [each.job_id for each in found.done] == ["old 0"]
