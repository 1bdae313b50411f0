import json
import time
from datetime import UTC, datetime
from itertools import accumulate

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from shared.parsing import (
    FORMAT_NAMES,
    REASONS,
    RECORD_SCHEMA,
    REJECTED_SCHEMA,
    ParsedBatch,
    ParseHints,
    RecordBounds,
    UnknownFormat,
    UnknownTimezone,
    parse_batch,
)
from shared.parsing.continuations import look_at
from shared.severity import level_of
from tests.unit.shared.parsing.samples import BROKEN_LINES, JSON_LINES, TEXT_LINES

HINTS = ParseHints(received_at=datetime(2025, 11, 22, tzinfo=UTC))
FIRST_LINE = 41

ANY_LINE = st.one_of(
    st.sampled_from([line.encode() for line in (*TEXT_LINES, *JSON_LINES, *BROKEN_LINES)]),
    st.sampled_from(
        [b"", b"\r", b"{", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"a=", b"<1>", b"[", b"2024-01-01 00:00:00"]
    ),
    st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")),
)
BODIES = st.one_of(
    st.binary(max_size=400),
    st.lists(ANY_LINE, max_size=30).map(b"\n".join),
    st.lists(ANY_LINE, max_size=30).map(lambda lines: b"".join(line + b"\r\n" for line in lines)),
)
MUTATED = st.tuples(
    st.sampled_from([line.encode() for line in (*TEXT_LINES, *JSON_LINES)]), st.integers(0, 200), st.binary(max_size=3)
).map(lambda edit: edit[0][: edit[1]] + edit[2] + edit[0][edit[1] + 1 :])


def lines_of(body: bytes) -> list[bytes]:
    pieces = body.split(b"\n")
    return pieces if pieces[-1] else pieces[:-1]


def assert_accounts_for(parsed: ParsedBatch, body: bytes, first_line: int) -> None:
    """Each line once, in order, with its own bytes; columns of the promised types; nothing PostgreSQL refuses."""
    records, rejected = parsed.records, parsed.rejected
    assert dict(records.schema) == RECORD_SCHEMA
    assert dict(rejected.schema) == REJECTED_SCHEMA
    assert records["line_no"].is_sorted()
    assert rejected["line_no"].is_sorted()
    own_bytes = records.select(
        "line_no", pl.coalesce("raw", pl.col("message").cast(pl.Binary)).alias("raw"), "line_count"
    )
    every = pl.concat([own_bytes, rejected.select("line_no", "raw", "line_count")]).sort("line_no")
    lines = [raw.split(b"\n") for raw in every["raw"]]
    assert [line for record in lines for line in record] == lines_of(body)
    assert every["line_count"].to_list() == list(map(len, lines))
    assert every["line_no"].to_list() == list(accumulate(map(len, lines[:-1]), initial=first_line))[: len(lines)]
    assert len(lines_of(body)) == sum(parsed.format_counts.values())
    assert records["message"].null_count() == 0
    assert set(parsed.format_counts) <= FORMAT_NAMES
    assert set(rejected["reason"]) <= REASONS
    for column in records.select(pl.col(pl.String)):
        assert not column.str.contains("\0", literal=True).any()
    for attrs in records["attrs"].drop_nulls():
        assert isinstance(json.loads(attrs), dict)
        assert "\\u0000" not in attrs


@given(BODIES)
def test_any_bytes_are_accounted_for(body: bytes) -> None:
    assert_accounts_for(parse_batch(body, first_line=FIRST_LINE, hints=HINTS), body, FIRST_LINE)


@given(st.lists(MUTATED, min_size=1, max_size=10))
def test_lines_that_are_almost_of_a_format_are_accounted_for(lines: list[bytes]) -> None:
    body = b"\n".join(lines)
    assert_accounts_for(parse_batch(body, first_line=1, hints=HINTS), body, 1)


