import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.parsing.headers import LONGEST_BYTES, HeaderTracker, headers_in, read_header

FIRST_LINES: list[tuple[str, str | None, tuple[str, ...]]] = [
    ("timestamp,level,message", "csv", ("timestamp", "level", "message")),
    ('"time";"level";"text of it"', "csv", ("time", "level", "text of it")),
    ("Time, Level, Host", "csv", ("Time", "Level", "Host")),
    (",timestamp,value,unit", "csv", ("column_1", "timestamp", "value", "unit")),
    ("time\tlevel\tmessage", "tsv", ("time", "level", "message")),
    ("time|message", "csv", ("time", "message")),
    ("ts,a,A", None, ()),
    ("time,value", None, ()),
    ("a,b,c", None, ()),
    ("2024-03-05,level,message", None, ()),
    ("2024-03-05 08:09:10,123 INFO a, b", None, ()),
    ("it failed, level, by user", "csv", ("it failed", "level", "by user")),
    ("could not open the file of, level, message", None, ()),
    ("message", None, ()),
    ("", None, ()),
    (",,,", None, ()),
    ('time,level,"message', None, ()),
    ('time,level,"mess\\age"', None, ()),
    ('{"time":1,"level":2}', None, ()),
    ("version account-id interface-id srcaddr dstaddr", "aws_vpc_flow", ()),
    ("version status start end", None, ()),
    ("#Fields: date time c-ip", "w3c", ("date", "time", "c-ip")),
    ("#Fields: date-time,client-ip", "w3c", ("date-time", "client-ip")),
    ("#Fields: date time x-edge-location", "aws_cloudfront", ("date", "time", "x-edge-location")),
    ("#Fields: date date Date", "w3c", ("date", "date_2", "Date_3")),
    ("#Fields: date", None, ()),
    ('#Fields: date "time"', None, ()),
    ("#fields: date time", None, ()),
]

LINES = st.sampled_from(
    [
        *(b"timestamp,level,message", b"2024-03-05 08:09:10,INFO,a", b"a\tb", b"", b"\xef\xbb\xbflevel,message"),
        *(
            b"#Fields: date time c-ip",
            b"#Fields: c-ip x",
            b"#Fields:",
            b" #Fields: a b",
            b"x #Fields: a b",
            b"#Fields: \xe9 b",
        ),
        *(b"\xef\xbb\xbf#Fields: a b", b"#Fields: " + b"a b " * LONGEST_BYTES, b"version account-id start end"),
    ]
)


@pytest.mark.parametrize(("line", "name", "names"), FIRST_LINES)
def test_what_a_line_names(line: str, name: str | None, names: tuple[str, ...]) -> None:
    header = read_header(line)
    assert (header.format if header else None) == name
    if header and names:
        assert header.names == names


@pytest.mark.parametrize(("forced", "line"), [("csv", "1,2 3"), ("csv", "1\t2 3"), ("tsv", "1\t2 3")])
def test_a_forced_format_makes_any_values_names(forced: str, line: str) -> None:
    header = read_header(line, forced)
    assert header is not None
    assert (header.format, header.names) == (forced, ("1", "2 3"))


def test_a_forced_format_of_another_kind_has_no_header() -> None:
    assert read_header("time,level,message", "json") is None
    assert read_header("time,level,message", "tsv") is None


@given(
    st.lists(LINES, max_size=12), st.sampled_from([b"\n", b"\r\n"]), st.sampled_from([None, "csv", "w3c"]), st.data()
)
def test_the_tracker_tells_what_a_look_at_the_whole_input_does(
    lines: list[bytes], line_end: bytes, forced: str | None, data: st.DataObject
) -> None:
    """For any cut between lines: a piece begins under the last header of all that came before it."""
    pieces = [line + line_end for line in lines]
    tracker = HeaderTracker(forced)
    done = 0
    while done < len(pieces):
        count = data.draw(st.integers(1, len(pieces) - done))
        found = headers_in(b"".join(pieces[:done]), 1, forced)
        expected = found[-1][1] if found else None
        assert tracker.before(b"".join(pieces[done : done + count])) == (expected.text if expected else None)
        done += count


def test_parts_of_one_long_line_begin_no_line() -> None:
    tracker = HeaderTracker()
    assert [tracker.before(part) for part in (b"a,b", b"#Fields: a b\n", b"c\n")] == [None, None, None]
    assert [tracker.before(part) for part in (b"x", b"y\n#Fields: a b\n", b"")] == [None, None, "#Fields: a b"]


def test_a_header_may_be_as_long_as_this() -> None:
    line = b"#Fields: " + b"a" * (LONGEST_BYTES - 11) + b" b"
    assert len(line) == LONGEST_BYTES
    for longer, expected in ((b"", line.decode()), (b"b", None)):
        tracker = HeaderTracker()
        tracker.before(line + longer + b"\n")
        assert tracker.before(b"x\n") == expected


def test_many_directives_take_linear_time() -> None:
    began = time.process_time()
    body = b"#Fields: a b\nx #Fields: a b\n" * 40_000 + b"x #Fields:" * 40_000
    assert len(headers_in(body, 1)) == 40_001  # the first line is one in both respects
    HeaderTracker().before(body)
    assert time.process_time() - began < 2
