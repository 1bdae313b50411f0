"""Whatever the bytes, however they come in and wherever they are cut: the same records, and no byte lost."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from services.api.batching import Batcher
from shared.parsing import ParsedBatch, ParseHints, RecordBounds, parse_batch
from shared.parsing.choice import FEW_LINES
from shared.parsing.formats import text_formats
from shared.parsing.headers import HeaderTracker
from shared.parsing.hints import Reference
from shared.parsing.lines import split_lines
from tests.unit.shared.parsing.samples import TEXT_LINES

HINTS = ParseHints(received_at=datetime(2025, 11, 22, tzinfo=UTC))
POD = "2024-05-01T10:00:00.123456789Z stdout "
LONGEST_LINE = 10_000

STARTS = [
    *(
        "2024-05-01 10:00:00,000 ERROR a.b: it failed",
        "Server started",
        "# Time: 2024-05-01T10:00:00.000000Z",
        "text: x",
    ),
    *('10.0.0.7 - - [01/May/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 5', '{"msg":"a","level":"warn"}', '{"a":', '{"a'),
    *("2024-05-01 10:00:00.123 UTC [77] ERROR:  no", "<13>May  1 10:00:00 host app[7]: hi", "panic: no", '{"a":1} x'),
    *("thread 'main' panicked at src/main.rs:2:5:", "time=2024-05-01T10:00:00Z level=info msg=hi", "user,time,status"),
    *("#Fields: date time cs-method cs-uri-stem sc-status", "2024-05-01 10:00:00 GET / 200", "Unhandled exception. A"),
]
FOLLOWERS = [
    *("", "  ", "  more", "\tat a.B.c(B.java:1)", "java.lang.IllegalStateException: x", "Caused by: a.B", "    ^"),
    *(
        "Traceback (most recent call last):",
        '  File "/a.py", line 3, in x',
        "ValueError: x",
        "shop.Sold",
        "goroutine 1 [r]:",
    ),
    *(
        "During handling of the above exception, another exception occurred:",
        "main.main()",
        "exit status 2",
        "#1 {main}",
    ),
    *(
        "{",
        '  "a": 1',
        "}",
        '"}',
        "  2024-05-01 10:00:00 INFO x",
        '  {"a":1}',
        "SET timestamp=1714557600;",
        "SELECT 1;",
    ),
    *("# User@Host: a[a] @ b []", "use shop;", "2024-05-01 10:00:00.123 UTC [77] DETAIL:  b", "[78] HINT:  c"),
    *(f"{POD}F {text}" for text in ("a", "  b", "{", "ValueError: x", "")),
    *(f"{POD}P {text}" for text in ("a", "  b", '{"a":')),
    *("  " + "z" * 1200, " " * 1200, '  {"a":"' + "q" * 1200 + '"}', f"{POD}P   " + "k" * 1200),
    *("web-1  | 2024-05-01 10:00:00 ERROR a", "web-1  |   b", "web-1  | ValueError: x", "db-1  |   c"),
]
BYTES = [
    b"\x00",
    b"\xff",
    b"\xe9",
    b"\xc3",
    b"\xa9",
    b"\r",
    b"\x1b[31m",
    b"\x1b]8;;",
    b"\xef\xbb\xbf",
    b" ",
    b"\xe2\x80\xa8",
]
LINE = st.one_of(
    st.sampled_from([text.encode() for text in STARTS]),
    st.sampled_from([text.encode() for text in FOLLOWERS]),
    st.tuples(
        st.sampled_from([text.encode() for text in (*STARTS, *FOLLOWERS)]), st.integers(0, 40), st.sampled_from(BYTES)
    ).map(lambda edit: edit[0][: edit[1]] + edit[2] + edit[0][edit[1] :]),
    st.binary(max_size=6).map(lambda line: line.replace(b"\n", b"")),
)
BODIES = st.tuples(st.lists(LINE, max_size=24), st.sampled_from([b"\n", b"\r\n"]), st.booleans()).map(
    lambda parts: parts[1].join(parts[0]) + (parts[1] if parts[2] and parts[0] else b"")
)
BOUNDS = st.builds(RecordBounds, lines=st.integers(1, 8), bytes=st.integers(20, 400)) | st.just(RecordBounds())
MANY_HINTS = st.builds(
    lambda name, charset: replace(HINTS, format=name, charset=charset),
    st.sampled_from([None, None, None, "json", "leveled", "plain", "csv"]),
    st.sampled_from([None, None, "cp1251", "shift_jis"]),
)


def lines_of(body: bytes) -> list[bytes]:
    pieces = body.split(b"\n")
    return pieces if pieces[-1] else pieces[:-1]


def chunks_of(body: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, *(cut for cut in cuts if cut < len(body)), len(body)})
    return [body[start:end] for start, end in pairwise(places)]


def parse_in_batches(
    chunks: list[bytes], batch_bytes: int, bounds: RecordBounds, hints: ParseHints
) -> list[ParsedBatch]:
    """As the api cuts and a worker reads it."""
    batcher = Batcher(batch_bytes=batch_bytes, max_line_bytes=LONGEST_LINE, bounds=bounds, charset=hints.charset)
    headers = HeaderTracker(hints.format, hints.charset)
    pieces = [piece for chunk in chunks for piece in batcher.feed(chunk)] + list(batcher.flush())
    told = [replace(hints, header=headers.before(piece.body)) for piece in pieces]
    return [
        parse_batch(piece.body, first_line=piece.first_line, hints=own, bounds=bounds)
        for piece, own in zip(pieces, told, strict=True)
    ]


def own_bytes(parsed: ParsedBatch) -> list[bytes]:
    """Of all records and rejected lines, in order."""
    records = parsed.records.select("line_no", pl.coalesce("raw", pl.col("message").cast(pl.Binary)).alias("raw"))
    every = pl.concat([records, parsed.rejected.select("line_no", "raw")]).sort("line_no")
    return [line for raw in every["raw"] for line in raw.split(b"\n")]


@settings(max_examples=150)
@given(
    body=BODIES, cuts=st.lists(st.integers(0, 1500)), batch_bytes=st.integers(1, 600), bounds=BOUNDS, hints=MANY_HINTS
)
@example(
    body=b"2024-05-01 10:00:00 ERROR x\n" + b"  more\n" * 30,
    cuts=[9],
    batch_bytes=64,
    bounds=RecordBounds(),
    hints=HINTS,
)
def test_any_chunks_and_any_batch_size_give_the_same_records(
    body: bytes, cuts: list[int], batch_bytes: int, bounds: RecordBounds, hints: ParseHints
) -> None:
    whole = parse_batch(body, first_line=1, hints=hints, bounds=bounds)
    parts = parse_in_batches(chunks_of(body, cuts), batch_bytes, bounds, hints)
    assert_frame_equal(pl.concat([whole.records.clear(), *(part.records for part in parts)]), whole.records)
    assert_frame_equal(pl.concat([whole.rejected.clear(), *(part.rejected for part in parts)]), whole.rejected)


@settings(max_examples=150)
@given(body=st.one_of(BODIES, st.binary(max_size=300)), bounds=BOUNDS, hints=MANY_HINTS)
def test_no_bytes_break_parsing_and_none_are_lost(body: bytes, bounds: RecordBounds, hints: ParseHints) -> None:
    parsed = parse_batch(body, first_line=1, hints=hints, bounds=bounds)
    assert own_bytes(parsed) == lines_of(body)
    counts = [*parsed.records["line_count"], *parsed.rejected["line_count"]]
    assert sum(counts) == len(lines_of(body)) == sum(parsed.format_counts.values())
    assert max(counts, default=1) <= bounds.lines


MUTATED = st.tuples(
    st.sampled_from([line for line in TEXT_LINES if line and "\n" not in line]),
    st.integers(0, 200),
    st.integers(0, 3),
    st.sampled_from(["", "", *'"{}[]\\=:0Z.,-Aa\t |', " ", "  ", "a[b"]),
).map(lambda edit: edit[0][: edit[1]] + edit[3] + edit[0][edit[1] + edit[2] :])
BEYOND_FEW = FEW_LINES + 20


@settings(max_examples=40)
@given(texts=st.lists(MUTATED, min_size=1, max_size=60))
@example(texts=['192.0.2.7 - a[b [05/Mar/2024:08:09:10 +0000] "GET /a HTTP/1.1" 200 5 "-" "x"'])
@example(texts=['192.0.2.7 -  [05/Mar/2024:08:09:10 +0000] "GET /a HTTP/1.1" 200 5 "-" "x"'])
def test_a_line_that_a_choice_reads_is_claimed_by_it(texts: list[str]) -> None:
    lines = split_lines("\n".join([*texts, ""]).encode(), first_line=1)
    for choice in text_formats().choices:
        claimed = set(lines.filter(lines["text"].str.contains(choice.claim))["text"])
        read = {line_no for frame in choice.take(lines, Reference()).read for line_no in frame["line_no"]}
        assert set(lines.filter(lines["line_no"].is_in(list(read)))["text"]) <= claimed


@settings(max_examples=40)
@given(
    many=st.sampled_from(TEXT_LINES).filter(lambda line: "\n" not in line),
    others=st.lists(MUTATED, max_size=20),
    alike=st.tuples(st.integers(0, 200), st.sampled_from(["", "a[b", " ", '"', "<.", "-"])),
)
@example(
    many='192.0.2.7 - - [05/Mar/2024:08:09:10 +0000] "GET /a HTTP/1.1" 200 5 "-" "x"',
    others=['192.0.2.7 - a[b [05/Mar/2024:08:09:10 +0000] "GET /a HTTP/1.1" 200 5 "-" "x"'],
    alike=(0, ""),
)
def test_a_line_among_many_of_a_kind_is_what_it_is_in_a_small_batch(
    many: str, others: list[str], alike: tuple[int, str]
) -> None:
    place, inserted = alike
    texts = [*[many] * BEYOND_FEW, many[:place] + inserted + many[place:], *others]
    body = "\n".join([*texts, ""]).encode()
    whole = parse_batch(body, first_line=1, hints=HINTS)
    parts = parse_in_batches([body], 2000, RecordBounds(), HINTS)
    assert_frame_equal(pl.concat([whole.records.clear(), *(part.records for part in parts)]), whole.records)
    assert_frame_equal(pl.concat([whole.rejected.clear(), *(part.rejected for part in parts)]), whole.rejected)