@given(BODIES, st.sampled_from(sorted(FORMAT_NAMES)), st.sampled_from(["Europe/Berlin", "-11:30"]))
def test_forced_formats_and_zones_account_for_any_bytes(body: bytes, name: str, zone: str) -> None:
    hints = ParseHints(format=name, timezone=zone)
    assert_accounts_for(parse_batch(body, first_line=FIRST_LINE, hints=hints), body, FIRST_LINE)


@given(st.lists(st.sampled_from([*TEXT_LINES, *JSON_LINES]), min_size=1, max_size=60), st.data())
def test_a_record_becomes_the_same_whatever_is_around_it(lines: list[str], data: st.DataObject) -> None:
    body = "".join(line + "\n" for line in lines).encode()
    whole = parse_batch(body, first_line=1, hints=HINTS).records
    first = data.draw(st.sampled_from(whole["line_no"].to_list()))
    parts = [lines[: first - 1], lines[first - 1 :]]
    bodies = ["".join(line + "\n" for line in part).encode() for part in parts]
    pieces = [
        parse_batch(body, first_line=first, hints=HINTS).records for body, first in zip(bodies, (1, first), strict=True)
    ]
    assert_frame_equal(pl.concat(pieces), whole)


def test_every_line_of_the_tables_in_one_batch() -> None:
    lines = [line for line in TEXT_LINES + JSON_LINES if not look_at(line).kind]
    together = parse_batch("\n".join(lines).encode(), first_line=2, hints=HINTS)
    alone = [parse_batch(line.encode() + b"\n", first_line=2, hints=HINTS).records for line in lines]
    assert_frame_equal(together.records.drop("line_no"), pl.concat(alone).drop("line_no"))
    assert set(together.format_counts) == FORMAT_NAMES - {"csv", "tsv", "mysql_slow"}  # under a header, or going on


def test_no_lines() -> None:
    parsed = parse_batch(b"", first_line=1, hints=HINTS)
    assert_accounts_for(parsed, b"", 1)
    assert parsed.format_counts == {}


def test_line_numbers_go_on_from_the_first() -> None:
    assert parse_batch(b"a\nb\n", first_line=1000, hints=HINTS).records["line_no"].to_list() == [1000, 1001]


def test_raw_is_left_out_where_the_message_has_the_same_bytes() -> None:
    records = parse_batch(b"same\nsame\r\nn\x00l\n2024-01-01 00:00:00 INFO x\n", first_line=1, hints=HINTS).records
    assert records["raw"].to_list() == [None, b"same\r", b"n\x00l", b"2024-01-01 00:00:00 INFO x"]


def test_a_forced_format_reads_nothing_else() -> None:
    body = b'{"a":1}\n<13>hi\n2024-01-01 00:00:00 INFO x\n'
    parsed = parse_batch(body, first_line=1, hints=ParseHints(format="leveled"))
    assert parsed.records["format"].to_list() == ["plain", "plain", "leveled"]


def test_unknown_hints_are_refused() -> None:
    with pytest.raises(UnknownFormat, match="logfmt"):
        parse_batch(b"", first_line=1, hints=ParseHints(format="xml"))
    with pytest.raises(UnknownTimezone, match="Nowhere"):
        parse_batch(b"", first_line=1, hints=ParseHints(timezone="Nowhere"))


