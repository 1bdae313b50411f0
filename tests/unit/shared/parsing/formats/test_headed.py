from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from shared.parsing import ParseHints, parse_batch
from shared.parsing.headers import HeaderTracker
from tests.unit.shared.parsing.formats import test_aws_flows, test_delimited, test_w3c
from tests.unit.shared.parsing.reading import RECEIVED_AT

HINTS = ParseHints(received_at=RECEIVED_AT)
TABLES = (*test_w3c.ROWS, *test_delimited.CASES, *test_aws_flows.UNDER_HEADERS)
LINES = st.sampled_from(
    [
        *dict.fromkeys(line for header, row, _ in TABLES for line in (header, row)),
        *("plain text", "", "2024-03-05 08:09:10 INFO a.b: c", '{"a":1}', "#Fields:", "#Version: 1.0"),
        "2024-03-05 192.0.2.7 GET",
    ]
)


@settings(max_examples=50)
@given(st.lists(LINES, min_size=1, max_size=20), st.sampled_from([None, "csv", "w3c"]), st.data())
def test_any_cut_gives_the_same_records(lines: list[str], forced: str | None, data: st.DataObject) -> None:
    body = "".join(line + "\n" for line in lines).encode()
    hints = replace(HINTS, format=forced)
    whole = parse_batch(body, first_line=1, hints=hints).records
    tracker, pieces, done = HeaderTracker(forced), [], 0
    while done < len(lines):
        count = data.draw(st.integers(1, len(lines) - done))
        piece = "".join(line + "\n" for line in lines[done : done + count]).encode()
        under = replace(hints, header=tracker.before(piece))
        pieces.append(parse_batch(piece, first_line=done + 1, hints=under).records)
        done += count
    assert_frame_equal(pl.concat(pieces), whole)


@pytest.mark.parametrize(
    ("header", "row", "name"), [("#Fields: a b", "1 2", "w3c"), ("time,level,message", "1,2,3", "csv")]
)
def test_a_header_is_in_force_for_all_rows_below(header: str, row: str, name: str) -> None:
    body = "\n".join([header, *[row] * 2000]).encode()
    assert parse_batch(body, first_line=1, hints=HINTS).format_counts == {name: 2001}


def test_headers_that_come_again_and_again() -> None:
    """As IIS writes them at each restart."""
    lines = ["#Fields: date c-ip", "2024-03-05 192.0.2.7"] * 3000 + ["#Fields: c-ip date", "192.0.2.7 2024-03-05"]
    records = parse_batch("\n".join(lines).encode(), first_line=5, hints=HINTS).records
    assert records["client_ip"].to_list() == [None, "192.0.2.7"] * 3001
