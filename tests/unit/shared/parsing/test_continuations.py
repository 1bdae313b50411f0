import re
import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.parsing.continuations import POSSIBLE, POSTGRES_DETAIL, RecordBounds, RecordLines, Sight, look_at

POD = "2024-05-01T10:00:00.123456789Z stdout "
KINDS = [
    ("", ""),
    ("text", ""),
    ("2024-05-01 10:00:00 x", ""),
    ("  2024-05-01 10:00:00 x", ""),
    ("  x", "indented"),
    ("\tat a.B.c(B.java:1)", "frame"),
    (" \t ", "blank"),
    ("{", "brace"),
    ("{}", ""),
    ("},", "closing"),
    ('"}', "closing"),
    ("Caused by: x", "cause"),
    ("java.lang.Error", "exception"),
    ("App\\Sold\\SoldOutException: x", "exception"),
    ("ActiveRecord::RecordNotFound (x)", "exception"),
    ("shop.DeprecationWarning: x", "exception"),
    ("KeyboardInterrupt", "exception"),
    ("Error: x", "exception"),
    ("error: x", ""),
    ("Warning: x", ""),
    ("Errors: x", ""),
    ("at noon", ""),
    ("#7 more", "stack"),
    ("main.main()", "late"),
    ("it was main (not other)", ""),
    ("use of it", ""),
    ("[7] DETAIL:  x", "postgres_detail"),
    (f"{POD}F   x", "indented"),
    ("web-1  |   x", "indented"),
    ("web  |   x", ""),
]


KINDS_OF_LONG = [
    ("  x" + "y" * 5000, "indented"),
    ("  at a.B(" + "y" * 5000, "frame"),
    ('  {"a":"' + "y" * 5000 + '"} ', ""),
    ('  {"a":"' + "y" * 5000, "indented"),
    (" " * 5000, "indented"),
    ("}" * 5000, ""),
    ("ValueError: " + "y" * 5000, "exception"),
    ("y" * 2500 + " DETAIL:  " + "x" * 2500, ""),
    (f"{POD}F   " + "y" * 5000, "indented"),
]


@pytest.mark.parametrize(("text", "kind"), KINDS_OF_LONG)
def test_of_a_long_line_both_ends_tell(text: str, kind: str) -> None:
    sight = look_at(text)
    assert sight.kind == kind
    assert text.endswith(sight.content)


@pytest.mark.parametrize(("text", "kind"), KINDS[1:])
def test_kinds(text: str, kind: str) -> None:
    assert look_at(text).kind == kind


PARTS = [
    *(text for text, _ in KINDS),
    POD,
    "F ",
    "P ",
    "db-1 | ",
    " ",
    "\t",
    ":",
    "(",
    ")",
    "1",
    "x",
    ".",
    "{",
    "#",
    "\u00e9",
]
TEXTS = st.lists(st.sampled_from(PARTS), max_size=5).map("".join)
MAY_GO_ON = re.compile(f"{POSSIBLE}|{POSTGRES_DETAIL}")


@given(TEXTS)
def test_whatever_may_go_on_is_possible(text: str) -> None:
    sight = look_at(text)
    possible = pl.Series([text]).str.contains(POSSIBLE) | pl.Series([text]).str.contains(POSTGRES_DETAIL)
    assert possible[0] or not (sight.kind or sight.is_partial)
    assert possible[0] == bool(MAY_GO_ON.search(text))


@given(st.lists(TEXTS, min_size=1, max_size=12))
def test_what_surely_begins_a_record_does(texts: list[str]) -> None:
    record = RecordLines(RecordBounds())
    before: Sight | None = None
    for text in texts:
        line = look_at(text)
        if record.goes_on(line, len(text)):
            assert before is not None
            assert not line.begins_surely(before)
        else:
            record.begin(line, len(text))
        before = line


LONG = 200_000
HARD = [
    *(
        "a" * LONG,
        " " * LONG,
        "a." * LONG,
        "a.b(" * LONG,
        "a-1" * LONG,
        "-1 " * LONG,
        "(" * LONG,
        "a(" * LONG,
        "::A" * LONG,
    ),
    *(
        "{" + "} " * LONG + "x",
        "thread '" + "' panicked" * LONG,
        "PHP  " + " " * LONG,
        "a:1" * LONG,
        "[" * LONG,
        "Error" * LONG,
    ),
    *("DETAIL: " * LONG, "1 2 3 [" * LONG, "AError (" * LONG, "from " + "a.rb:1" * LONG, "use " + ";" * LONG),
]


@pytest.mark.parametrize("text", HARD, ids=lambda text: text[:12])
def test_no_line_takes_more_than_linear_time(text: str) -> None:
    began = time.process_time()
    record = RecordLines(RecordBounds())
    record.begin(look_at(text), len(text))
    record.goes_on(look_at("ValueError: x"), 14)
    assert not look_at(text).begins_surely(look_at("  x"))
    assert time.process_time() - began < 2
