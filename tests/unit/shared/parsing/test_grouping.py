"""Records of several lines, as programs write them: below each other, every one comes out whole."""

import pytest

from shared.parsing.continuations import RecordBounds
from shared.parsing.grouping import CONTINUATION, group
from shared.parsing.lines import split_lines

BOUNDS = RecordBounds()


def records(text: str, bounds: RecordBounds = BOUNDS) -> list[str]:
    """What each record's bytes are."""
    heads = group(split_lines(text.encode(), first_line=1), bounds).heads
    raws = [raw.decode() for raw in heads["raw"]]
    assert heads["line_count"].to_list() == [raw.count("\n") + 1 for raw in raws]
    assert heads["line_no"].to_list() == [1 + sum(heads["line_count"][:row]) for row in range(len(heads))]
    return raws


def texts(text: str) -> list[tuple[str, str | None]]:
    """What formats are given of each record, and what is added to its message."""
    heads = group(split_lines(text.encode(), first_line=1), BOUNDS).heads
    continuation = heads[CONTINUATION].to_list() if CONTINUATION in heads.columns else [None] * len(heads)
    return list(zip(heads["text"].to_list(), continuation, strict=True))


DATED = "2024-05-01 10:00:00,000 ERROR worker: it failed"
PLAIN = "Server started"
ACCESS = '10.0.0.7 - - [01/May/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 5'
OBJECT = '{"msg":"a"}'
POD = "2024-05-01T10:00:00.123456789Z stderr F "
PART = "2024-05-01T10:00:00.123456789Z stderr P "

