"""Lines as they should not be: every one of them is kept, readable, exact in the export, and harms no other."""

import json
from datetime import UTC, datetime

import pytest

from tests.acceptance.bad_input.case import Case, has, like
from tests.support.user import User, assert_conserved

MEBIBYTE = 1024**2
DEEP = 100_000
BOM_8 = b"\xef\xbb\xbf"


def texts(*messages: str) -> list[dict[str, object]]:
    return [{"message": message} for message in messages]


ENDS = [
    Case("empty", b"", []),
    Case("one line feed", b"\n", texts("")),
    Case("three line feeds", b"\n\n\n", texts("", "", "")),
    Case("no line feed at the end", b"one\ntwo", texts("one", "two")),
    Case("CRLF, LF and a lone CR", b"a\r\nb\nc\rd\r\n", texts("a", "b", "c\rd")),
]
BYTES = [
    Case("NUL", b"a\0b\nc\n", texts("a\u2400b", "c")),
    Case("NUL in JSON", b'{"level":"info","msg":"a\\u0000b"}\n', [{"message": like("^a.*b$"), "level": "info"}]),
    Case("broken UTF-8", b"ok\ncut \xe2\x82\nend\n", texts("ok", "cut \ufffd", "end")),
    Case("overlong and surrogate UTF-8", b"\xc0\xaf\n\xed\xa0\x80\n", [{"message": like("\ufffd")}] * 2),
    Case("Latin-1", "caf\xe9 cr\xe8me, gar\xe7on\n".encode("latin-1"), texts("café crème, garçon")),
    Case("a forced code page", "Привет, мир\n".encode("koi8-r"), texts("Привет, мир"), query={"charset": "koi8-r"}),
    Case("a byte order mark", BOM_8 + b'{"msg":"first"}\n{"msg":"second"}\n', texts("first", "second")),
]
GREETING = "Grüße aus Köln\r\nдва\nend\n"
WIDE = [
    Case(
        f"{name} {'with' if mark else 'without'} a mark",
        (mark + GREETING).encode(name),
        texts("Grüße aus Köln", "два", "end"),
        raw=GREETING.encode(),
    )
    for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    for mark in ("\ufeff", "")
]
LONG = [
    *(
        Case(f"a line of {length:,} bytes", b"x" * length + b"\nend\n", [{"message": "x" * length}, {"message": "end"}])
        for length in (MEBIBYTE - 1, MEBIBYTE)
    ),
    Case(
        "a line of one byte too many",
        b"x" * (MEBIBYTE + 1) + b"\nend\n",
        [{"line_no": 1, "attrs": has(line_bytes=MEBIBYTE + 1, truncated=True)}, {"line_no": 2, "message": "end"}],
    ),
    Case(
        "a line of 100 MB",
        b"start " + b"x" * 100_000_000 + b"\nend\n",
        [
            {"message": like(r"^start x+.*100,000,006 bytes"), "attrs": has(line_bytes=100_000_006)},
            {"line_no": 2, "message": "end"},
        ],
    ),
]
BIG = "1" * 5000
JSON = [
    Case("1,100 levels", b'{"a":' * 1100 + b"1" + b"}" * 1100 + b"\nend\n", [{"reason": "json_too_deep"}, {}],
         status="completed_with_errors"),
    Case("100,000 levels", b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"\nend\n", [{"reason": "json_too_deep"}, {}],
         status="completed_with_errors"),
    Case("NaN and Infinity", b'{"msg":"x","n":NaN,"m":-Infinity}\n',
         [{"message": "x", "attrs": has(n="NaN", m="-Infinity")}]),
    Case("1e400", b'{"msg":"x","n":1e400}\n', [{"message": "x"}]),
    Case("1e200000", b'{"msg":"x","n":1e200000}\n', [{"message": "x"}]),
    Case("2^63 and 2^64", b'{"msg":"x","a":9223372036854775808,"b":18446744073709551616}\n',
         [{"message": "x", "attrs": has(a=2**63, b=2**64)}]),
    Case("a number of 5,000 digits", b'{"msg":"x","n":%s}\n' % BIG.encode(), [{"message": "x"}]),
    Case("a lone surrogate", b'{"msg":"a\\ud800b"}\n', [{"message": like("^a.+b$")}]),
    Case("a key twice", b'{"msg":"x","n":1,"n":2}\n', [{"message": "x", "attrs": has(n=2)}]),
    Case("__proto__ and an empty key", b'{"msg":"x","__proto__":{"admin":true},"":3}\n',
         [{"message": "x", "attrs": {"__proto__": {"admin": True}, "": 3}}]),
    Case("many keys", json.dumps({"msg": "x"} | {f"k{n}": n for n in range(20_000)}).encode() + b"\n",
         [{"message": "x"}]),
    Case("a key of 500 kB", b'{"msg":"x","%s":1}\n' % (b"k" * 500_000), [{"message": "x"}]),
    Case("a scalar, an array, garbage behind, two objects",
         b'"text"\n[1,2]\n{"msg":"x"} tail\n{"msg":"x"}{"msg":"y"}\n',
         texts('"text"', "[1,2]", '{"msg":"x"} tail', '{"msg":"x"}{"msg":"y"}')),
    Case("an object cut off", b'{"level":"info","msg":"x\nend\n', [{"reason": "invalid_json"}, {"message": "end"}],
         status="completed_with_errors"),
    Case("an object over several lines", b'{\n  "level": "warn",\n  "msg": "x"\n}\nend\n',
         [{"message": "x", "level": "warn", "line_count": 4}, {"line_no": 5, "message": "end"}]),
]  # fmt: skip
YEAR = {"modified": "2024-03-02T12:00:00Z"}
NEW_YEAR = {"modified": "2024-01-01T06:00:00Z"}


