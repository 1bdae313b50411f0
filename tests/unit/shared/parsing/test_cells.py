import polars as pl
import pytest

from shared.parsing.cells import with_kinds


def kinds(**columns: str) -> dict[str, str]:
    """What became of one row's columns."""
    (row,) = with_kinds(pl.DataFrame({name: [value] for name, value in columns.items()})).to_dicts()
    return {name: value for name, value in row.items() if value is not None}


CELLS = [
    (["INFO", "123", "main", "a.b.C"], {"level": "INFO", "pid": "123", "thread": "main", "logger": "a.b.C"}),
    (["web", "E"], {"logger": "web", "level": "E"}),
    (["pid 7", "app::db"], {"pid": "7", "logger": "app::db"}),
    (["123:456"], {"pid": "123", "thread": "456"}),
    (["0x7f12", "x=1"], {"thread": "0x7f12", "context": "x=1"}),
    (["", "-", "Worker"], {"thread": "Worker"}),
    (["a.b", "c.d", "e.f"], {"logger": "a.b", "context": "c.d", "column_3": "e.f"}),
]


@pytest.mark.parametrize(("cells", "expected"), CELLS)
def test_what_columns_are(cells: list[str], expected: dict[str, str]) -> None:
    assert kinds(**{f"column_{number}": cell for number, cell in enumerate(cells, start=1)}) == expected


RUNS = [
    (
        "[main] web-1 - ",
        "{x} (a.b.C:12): ",
        {"thread": "main", "hostname": "web-1", "logger": "x", "context": "a.b.C:12"},
    ),
    ("[http-1] [12]", "", {"thread": "http-1", "pid": "12"}),
]


@pytest.mark.parametrize(("before", "behind", "expected"), RUNS)
def test_runs_of_cells_are_cut(before: str, behind: str, expected: dict[str, str]) -> None:
    assert kinds(before=before, behind=behind) == expected


def test_what_is_known_already_stays() -> None:
    assert kinds(level="WARN", column_1="INFO") == {"level": "WARN", "logger": "INFO"}


def test_without_columns_nothing_changes() -> None:
    assert kinds(message="x") == {"message": "x"}
