"""A canary's lines: as many as wanted, each known by its mark, none like another's."""

import json
from datetime import UTC, datetime

import pytest

from cli.canary.lines import FEWEST_LINES, TRACE_LINES, known_lines

AT = datetime(2026, 3, 5, 6, 7, 8, 123456, UTC)
MARKER = "canary-0123abcd-r7"


@pytest.mark.parametrize("count", [FEWEST_LINES, 11, 50, 10_000])
def test_every_line_has_a_mark_of_its_own(count: int) -> None:
    known = known_lines(MARKER, count, AT)
    assert len(known.texts) == count
    assert known.numbered((0, text) for text in known.texts) == {
        number: [text] for number, text in enumerate(known.texts, 1)
    }
    assert sum(known.levels.values()) == count - TRACE_LINES + 1
    assert known.content.decode().split("\n") == [*known.texts, ""]


def test_the_formats_take_turns_and_a_trace_ends_them() -> None:
    texts = known_lines(MARKER, FEWEST_LINES, AT).texts
    assert json.loads(texts[0]) == {
        "time": "2026-03-05T06:07:08+00:00",
        "level": "info",
        "message": f"{MARKER}-n1 sings",
        "logger": "canary",
    }
    assert texts[1] == f'time=2026-03-05T06:07:08+00:00 level=warn msg="{MARKER}-n2 sings less" logger=canary'
    assert texts[2].startswith(f'203.0.113.7 - - [05/Mar/2026:06:07:08 +0000] "GET /{MARKER}-n3 HTTP/1.1" 200 ')
    assert texts[3] == f"2026-03-05T06:07:08+00:00 INFO {MARKER}-n4 sings again"
    assert texts[-TRACE_LINES].startswith("2026-03-05T06:07:08+00:00 ERROR ")
    assert [text.startswith(("java.", "\tat ", "Caused by: ")) for text in texts[-TRACE_LINES:]] == [False, *[True] * 4]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"{MARKER}-n3 sings", 3),
        (f"GET /{MARKER}-n12 HTTP", 12),
        (f"{MARKER}1-n3 of another round", 99),
        ("canary-ffffffff-r7-n3 of another canary", 99),
        ("no mark at all", 99),
    ],
)
def test_a_text_is_known_by_its_mark_or_else_by_its_place(text: str, number: int) -> None:
    assert known_lines(MARKER, FEWEST_LINES, AT).numbered([(99, text)]) == {number: [text]}