RECORDS: dict[str, list[str]] = {
    "nothing that goes on": [PLAIN, DATED, PLAIN, "", "", ACCESS, OBJECT, OBJECT, DATED],
    "java": [
        f"{DATED}\njava.lang.IllegalStateException: no stock\n\tat com.example.Shop.sell(Shop.java:12)\n"
        "\tat com.example.Main.main(Main.java:3)\n\tSuppressed: java.io.IOException: close\n\t\t... 2 more\n"
        "Caused by: java.sql.SQLException\n\tat com.example.Db.run(Db.java:7)\n\t... 12 common frames omitted",
        DATED,
    ],
    "java, nothing but the trace": [
        PLAIN,
        'Exception in thread "main" java.lang.RuntimeException: x\n\tat com.example.Main.main(Main.java:3)',
        "com.example.OtherException: y\n\tat com.example.Main.main(Main.java:3)",
        PLAIN,
    ],
    "frames that are not indented": [f"{DATED}\nCaused by: a.B\nat a.B.c(B.java:1)\n... 7 more", PLAIN],
    "python": [
        f'{DATED}\nTraceback (most recent call last):\n  File "/srv/a.py", line 3, in <module>\n    run()\n'
        "    ~~~^^\nshop.errors.Sold: x\n\nDuring handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "/srv/a.py", line 5, in <module>\nKeyError: 7',
        PLAIN,
    ],
    "python, nothing but the trace": [
        PLAIN,
        'Traceback (most recent call last):\n  File "/srv/a.py", line 3, in <module>\n    run()\nKeyboardInterrupt',
        PLAIN,
        'Traceback (most recent call last):\n  File "/srv/a.py", line 3, in <module>\n    run()',
        DATED,
    ],
    "go": [
        DATED,
        "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\n"
        "main.(*shop).sell(0xc000012345, 0x2)\n\t/src/main.go:12 +0x1d\ncreated by main.main in goroutine 7\n"
        "\t/src/main.go:8 +0x2b\nexit status 2",
        PLAIN,
    ],
    "go, served on": [
        "2024/05/01 10:00:00 http: panic serving 10.0.0.7:5000: boom\ngoroutine 19 [running]:\n"
        "net/http.(*conn).serve.func1()\n\t/usr/lib/go/src/net/http/server.go:1850 +0xbf\npanic({0x6b, 0x1})",
        "2024/05/01 10:00:00 served",
    ],
    "ruby": [
        "app.rb:12:in 'Shop#sell': no stock (Shop::SoldOut)\n\tfrom app.rb:20:in 'block in <main>'\n"
        "\tfrom app.rb:30:in '<main>'",
        PLAIN,
    ],
    "rails": [
        "F, [2024-05-01T10:00:00.000000 #7] FATAL -- :\nNoMethodError (undefined method 'x' for nil):\n  \n"
        "app/models/a.rb:3:in 'x'\napp/models/b.rb:4:in 'y'",
        "I, [2024-05-01T10:00:00.000000 #7]  INFO -- : next",
    ],
    "node": [
        "/srv/app.js:3\n    throw new Error('boom')\n    ^\n\nError: boom\n"
        "    at Object.<anonymous> (/srv/app.js:3:7) {\n  code: 'E1'\n}\n\nNode.js v22.1.0",
        f"{DATED}\nTypeError: x is not a function\n    at f (/srv/app.js:3:7)\n    at node:internal/main:23:47",
        DATED,
    ],
    ".net": [
        "fail: Shop.Web[13]\n      It failed\n      System.InvalidOperationException: no stock\n"
        "       ---> System.IO.IOException: disk\n         at Shop.Db.Run() in /src/Db.cs:line 3\n"
        "         --- End of inner exception stack trace ---\n         at Shop.Main() in /src/Main.cs:line 7",
        "Unhandled exception. System.Exception: boom\n   at Program.Main()\n--- End of stack trace ---\n   at Other()",
        "info: Shop.Web[14]\n      Next",
    ],
    "php": [
        "[01-May-2024 10:00:00 UTC] PHP Fatal error:  Uncaught Exception: boom in /srv/a.php:3\nStack trace:\n"
        "#0 /srv/b.php(7): f()\n#1 {main}\n  thrown in /srv/a.php on line 3",
        "[01-May-2024 10:00:00 UTC] PHP Warning:  x in /srv/a.php on line 3\n"
        "[01-May-2024 10:00:00 UTC] PHP Stack trace:\n[01-May-2024 10:00:00 UTC] PHP   1. {main}() /srv/a.php:0",
        '[2024-05-01 10:00:00] local.ERROR: boom {"exception":"[object] (Exception(code: 0): boom at /srv/a.php:3)\n'
        '[stacktrace]\n#0 /srv/b.php(7): f()\n#1 {main}\n"} ',
        "[2024-05-01 10:00:00] local.INFO: next",
    ],
    "rust": [
        "thread 'main' panicked at src/main.rs:2:5:\nno stock\nstack backtrace:\n   0: rust_begin_unwind\n"
        "             at /rustc/1/library/std/src/panicking.rs:1\nnote: run with `RUST_BACKTRACE=1`",
        PLAIN,
    ],
    "postgresql": [
        '2024-05-01 10:00:00.123 UTC [77] ERROR:  relation "a" does not exist at character 15\n'
        "2024-05-01 10:00:00.123 UTC [77] STATEMENT:  SELECT *\n\tFROM a\n\tWHERE b",
        "2024-05-01 10:00:00.124 UTC [77] ERROR:  deadlock detected\n"
        "2024-05-01 10:00:00.125 UTC [77] DETAIL:  Process 77 waits.\n"
        "2024-05-01 10:00:00.125 UTC [77] HINT:  See the log.",
        "2024-05-01 10:00:00.126 UTC [78] DETAIL:  of another process",
        "2024-05-01 10:00:00.126 UTC [78] LOG:  next",
    ],
    "mysql": [
        "# Time: 2024-05-01T10:00:00.000000Z\n# User@Host: shop[shop] @ localhost []  Id:     8\n"
        "# Query_time: 2.000000  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 0\nuse shop;\n"
        "SET timestamp=1714557600;\nSELECT SLEEP(2)\n  FROM dual;",
        "# User@Host: shop[shop] @ localhost []  Id:     8\n# Query_time: 2.000000  Lock_time: 0.000000\n"
        "SET timestamp=1714557600;\nSELECT 1;",
        "# Time: 2024-05-01T10:00:01.000000Z\n# User@Host: shop[shop] @ localhost []  Id:     8",
    ],
    "objects over lines": [
        '{\n  "a": 1,\n\n  "b": {\n    "c": 2\n  }\n}',
        '{\n  "a": 2\n}',
        PLAIN,
        '{ "a": 1,\n  "b": 2\n}',
        OBJECT,
    ],
    "indented": [f"{DATED}\n  more of it\n  and more", f"{PLAIN}\n\tmore", "next"],
    "indented records of their own": [
        DATED,
        "  2024-05-01 10:00:00 INFO next",
        "  [2024-05-01 10:00:00] next",
        "\tERROR next",
        ' {"msg":"b"}',
        " May  1 10:00:00 host next",
        "\t\t   12 Query\tSELECT 1\n\tFROM a",
        "\t\t   12 Quit\t",
    ],
    "behind what is complete": [ACCESS, "  lost", "", "  lost\n  and more", OBJECT, "\tlost", OBJECT, "}", ACCESS],
    "behind what tells no time or level": [PLAIN, "ValueError: x", PLAIN, "Traceback (most recent call last):", PLAIN],
    "in a pod": [
        f"{POD}{DATED}\n{POD}java.lang.Error: x\n{POD}\tat a.B.c(B.java:1)\n{POD}Caused by: a.C",
        f"{POD}{PLAIN}",
        POD.replace("stderr", "stdout") + "  of another stream",
        f"{POD}next",
    ],
    "cut by the runtime of a pod": [f"{PART}one \n{PART}and \n{POD}the rest", f"{POD}next", f"{PART}half", PLAIN],
    "of services": [
        f"web-1  | {DATED}\nweb-1  | java.lang.Error: x\nweb-1  |     at a.B.c(B.java:1)",
        "db-1   |   of another service",
        "web-1  |   too late",
        "web-1  | next",
    ],
    "coloured": ["\x1b[31m2024-05-01 10:00:00 ERROR boom\x1b[0m\n\x1b[2m    at f (a.js:1:2)\x1b[0m", PLAIN],
    "crlf": [f"{DATED}\r\njava.lang.Error\r\n\tat a.B.c(B.java:1)\r\n\r", "next\r"],
}


