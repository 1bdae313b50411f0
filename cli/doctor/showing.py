"""Findings as people, and programs, read them."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.doctor.findings import Finding, State, to_mend
from cli.tables import Column, write_rows
from cli.terminal import counted, escaped, note

COLUMNS = (Column("state", "state"), Column("check", "check"), Column("found", "found"), Column("to mend", "mend"))
STYLES = {State.ok: "green", State.warn: "yellow", State.bad: "bold red", State.unseen: "dim"}


def show(findings: Sequence[Finding], *, as_json: bool) -> None:
    """A table in a terminal, with what to mend below each; a line each elsewhere; and what it comes to."""
    if sys.stdout.isatty() and not as_json:
        _write_table(findings)
    else:
        write_rows(COLUMNS, map(asdict, findings), as_json=as_json)
    note(verdict(findings))


def verdict(findings: Sequence[Finding]) -> str:
    """All of it in a sentence."""
    states = Counter(finding.state for finding in findings)
    faults = len(to_mend(findings))
    well = f"{counted(states[State.ok], 'check')}, all well"
    told = f"{faults} of {counted(len(findings), 'check')} to mend" if faults else well
    return told + (f"; {states[State.unseen]} could not be looked at" if states[State.unseen] else "")


def _write_table(findings: Sequence[Finding]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("state", "check"):
        table.add_column(title, no_wrap=True)
    table.add_column("found, and what to mend")
    for each in findings:
        told = Text(escaped(each.found))
        if each.mend:
            told.append("\n\u2192 " + escaped(each.mend), style="bold")
        table.add_row(Text(each.state, style=STYLES[each.state]), Text(each.check), told)
    Console(highlight=False).print(table)
