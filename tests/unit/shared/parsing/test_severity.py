import polars as pl
import pytest

from shared.parsing.severity import (
    ANY_LEVEL,
    SPELLINGS,
    UPPER_LEVEL,
    severity_of_priorities,
    severity_of_statuses,
    severity_of_words,
)
from shared.severity import level_of

WORDS = [
    ("trace", "trace"),
    ("Verbose", "trace"),
    ("DEBUG", "debug"),
    ("dBg", "debug"),
    ("Information", "info"),
    ("notice", "info"),
    ("WARNING", "warn"),
    ("err", "error"),
    ("SEVERE", "error"),
    ("critical", "fatal"),
    ("emerg", "fatal"),
    ("message", "unknown"),
    ("", "unknown"),
]


@pytest.mark.parametrize(("word", "level"), WORDS)
def test_level_words(word: str, level: str) -> None:
    assert level_of(severity_of_words(pl.Series([word]))[0]) == level


def test_priorities_are_syslogs() -> None:
    priorities = pl.Series(["0", "34", "165", "191", "192", "007", None])
    assert severity_of_priorities(priorities).to_list() == [21, 18, 10, 5, None, None, None]


def test_statuses_stand_for_severities() -> None:
    statuses = pl.Series([101, 204, 302, 404, 500, None], dtype=pl.Int16)
    assert severity_of_statuses(statuses).to_list() == [9, 9, 9, 13, 17, None]


def test_every_level_that_is_matched_is_known() -> None:
    words = pl.Series(sorted(SPELLINGS))
    upper = words.filter(words.str.contains(f"^{UPPER_LEVEL}$"))
    in_any_case = words.filter(words.str.contains(f"^{ANY_LEVEL}$"))
    assert len(upper) > 25
    assert len(in_any_case) > 3 * 20
    assert severity_of_words(pl.concat([upper, in_any_case])).null_count() == 0
