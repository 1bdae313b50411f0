import polars as pl
import pytest

from shared.parsing.years import near

CASES: list[tuple[str | None, str | None, str | None]] = [
    ("2025-05-01T10:00:00", "2024-05-01T11:00:00", "2024-05-01T10:00:00"),
    ("2024-12-31T23:00:00", "2024-01-01T00:00:00", "2023-12-31T23:00:00"),
    ("2023-01-01T00:00:00", "2023-12-31T23:00:00", "2024-01-01T00:00:00"),
    ("2024-05-01T10:00:00", "2024-05-01T11:00:00", "2024-05-01T10:00:00"),
    ("2020-07-01T00:00:00", "2024-05-01T00:00:00", "2020-07-01T00:00:00"),
    ("2024-03-01T00:00:00", "2024-05-01T00:00:00", "2024-03-01T00:00:00"),
    ("0001-01-01T00:00:00", "9999-12-30T00:00:00", "0001-01-01T00:00:00"),
    (None, "2024-05-01T00:00:00", None),
    ("2024-05-01T00:00:00", None, "2024-05-01T00:00:00"),
]


def times(*texts: str | None) -> pl.Series:
    return pl.Series("logged_at", texts, dtype=pl.String).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_zone="UTC")


@pytest.mark.parametrize(("time", "other", "expected"), CASES)
def test_near(time: str | None, other: str | None, expected: str | None) -> None:
    assert near(times(time), times(other)).to_list() == times(expected).to_list()


def test_near_looks_at_each_by_itself() -> None:
    columns = [times(*texts) for texts in zip(*CASES, strict=True)]
    assert near(columns[0], columns[1]).to_list() == columns[2].to_list()
