from typing import Any

import polars as pl
import pytest

from shared.parsing import ParseHints, parse_batch
from shared.parsing.custom import MAX_PATTERN_BYTES, BadPattern, CustomFormat, check_pattern
from shared.parsing.hints import Reference
from shared.parsing.lines import split_lines
from tests.unit.shared.parsing.reading import read

CASES: list[tuple[str, str, dict[str, Any]]] = [
    (
        r"(?P<time>\S+ \S+) \[(?P<level>\w+)\] (?P<logger>[a-z.]+)\((?P<pid>\d+)\) (?P<message>.*)",
        "2025-01-31 10:00:00.25 [WARN] app.db(17) slow: 10.0.0.1",
        {"logged_at": "2025-01-31T10:00:00.250000", "severity": 13, "logger": "app.db", "pid": 17}
        | {"message": "slow: 10.0.0.1", "client_ip": "10.0.0.1"},
    ),
    (
        r"(?<ts>\d+) (?<ip>\S+) (?<verb>[A-Z]+) (?<uri>\S+) (?<code>\d+) (?<size>\d+) (?<took>\S+) (?<user>\w+) "
        r"(?<traceid>\w+)",
        "1738317600 2001:DB8::1 GET /a 503 17 12.5ms ann 4bf92f35",
        {"logged_at": "2025-01-31T10:00:00", "client_ip": "2001:db8::1", "method": "GET", "url": "/a", "status": 503}
        | {"bytes": 17, "duration_ms": 12.5, "user_id": "ann", "trace_id": "4bf92f35", "severity": 17},
    ),
    (
        r"(?P<date>\S+) (?P<host>\w+) (?P<time>\S+) (?P<tz>\S+) (?P<msg>.*)",
        "2025-01-31 web 10:00:00 CET hello",
        {"logged_at": "2025-01-31T09:00:00", "hostname": "web", "message": "hello"},
    ),
    (
        r"(?P<date>\S+) (?P<time>\S+) (?P<zone>\S+)",
        "2025-01-31 10:00:00 Z",
        {"logged_at": "2025-01-31T10:00:00"},
    ),
    (
        r"(?P<date>\S+) (?P<time>\S+) (?P<zone>\S+)",
        "2025-01-31 10:00:00 here",
        {"logged_at": "2025-01-31T10:00:00"},
    ),
    (
        r"(?P<time>.*?) (?P<level>\w+) (?P<status>\d+) (?P<client>\S+)$",
        "yesterday LOUD 999 gateway",
        {"attrs": '{"time":"yesterday","level":"LOUD","status":"999","client":"gateway"}'},
    ),
    (
        r"(?P<order>\w+) (?P<count[int]>\S+) (?P<share[float]>\S+) (?P<more[int]>\S+)",
        'x7 017 .5 "many"',
        {"attrs": '{"order":"x7","count":17,"share":0.5,"more.text":"\\"many\\""}'},
    ),
    (r"(?P<level>\d) (?P<message>.*)", "3 oh", {"severity": 17, "message": "oh"}),
    # durations in the units of their names, or their own; the first of several
    (r"(?P<duration_ns>\S+) (?P<message>.*)", "5ms oh", {"duration_ms": 5.0, "message": "oh"}),
    (r"(?P<duration_s>\S+)", "0.25", {"duration_ms": 250.0}),
    (r"(?P<duration_ms>\S+) (?P<duration_s>\S+)", "5 1", {"duration_ms": 5.0, "attrs": '{"duration_s":"1"}'}),
    (r"(?P<levelno>\S+) (?P<user>\S+)", "30 -", {"severity": 13}),
    (r"(?P<a>x)(?P<b>y)?(?P<c>)", "x", {"attrs": '{"a":"x"}'}),
    (r"(?P<name>\w+)(?:: (?P<message>.*))?", "ERROR", {"logger": "ERROR", "severity": 17}),
    (r"(?P<name>\w+): (?P<message>.*)", "db: ", {"logger": "db", "message": ""}),
    (r"(?P<message>.) (?P<msg>.)", "a b", {"message": "a", "attrs": '{"msg":"b"}'}),
    (
        r"(?:c=(?P<client>\S*)|h=(?P<ip>\S*)) (?P<remote>\S+)",
        "h=10.0.0.2 10.0.0.3",
        {"client_ip": "10.0.0.2", "attrs": '{"remote":"10.0.0.3"}'},
    ),
    (
        r"(?P<raw>.)(?P<line_no>.)(?P<attrs>.)(?P<format>.)(?P<logged_at>.)(?P<line_count>.)(?P<severity_>.)",
        "1234567",
        {
            "attrs": '{"raw":"1","line_no":"2","attrs":"3","format":"4","logged_at":"5","line_count":"6",'
            '"severity_":"7"}'
        },
    ),
    ("(?i)(?P<word>straße)", "STRASSE oder straße", {"format": "plain"}),
    ("(?P<word>a)", "ba", {"format": "plain"}),
    ("^(?P<word>a)$", "ab", {"format": "plain"}),
    ("(?P<word>a)", "ab", {"attrs": '{"word":"a"}'}),
]