def timed(at: str | None) -> dict[str, object]:
    return {"logged_at": at, "level": "info"}


TIMES = [
    Case("years that cannot be", b"0000-01-01 00:00:00 INFO x\n10000-01-01 00:00:00 INFO x\n", [timed(None)] * 2),
    Case("the last second of year 9999 in the west", b"9999-12-31T23:59:59-12:00 INFO x\n", [timed(None)]),
    Case("year 1 and year 9999", b"0001-01-01 00:00:00 INFO x\n9999-12-31 23:59:59 INFO x\n",
         [timed("0001-01-01T00:00:00Z"), timed("9999-12-31T23:59:59Z")]),
    Case("a leap second", b"2016-12-31T23:59:60Z INFO x\n", [{"level": "info"}]),
    Case("hours, days and zones that are none",
         b"2024-01-01T25:00:00Z INFO x\n2024-02-30T00:00:00Z INFO x\n2024-01-01T00:00:00+99:00 INFO x\n",
         [timed(None)] * 3),
    Case("29 February without a year", b"Feb 29 10:00:00 host app[1]: x\n",
         [{"logged_at": "2024-02-29T10:00:00Z", "message": "x"}], query=YEAR),
    Case("around New Year without a year", b"Dec 31 23:59:59 host app[1]: x\nJan  1 00:00:01 host app[1]: y\n",
         [{"logged_at": "2023-12-31T23:59:59Z"}, {"logged_at": "2024-01-01T00:00:01Z"}], query=NEW_YEAR),
    Case("epochs", b"".join(b'{"time":%s,"msg":"x"}\n' % t for t in [
        b"1700000000", b"1700000000123", b"1700000000123456", b"1700000000123456789", b"-1", b"1e19", b'"soon"']),
        [{"logged_at": "2023-11-14T22:13:20Z"}, {"logged_at": "2023-11-14T22:13:20.123000Z"},
         *[{"logged_at": "2023-11-14T22:13:20.123456Z"}] * 2, {"message": "x"}, {"message": "x"},
         {"message": "x", "logged_at": None}]),
    Case("nanoseconds", b"2024-01-01T00:00:00.123456789Z INFO x\n", [timed("2024-01-01T00:00:00.123456Z")]),
    Case("no zone, a skipped and a doubled hour",
         b"2024-03-31 02:30:00 INFO x\n2024-10-27 02:30:00 INFO x\n2024-06-01 12:00:00 INFO x\n",
         [timed("2024-03-31T01:30:00Z"), timed("2024-10-27T00:30:00Z"), timed("2024-06-01T10:00:00Z")],
         query={"timezone": "Europe/Berlin"}),
    Case("odd zones and digits",
         "2024-01-01T00:00:00-00:00 INFO x\n２０２４-01-01 00:00:00 INFO x\n2024-W01-1 x\n".encode(),
         [timed("2024-01-01T00:00:00Z"), {"logged_at": None}, {}]),
    Case("backwards, equal, long ago and far ahead",
         b"2024-01-02 00:00:00 INFO x\n2024-01-01 00:00:00 INFO x\n2024-01-01 00:00:00 INFO x\n"
         b"1971-01-01 00:00:00 INFO x\n2999-01-01 00:00:00 INFO x\n",
         [timed("2024-01-02T00:00:00Z"), *[timed("2024-01-01T00:00:00Z")] * 2, timed("1971-01-01T00:00:00Z"),
          timed("2999-01-01T00:00:00Z")]),
]  # fmt: skip