LONG = 100_000
HARD_LINES = [
    *("a" * LONG, " " * LONG, "[" * LONG, "1" * LONG, "1." * (LONG // 2), "a=" * (LONG // 2), "a=1 " * (LONG // 4)),
    *('"' * LONG, "\\" * LONG, "{" * LONG, '{"a":' * (LONG // 5), "<1>" * (LONG // 3), "ERROR:" * (LONG // 6)),
    *("a-" * (LONG // 2) + " 2024", "::" * (LONG // 2), "2024-01-01 00:00:00 " * (LONG // 20)),
    "2024-01-01 00:00:00 INFO [" + "a " * (LONG // 2),
    "2024-01-01 00:00:00 " + "- | " * (LONG // 4),
    "Jun 14 10:00:00 host a (" + "a " * (LONG // 2),
    '1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "' + '\\"' * (LONG // 2),
    "<1>1 - - - - - [" + 'a="b" ' * (LONG // 6),
]


@pytest.mark.parametrize("line", HARD_LINES, ids=lambda line: f"{line[:20]}...")
def test_no_line_takes_more_than_linear_time(line: str) -> None:
    """Takes milliseconds; anything that backtracks would take minutes."""
    began = time.process_time()
    parsed = parse_batch(line.encode(), first_line=1, hints=HINTS)
    assert time.process_time() - began < 2
    assert len(parsed.records) + len(parsed.rejected) == 1


DATED = "2024-05-01 10:00:00 ERROR shop.Db: it failed"
SEVERAL_LINES = [
    # lines, message, level
    (f"{DATED}\nValueError: x\n  at 10.0.0.7\n\n", "it failed\nValueError: x\n  at 10.0.0.7", "error"),
    ("2024-05-01 10:00:00 INFO up\n  more", "up\n  more", "info"),
    ("Started\n  more", "Started\n  more", "unknown"),
    ('Traceback (most recent call last):\n  File "a"\nValueError', None, "error"),
    ("shop.OldWarning: x\n  more", "shop.OldWarning: x\n  more", "warn"),
    ("panic: x\n\ngoroutine 1 [running]:", "x\n\ngoroutine 1 [running]:", "fatal"),
    ('{\n  "msg": "hi",\n  "level": "warn"\n}', "hi", "warn"),
    ("{\n  not json\n}", "{\n  not json\n}", "unknown"),
    ('2024-05-01T10:00:00.5Z stdout P {"msg":\n2024-05-01T10:00:00.5Z stdout F "hi","level":"warn"}', "hi", "warn"),
]


@pytest.mark.parametrize(("lines", "message", "level"), SEVERAL_LINES)
def test_records_of_several_lines(lines: str, message: str | None, level: str) -> None:
    parsed = parse_batch(lines.encode(), first_line=7, hints=HINTS)
    (record,) = parsed.records.to_dicts()
    assert record["line_no"] == 7
    assert record["line_count"] == len(lines_of(lines.encode())) == sum(parsed.format_counts.values())
    assert level_of(record["severity"]) == level
    assert record["message"] == (message or lines)
    assert record["client_ip"] is None
    assert record["raw"] == (None if record["message"] == lines else b"\n".join(lines_of(lines.encode())))


def test_objects_over_lines_do_not_disturb_each_other() -> None:
    body = b'{\n  "a": {\n    "b": 1\n  }\n}\n{"c":2}\n{\n  "d": [\n    3\n  ]\n}\n'
    records = parse_batch(body, first_line=1, hints=HINTS).records
    attrs = [json.loads(text) for text in records["attrs"]]
    assert attrs == [{"a": {"b": 1}}, {"c": 2}, {"d": [3]}]
    assert records["message"].to_list() == ['{\n  "a": {\n    "b": 1\n  }\n}', '{"c":2}', '{\n  "d": [\n    3\n  ]\n}']


def test_a_broken_object_over_lines_is_rejected_whole() -> None:
    body = b'{\n  "a": 1,\n  "b":\n}\nnext\n'
    parsed = parse_batch(body, first_line=7, hints=HINTS)
    (rejected,) = parsed.rejected.drop("detail").to_dicts()
    assert rejected == {
        **{"line_no": 7, "line_count": 4, "reason": "invalid_json", "raw": body.removesuffix(b"\nnext\n")},
        "format": "json",
    }
    assert parsed.records["line_no"].to_list() == [11]


def test_records_are_bounded() -> None:
    body = b"a\n" + b"  b\n" * 9
    parsed = parse_batch(body, first_line=1, hints=HINTS, bounds=RecordBounds(lines=4))
    assert parsed.records["line_count"].to_list() == [4, 4, 2]
