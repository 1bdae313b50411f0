from typing import Any

import pytest

from shared.parsing import ParseHints, parse_batch
from tests.unit.shared.parsing.reading import read

CRI = {"format": "cri", "logged_at": "2024-03-05T06:07:08.123456"}
STDOUT = {"attrs": '{"stream":"stdout"}'}
TOLD_AT = {"logged_at": "2024-03-05T06:07:08.123456"}
NOON = {"logged_at": "2024-01-02T12:00:00"}
COMPOSE = {"format": "docker_compose", "logger": "web-1"}
OUT = "2024-03-05T06:07:08.123456789Z stdout F "
ACCESS = '192.0.2.7 - - [02/Jan/2024:12:00:00 +0000] "GET /items HTTP/1.1" 200 512'
HIT = {"format": "common", "client_ip": "192.0.2.7", "method": "GET", "url": "/items", "status": 200, "bytes": 512}

CASES: list[tuple[str, dict[str, Any]]] = [
    (OUT + "all good", CRI | STDOUT | {"message": "all good"}),
    ("2024-03-05T06:07:08.123456789Z stderr P all ", CRI | {"message": "all ", "attrs": '{"stream":"stderr"}'}),
    ("2024-03-05T07:07:08.123456+01:00 stdout F:x all good", CRI | STDOUT | {"message": "all good"}),
    (OUT, CRI | STDOUT | {"message": ""}),
    (OUT.rstrip(), CRI | STDOUT | {"message": ""}),
    (OUT + "ERROR: all bad", TOLD_AT | STDOUT | {"format": "leveled", "severity": 17, "message": "all bad"}),
    (  # the line's own time is preferred
        OUT + "2024-01-02 12:00:00 WARNING all good",
        NOON | STDOUT | {"format": "leveled", "severity": 13, "message": "all good"},
    ),
    (OUT + ACCESS, NOON | STDOUT | HIT | {"severity": 9, "message": ACCESS}),
    (
        OUT + '{"level":"error","msg":"all bad","shop":7}',
        TOLD_AT | {"format": "json", "severity": 17, "message": "all bad", "attrs": '{"stream":"stdout","shop":7}'},
    ),
    (
        OUT + '{"time":"2024-01-02T12:00:00Z","msg":"all good"}',
        NOON | STDOUT | {"format": "json", "message": "all good"},
    ),
    (OUT + '{"level":"error"', CRI | STDOUT | {"message": '{"level":"error"'}),
    (
        OUT + "I0102 12:00:00.000000       7 server.go:42] up",
        STDOUT
        | {"logged_at": "2025-01-02T12:00:00", "format": "klog", "severity": 9, "pid": 7}
        | {"logger": "server.go:42", "message": "up"},
    ),
    (
        OUT + 'level=warn msg="all good" shop=s1',
        TOLD_AT
        | {"format": "logfmt", "severity": 13, "message": "all good", "attrs": '{"stream":"stdout","shop":"s1"}'},
    ),
    # docker compose
    ("web-1  | all good", COMPOSE | {"message": "all good"}),
    ("web_1    | all good", COMPOSE | {"logger": "web_1", "message": "all good"}),
    (  # a bare name has more than text behind it
        "database  | WARNING: all bad",
        {"format": "leveled", "severity": 13, "logger": "database", "message": "all bad"},
    ),
    (
        "database    | 2024-01-02 12:00:00 all good",
        NOON | {"format": "leveled", "logger": "database", "message": "all good"},
    ),
    ('database  | {"msg":"all good"}', {"format": "json", "logger": "database", "message": "all good"}),
    ("web-1  |", COMPOSE | {"message": ""}),
    (
        "web-1  | 2024-01-02 12:00:00 INFO all good",
        NOON | {"format": "leveled", "severity": 9, "logger": "web-1", "message": "all good"},
    ),
    (  # where the line names a logger, the service is a field
        "web-1  | WARNING:shop.orders:all good",
        {"format": "leveled", "severity": 13, "logger": "shop.orders", "message": "all good"}
        | {"attrs": '{"service":"web-1"}'},
    ),
    ('web-1  | {"msg":"all good"}', {"format": "json", "logger": "web-1", "message": "all good"}),
    (  # with --timestamps
        'web-1  | 2024-03-05T06:07:08.123456789Z {"msg":"all good"}',
        TOLD_AT | {"format": "json", "logger": "web-1", "message": "all good"},
    ),
    (
        "web-1  | 2024-03-05T06:07:08.123456789Z all good",
        TOLD_AT | {"format": "leveled", "logger": "web-1", "message": "all good"},
    ),
    # docker logs --timestamps
    (f"2024-03-05T06:07:08.123456789Z {ACCESS}", NOON | HIT | {"severity": 9, "message": ACCESS}),
    (
        "2024-03-05T06:07:08.123456789Z [error] all bad",
        TOLD_AT | {"format": "leveled", "severity": 17, "message": "all bad"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_containers(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "INFO     | all good",
        "a | b",
        "name      | value",
        "database  | all good",
        "database  |",
        "web-1 all good",
        "2024-03-05T06:07:08Z stdout all good",
    ],
)
def test_lines_of_others(line: str) -> None:
    assert read(line)["format"] not in ("cri", "docker_compose")


@pytest.mark.parametrize(
    ("forced", "line", "expected"),
    [
        ("cri", OUT + ACCESS, "common"),
        ("cri", "web-1  | all good", "plain"),
        ("docker_compose", "web-1  | all good", "docker_compose"),
        ("docker_compose", "database  | all good", "docker_compose"),
        ("common", OUT + ACCESS, "common"),
        ("common", OUT + "all good", "plain"),
    ],
)
def test_forced_formats(forced: str, line: str, expected: str) -> None:
    assert read(line, format=forced)["format"] == expected


def test_lines_keep_their_bytes() -> None:
    lines = [line for line, _ in CASES if not line.endswith(" P all ")]
    parsed = parse_batch("\n".join(lines).encode(), first_line=1, hints=ParseHints())
    for record, line in zip(parsed.records.to_dicts(), lines, strict=True):
        assert (record["raw"] or record["message"].encode()).decode() == line
