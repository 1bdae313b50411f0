"""What a line becomes, whatever stands beside it: alone, among lines of all kinds, and among many of another."""

from typing import Any

from shared.parsing.choice import stack
from shared.parsing.formats import text_formats
from shared.parsing.formats.plain import read_plain
from shared.parsing.frame import complete
from shared.parsing.hints import Reference
from shared.parsing.lines import split_lines
from tests.unit.shared.parsing.reading import RECEIVED_AT
from tests.unit.shared.parsing.samples import LEVELED_TABLES, SYSLOG_TABLES

REFERENCE = Reference(latest=RECEIVED_AT.replace(tzinfo=None))
COPIES = 300
BY_WHAT_IS_IN_THEM = [
    "2024-01-02 12:00:00 [140234567890123] INFO hello",
    "2024-01-02 12:00:00 [123] INFO hello",
    "2024-01-02 12:00:00 [12:34] INFO hello",
    "2024-01-02 12:00:00 [main:Foo.Bar@12] INFO hello",
    "2024-01-02 12:00:00 [a.b.C] INFO hello",
    "2024-01-02 12:00:00 [a.b.C] [7] [main:Foo.Bar@12] INFO hello",
    "2024-01-02 12:00:00 [pool-1-thread-2] INFO hello",
    "2024-01-02 12:00:00 [x=1] INFO hello",
    "2024-01-02 12:00:00 [-] INFO hello",
]
IN_TABLES = [line for cases in (*LEVELED_TABLES, *SYSLOG_TABLES) for line, _ in cases]
LINES = list(dict.fromkeys([*BY_WHAT_IS_IN_THEM, *IN_TABLES]))


def records(texts: list[str]) -> list[dict[str, Any]]:
    lines = split_lines("\n".join([*texts, ""]).encode(), first_line=1)
    taken = text_formats().assign(lines, REFERENCE)
    plain = [read_plain(taken.rest, REFERENCE)] if len(taken.rest) else []
    return stack([complete(frame) for frame in (*taken.read, *plain)]).sort("line_no").drop("line_no").to_dicts()


ALONE = {line: records([line])[0] for line in LINES}


def test_among_lines_of_all_kinds() -> None:
    assert dict(zip(LINES, records(LINES), strict=True)) == ALONE


def test_among_many_lines_of_another() -> None:
    for line, other in zip(LINES[::5], LINES[1::5], strict=False):
        assert records([line, *[other] * COPIES])[0] == ALONE[line], (line, other)


def test_those_in_brackets_among_many_of_each_other() -> None:
    for line in BY_WHAT_IS_IN_THEM:
        for other in BY_WHAT_IS_IN_THEM:
            assert records([line, *[other] * COPIES])[0] == ALONE[line], (line, other)
