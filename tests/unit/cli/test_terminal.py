"""What reaches a terminal: nothing it obeys. Fields, notes and questions."""

import io
from typing import Any

import pytest

from cli.terminal import Unconfirmed, confirm, counted, escaped, note, printable, write_fields
from tests.unit.cli.screen import on_terminal

HOSTILE = "a\x1b]0;title\x07\n\u202eb\x9b2J\x7f"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain, größer, 日本", "plain, größer, 日本"),
        (HOSTILE, r"a\x1b]0;title\x07\n\u202eb\x9b2J\x7f"),
        ("a\tb", r"a\tb"),
        ("\ud800\udcff", r"\ud800\udcff"),
        (None, ""),
        (7, "7"),
    ],
)
def test_nothing_is_left_for_a_terminal_to_obey(value: object, expected: str) -> None:
    assert escaped(value) == expected
    assert escaped(value).isprintable()


def test_what_is_kept() -> None:
    assert escaped("a\tb\x1b", keep="\t") == "a\tb\\x1b"


def test_printable_keeps_every_column() -> None:
    assert printable("a\x1b\x07\u202eb\n") == "a···b·"


FIELDS: dict[str, Any] = {"name": HOSTILE, "is_set": False, "none": None, "counts": {"ä\x1b": 1}}


def test_fields(capsys: pytest.CaptureFixture[str]) -> None:
    write_fields(FIELDS)
    written = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    expected = [escaped(HOSTILE), "false", "", r'{"\u00e4\u001b": 1}']
    assert written == [list(pair) for pair in zip(FIELDS, expected, strict=True)]


def test_fields_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = on_terminal(monkeypatch, 100, lambda: write_fields(FIELDS))
    assert lines[1:3] == ["is_set  false", "none"]


@pytest.mark.parametrize(("count", "expected"), [(0, "0 lines"), (1, "1 line"), (2000, "2,000 lines")])
def test_counts_in_words(count: int, expected: str) -> None:
    assert counted(count, "line") == expected


def test_notes_keep_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    note("one [bold]\ntwo \x1b[2J")
    assert capsys.readouterr().err == "one [bold]\ntwo \\x1b[2J\n"


def test_yes_is_not_asked() -> None:
    confirm("Delete it?", yes=True)


@pytest.mark.parametrize(
    ("answer", "said"), [("n\n", "nothing was done"), ("\n", "nothing was done"), ("", "nobody answered")]
)
def test_no_is_no(monkeypatch: pytest.MonkeyPatch, answer: str, said: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    with pytest.raises(Unconfirmed, match=said):
        confirm("Delete it?", yes=False)
