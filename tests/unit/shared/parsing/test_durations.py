import polars as pl
import pytest

from shared.parsing.durations import milliseconds, read_durations

CASES = [
    ("12", 12.0),
    ("12.5", 12.5),
    ("12.5ms", 12.5),
    ("250\u00b5s", 0.25),
    ("250us", 0.25),
    ("1500000ns", 1.5),
    ("1.5s", 1500.0),
    ("1m2.5s", 62500.0),
    ("1h0m1s", 3601000.0),
    ("", None),
    ("s", None),
    ("1 s", 1000.0),
    ("250 milliseconds", 250.0),
    ("1 minute, 2 seconds", 62000.0),
    ("3\u03bcs", 0.003),
    ("PT0.5S", 500.0),
    ("P1DT2H3M4S", 93784000.0),
    ("00:00:01.5000000", 1500.0),
    ("1.02:03:04", 93784000.0),
    ("PT", None),
    ("P", None),
    ("1:2", None),
    ("9" * 65, None),
    ("1e1000", None),
    ("1s2", None),
    ("-1s", None),
    ("1e3", 1000.0),
    ("1x", None),
    ("\u0661", None),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_milliseconds(text: str, expected: float | None) -> None:
    assert milliseconds(text) == pytest.approx(expected)


def test_numbers_are_of_the_unit_that_is_told() -> None:
    assert milliseconds("0.25", 1000.0) == 250.0
    assert milliseconds("250ms", 1000.0) == 250.0
    assert read_durations(pl.Series(["1500000", "2s"]), 1e-6).to_list() == [1.5, 2000.0]


def test_read_durations_reads_a_column() -> None:
    assert read_durations(pl.Series(["2s", None, "x", "2s"])).to_list() == [2000.0, None, None, 2000.0]
