"""Lists: what a terminal sees, what a pipe gets."""

import json

import pytest

from cli.tables import Column, moment, number, write_rows
from cli.terminal import escaped
from tests.unit.cli.screen import on_terminal
from tests.unit.cli.test_terminal import HOSTILE

COLUMNS = (
    Column("name", "name", is_cut=True),
    Column("lines", "lines", number),
    Column("at", "at", moment, is_spare=True),
    Column("done", "done", in_table=False),
)
ROW = {"name": HOSTILE, "lines": 1234567, "at": "2026-03-05T06:07:08.9Z", "done": True}


def test_a_pipe_gets_all_columns_and_no_titles(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(COLUMNS, [ROW, {**ROW, "name": None}])
    first, second = capsys.readouterr().out.splitlines()
    assert first.split("\t") == [escaped(HOSTILE), "1234567", "2026-03-05T06:07:08.9Z", "true"]
    assert second.startswith("\t1234567\t")


def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**ROW, "name": "x" * 200}, {**ROW, "name": HOSTILE, "lines": None}]
    titles, first, second = on_terminal(monkeypatch, 100, lambda: write_rows(COLUMNS, rows))
    assert titles.split() == ["name", "lines", "at"]
    assert first.endswith("…  1,234,567  2026-03-05 06:07:08")
    assert second.split() == [escaped(HOSTILE), "-", "2026-03-05", "06:07:08"]
    assert max(map(len, (titles, first, second))) <= 100


NARROW = [
    (45, ["name", "lines", "at"], "xxxxxxxxxxxx…  1,234,567  2026-03-05 06:07:08"),
    (40, ["name", "lines"], "xxxxxxxxxxxxxxxxxxxxxxxxxxxx…  1,234,567"),
    (10, ["name", "lines"], "xxxxxxxxxxx…  1,234,567"),
]


@pytest.mark.parametrize(("width", "titles", "row"), NARROW)
def test_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, width: int, titles: list[str], row: str) -> None:
    lines = on_terminal(monkeypatch, width, lambda: write_rows(COLUMNS, [{**ROW, "name": "x" * 200}]))
    assert [lines[0].split(), lines[1]] == [titles, row]


def test_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(COLUMNS, [ROW], as_json=True)
    written = capsys.readouterr().out
    assert written.removesuffix("\n").isascii()
    assert written.removesuffix("\n").isprintable()
    assert json.loads(written) == ROW