@pytest.mark.parametrize(("pattern", "line", "expected"), CASES)
def test_a_line(pattern: str, line: str, expected: dict[str, Any]) -> None:
    check_pattern(pattern)
    found = read(line, format="mine", pattern=pattern)
    assert {"message": line, "format": "mine"} | found == {"message": line, "format": "mine"} | expected
    assert found["format"] == expected.get("format", "mine")


REFUSED: list[tuple[str, str, int | None]] = [
    ("", "has 1 to", None),
    ("(?P<a>x)" + "y" * MAX_PATTERN_BYTES, "has 1 to", None),
    ("(?P<a>x", "unclosed group", 1),
    ("ä(?P<a>x))", "unopened group", 10),
    ("(?P<a>x)[z-a]", "invalid character class range", 10),
    (r"(?P<a>x)\y", "unrecognized escape", 9),
    (r"(?P<a>.)\1", "backreferences are not supported", 9),
    ("(?P<a>x)(?=y)", "look-around", 9),
    ("(?P<a>x)(?!y)", "look-around", 9),
    ("(?<=y)(?P<a>x)", "look-around", 1),
    ("(?P<a>x)(?>y)", "unrecognized flag", 11),
    ("(?P<a>x)(?P<a>y)", "duplicate capture group name", 13),
    ("(?P<a>x)(?P<a[int]>y)", "two groups are called a", None),
    ("(?P<a[b]>x)", r"a\[b\] is no name", None),
    ("(x)(?:y)", "no named group", None),
    ("(?P<a>x)\n", "control characters", 9),
    ("(?x) (?P<a> x )", "flag x", 1),
    (r"(?P<a>(\w{1000}){1000})", "too large", None),
    (r"(?P<a>\w{100})", "too large", None),
    ("(?P<a>(?:x{100}){100})", "too large", None),
    ("(?P<a>(?:a?){900}a{900})$", "too long", None),
    ("(?P<a>.*)a{400}", "too long", None),
    ("".join(f"(?P<g{number}>a*)" for number in range(99)) + "(?P<m>(?:a?){1500})$", "too long", None),
    ("(?P<m>.)" + "(a*)" * 300, "too long", None),
    ("".join(f"(?P<g{n}>x)" for n in range(101)), "101 named groups", None),
    ("(" * 300 + "(?P<a>x)" + ")" * 300, "nest", None),
]


@pytest.mark.parametrize(("pattern", "told", "column"), REFUSED)
def test_what_cannot_be_a_format_is_refused(pattern: str, told: str, column: int | None) -> None:
    with pytest.raises(BadPattern, match=told) as refused:
        check_pattern(pattern)
    assert len(str(refused.value)) < 300
    if column is not None:
        assert refused.value.column == column


@pytest.mark.parametrize("pattern", ["(?P<a>(a+)+)$", "^(?P<a>(?:a|a)*)$", "(?P<a>(?:a?){25}a{25})$"])
def test_patterns_that_stall_other_engines_are_just_patterns(pattern: str) -> None:
    check_pattern(pattern)
    lines = split_lines(b"a" * 1_000_000 + b"b\n", first_line=1)
    taken = CustomFormat("mine", pattern).take(lines, Reference())
    assert (len(taken.read), len(taken.rest)) == (0, 1)


def test_lines_that_do_not_match_are_plain_records() -> None:
    body = b'2025-01-31 WARN other\nx=1\n\n{"a": 1}\nx=2\n'
    parsed = parse_batch(body, first_line=1, hints=ParseHints(format="mine", pattern="(?P<name>x)=(?P<size>.*)"))
    assert parsed.format_counts == {"mine": 2, "plain": 3}
    assert parsed.rejected.is_empty()
    assert parsed.records["line_count"].sum() == 5


@pytest.mark.parametrize("pattern", ["(?P<a>x)|(y)(?P<b>z)?", "(?i)(?P<a>[(]x)", "(?P<a>[^]()]+)", r"(?P<a>\(\[x)"])
def test_it_claims_what_it_reads(pattern: str) -> None:
    lines = split_lines(b"x\nyz\ny\n(X\n(x\nabc]\n([x\n)\n\n", first_line=1)
    custom = CustomFormat("mine", pattern)
    read = [number for frame in custom.take(lines, Reference()).read for number in frame["line_no"]]
    assert read == lines.filter(pl.col("text").str.contains(custom.claim))["line_no"].to_list()


def test_a_pattern_that_is_none_raises() -> None:
    with pytest.raises(BadPattern):
        parse_batch(b"x\n", first_line=1, hints=ParseHints(format="mine", pattern="(?P<a>"))