@pytest.mark.parametrize("expected", RECORDS.values(), ids=RECORDS)
def test_records_are_whole(expected: list[str]) -> None:
    assert records("\n".join(expected) + "\n") == expected


@pytest.mark.parametrize("expected", RECORDS.values(), ids=RECORDS)
def test_grouping_may_begin_at_any_record(expected: list[str]) -> None:
    for first in range(len(expected)):
        assert records("\n".join(expected[first:])) == expected[first:]


TEXTS = [
    (f"{DATED}\n  a\n  b", [(DATED, "  a\n  b")]),
    (f"{DATED}\njava.lang.Error\n\tat a.B.c(B.java:1)\n\n", [(DATED, "java.lang.Error\n\tat a.B.c(B.java:1)")]),
    (f"{DATED}\n  a\n{PLAIN}", [(DATED, "  a"), (PLAIN, None)]),
    ("[7] ERROR:  a\n[7] DETAIL:  b\n[7] HINT:  c", [("[7] ERROR:  a", "DETAIL:  b\nHINT:  c")]),
    (f"{POD}{DATED}\n{POD}  a\n{POD}  b", [(f"{POD}{DATED}", "  a\n  b")]),
    (f"{PART}one \n{PART}and \n{POD}two\n{POD}  a", [(f"{PART}one and two", "  a")]),
    (f"{DATED}\n{PART}a", [(DATED, None), (f"{PART}a", None)]),
    (f"{POD}a\n{PART}  b \n{POD}c", [(f"{POD}a", "  b c")]),
    ('{\n  "a": 1\n}', [('{\n  "a": 1\n}', None)]),
    (f'{POD}{{\n{POD}  "a": 1\n{POD}}}', [(f'{POD}{{   "a": 1 }}', None)]),
    ("web-1  | a\nweb-1  |   b", [("web-1  | a", "  b")]),
    ("a\x1b[0m\r\n  \x1b[1mb\r", [("a", "  b")]),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_texts(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert texts(text) == expected


def test_records_are_bounded() -> None:
    lines = [DATED, *(f"  line {n}" for n in range(9))]
    by_lines = records("\n".join(lines), RecordBounds(lines=4))
    assert [record.count("\n") + 1 for record in by_lines] == [4, 4, 2]
    by_bytes = records("\n".join(lines), RecordBounds(bytes=len(DATED) + 1 + 2 * len("  line 0\n")))
    assert [record.count("\n") + 1 for record in by_bytes] == [3, 7]


def test_a_line_of_its_own_is_as_long_as_it_likes() -> None:
    assert records(f"{'a' * 99}\n  b\n  c", RecordBounds(bytes=20)) == ["a" * 99, "  b\n  c"]


def test_lines_that_go_on_with_nothing_cost_nothing() -> None:
    lines = split_lines(f"{PLAIN}\n{DATED}\n{ACCESS}\n{OBJECT}\n".encode(), first_line=1)
    assert group(lines, BOUNDS).heads is lines


BARE = [
    ("Traceback (most recent call last):", True),
    ('Exception in thread "main" a.BException: x', True),
    ("panic: x", True),
    ("Caused by: a.B", True),
    ("ValueError: x\nValueError: y", True),
    (DATED, False),
    (f"{DATED}\nValueError: x", False),
    ("  indented", False),
]


@pytest.mark.parametrize(("text", "is_bare"), BARE)
def test_bare_traces_are_told(text: str, is_bare: bool) -> None:
    assert bool(group(split_lines(text.encode(), first_line=5), BOUNDS).bare_traces) == is_bare
