import csv

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.parsing.separated import (
    Split,
    bracketed_words,
    delimited,
    forwarded_client,
    spaced,
    tabbed,
    unquoted,
    words,
)

COMMAS = delimited(",")
SPLITS: list[tuple[Split, str, list[str] | None]] = [
    (words, 'a "b c" - "" d', ["a", '"b c"', "-", '""', "d"]),
    (words, "[::1]:80 [a b]", ["[::1]:80", "[a", "b]"]),
    (bracketed_words, 'a [b c] "d [e" f', ["a", "[b c]", '"d [e"', "f"]),
    (spaced, "a  c", ["a", "", "c"]),
    (spaced, 'a "b c" d', ["a", '"b c"', "d"]),
    (spaced, 'a b" c', ["a", 'b"', "c"]),  # as many as expected: a quote is a character
    (spaced, 'a b" c d', None),
    (spaced, "a\tb c\td", ["a", "b c", "d"]),
    (tabbed, 'a\t"b\tc"\td', ["a", '"b\tc"', "d"]),
    (COMMAS, "a,b c,", ["a", "b c", ""]),
    (COMMAS, "", [""]),
    (COMMAS, 'a,"b, ""c""" , d', ["a", '"b, ""c"""', " d"]),
    (COMMAS, 'a,b"c,d', None),
    (COMMAS, 'a,"b,c', None),
    (delimited("|"), 'a|"b|c"|d', ["a", '"b|c"', "d"]),
]
VALUES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=6), min_size=2, max_size=5
)


@pytest.mark.parametrize(("split", "text", "values"), SPLITS)
def test_texts_to_values(split: Split, text: str, values: list[str] | None) -> None:
    others = ["x", 'a,"b",c', "a\tb\tc", 'x "y z" 1 2', '"']
    assert split(pl.Series("text", [text]), 3).to_list() == [values]
    assert split(pl.Series("text", [*others, text, *others]), 3).to_list()[len(others)] == values


@given(st.lists(VALUES, min_size=1, max_size=4), st.sampled_from([",", ";", "|"]))
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]], separator: str) -> None:
    lines: list[str] = []
    csv.writer(_Lines(lines), delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="").writerows(rows)
    lists = delimited(separator)(pl.Series("text", lines), len(rows[0]))
    assert [unquoted(values).to_list() for values in lists] == rows


class _Lines:
    """What csv.writer writes to: a line a call."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, line: str) -> None:
        self._lines.append(line)


def test_quotes_around_values() -> None:
    values = pl.Series(["a", '"a b"', '""', '"', '"say ""hi"""', 'a"b"', None])
    assert unquoted(values).to_list() == ["a", "a b", "", '"', 'say "hi"', 'a"b"', None]


def test_a_forwarded_client() -> None:
    forwarded = pl.Series(["10.1.2.3,+8.8.4.4", "8.8.4.4,%2010.0.0.1", None, "unknown"])
    peer = pl.Series(["10.0.0.9", None, "10.0.0.9", "10.0.0.9"])
    expected = ["10.1.2.3,8.8.4.4,10.0.0.9", "8.8.4.4,10.0.0.1", "10.0.0.9", "unknown,10.0.0.9"]
    assert forwarded_client(forwarded, peer).to_list() == expected
    assert forwarded_client(forwarded, None).to_list() == ["10.1.2.3,8.8.4.4", "8.8.4.4,10.0.0.1", None, "unknown"]
