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
    ("1 s", None),
    ("1s2", None),
    ("-1s", None),
    ("1e3", None),
    ("1x", None),
    ("\u0661", None),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_milliseconds(text: str, expected: float | None) -> None:
    assert milliseconds(text) == pytest.approx(expected)


def test_read_durations_reads_a_column() -> None:
    assert read_durations(pl.Series(["2s", None, "x", "2s"])).to_list() == [2000.0, None, None, 2000.0]