def from_address(text: str) -> bytes:
    return b'%s - - [01/Jan/2024:00:00:00 +0000] "GET / HTTP/1.1" 200 1\n' % text.encode()


def access(status: str, size: str) -> bytes:
    return b'10.0.0.1 - - [01/Jan/2024:00:00:00 +0000] "GET / HTTP/1.1" %s %s\n' % (status.encode(), size.encode())


FIELDS = [
    Case("addresses",
         b"".join(map(from_address, ["fe80::1%eth0", "::ffff:1.2.3.4", "1.2.3.04", "[::1]:80", "db.example.com"])),
         [{"client_ip": "fe80::1"}, {"client_ip": "1.2.3.4"}, {"client_ip": None}, {"client_ip": "::1"},
          {"client_ip": None}]),
    Case("statuses and sizes",
         access("099", "1") + access("999", "-") + access("200", "-") + access("1000", "5") + access("200", "-5"),
         [{"status": None}, {"status": None, "bytes": None}, {"status": 200, "bytes": None},
          {"status": None}, {"bytes": None}]),
]  # fmt: skip
HOSTILE = ("<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x/a}", "=cmd|'/c calc'!A1", "'; DROP TABLE jobs; --")
HALF = 500_000
TEXTS = [
    Case("what COPY would take for its own", b"\\N\n\\.\na\tb\\\n\"'`\n", texts("\\N", "\\.", "a\tb\\", "\"'`")),
    Case("terminal escapes", b"\x1b[31mERROR\x1b[0m \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ it\n",
         [{"level": "error", "message": "link it"}]),
    Case("bidi and zero width", "a\u202eb\u200bc\u2028d\u0085e\n".encode(), texts("a\u202eb\u200bc\u2028d\u0085e")),
    Case("what others would run", "\n".join(HOSTILE).encode(), texts(*HOSTILE)),
    Case("what makes backtracking engines stall", b"%s!\n%sx\n%s\n" % (b"a" * HALF, b" " * HALF, b"[" * HALF),
         [{}, {}, {}]),
]  # fmt: skip
CASES = [*ENDS, *BYTES, *WIDE, *LONG, *JSON, *TIMES, *FIELDS, *TEXTS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_kept(user: User, case: Case) -> None:
    case.run(user)


def test_an_empty_file_is_told_at_once_and_whole(user: User) -> None:
    job_id = user.upload(b"", "empty.log")
    with user.stream(f"/stream/{job_id}") as events:
        told = list(events)
    assert told[-1].name == "completed"
    assert told[-1].data["progress_percent"] == 100
    assert told[-1].data["lines_read"] == 0


def test_millions_of_one_byte_lines(user: User) -> None:
    lines = 2_000_000
    job = user.wait(user.upload(b"x\n" * lines), seconds=120)
    assert (job["status"], job["lines_stored"]) == ("completed", lines)


def test_the_same_line_and_many_different_values(user: User) -> None:
    same = b"2024-01-01 00:00:00 INFO the same from 10.0.0.1\n" * 100_000
    different = b"".join(from_address(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}") for n in range(20_000))
    job = user.wait(user.upload(same + different))
    assert_conserved(job)
    assert job["lines_stored"] == 120_000
    stats = user.get(f"/api/stats/{job['job_id']}")
    assert stats["top_ips"][0]["ip"] == "10.0.0.1"
    assert len(stats["top_ips"]) <= 100
    assert abs(stats["unique_ips"] - 20_000) < 1_000


def test_far_times_fill_no_chart(user: User) -> None:
    job_id = user.upload(b"1970-01-01 00:00:00 INFO x\n9999-01-01 00:00:00 INFO y\n")
    user.wait(job_id)
    page = user.get("/api/rollups", job_id=job_id, step="1m", group_by="level")
    buckets = [item["bucket"] for item in page["items"]]
    assert buckets == ["1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z"]
    assert datetime.fromisoformat(buckets[0]) == datetime(1970, 1, 1, tzinfo=UTC)
