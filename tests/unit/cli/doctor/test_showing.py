"""Findings in a terminal, in a pipe, as JSON."""

import json

import pytest

from cli.doctor.findings import Finding, bad, ok, unseen, warn
from cli.doctor.showing import show, verdict
from tests.unit.cli.screen import on_terminal

FINE = ok("clock", "as here")
BROKEN = bad("queue logs_ingest", "no worker consumes it", "start \x1b[31mone")
LOW = warn("nodes", "little space", "add some")
DARK = unseen("management", "not set", "set it")


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ([FINE, FINE], "2 checks, all well"),
        ([FINE, DARK], "1 check, all well; 1 could not be looked at"),
        ([FINE, BROKEN, LOW, DARK], "2 of 4 checks to mend; 1 could not be looked at"),
        ([BROKEN], "1 of 1 check to mend"),
    ],
)
def test_the_verdict(findings: list[Finding], said: str) -> None:
    assert verdict(findings) == said


def test_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = on_terminal(monkeypatch, 60, lambda: show([FINE, BROKEN], as_json=False))
    assert [line.rstrip() for line in lines] == [
        "state  check              found, and what to mend",
        "ok     clock              as here",
        "bad    queue logs_ingest  no worker consumes it",
        "                          \u2192 start \\x1b[31mone",
    ]


def test_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    show([FINE, BROKEN], as_json=False)
    told = capsys.readouterr()
    assert told.out == ("ok\tclock\tas here\t\nbad\tqueue logs_ingest\tno worker consumes it\tstart \\x1b[31mone\n")
    assert told.err == "1 of 2 checks to mend\n"


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    show([FINE, LOW], as_json=True)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"check": "clock", "state": "ok", "found": "as here", "mend": None},
        {"check": "nodes", "state": "warn", "found": "little space", "mend": "add some"},
    ]
