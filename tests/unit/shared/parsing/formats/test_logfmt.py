from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

FORMAT = {"format": "logfmt"}
CASES: list[tuple[str, dict[str, Any]]] = [
    (
        'time="2024-05-01T10:00:00Z" level=warning msg="he said \\"x\\"" user=bob',
        {"logged_at": "2024-05-01T10:00:00", "severity": 13, "message": 'he said "x"', "user_id": "bob"},
    ),
    (
        "ts=1714557600.5 lvl=eror method=GET path=/a status=500 duration=1.5s bytes=12 host=web-1 n=5 ok=true k=-",
        {"logged_at": "2024-05-01T10:00:00.500000", "method": "GET", "url": "/a", "status": 500, "severity": 17}
        | {"duration_ms": 1500.0, "bytes": 12, "hostname": "web-1"}
        | {"attrs": '{"lvl":"eror","n":5,"ok":true,"k":"-"}'},
    ),
    (  # the first of two names for the same field is it, the other is left
        "level=info msg=a message=b remote_addr=192.0.2.1:80",
        {"severity": 9, "message": "a", "client_ip": "192.0.2.1", "attrs": '{"message":"b"}'},
    ),
    (  # `event` is the message only where nothing better is
        "event=opened level=info",
        {"severity": 9, "message": "opened"},
    ),
    ("event=opened msg=hi", {"message": "hi", "attrs": '{"event":"opened"}'}),
    ('a=1 b="x\\ny" c=', {"attrs": '{"a":1,"b":"x\\u000ay","c":""}'}),
    ("time=99 level=info status=abc", {"severity": 9, "attrs": '{"status":"abc"}'}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_logfmt(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | FORMAT | expected


@pytest.mark.parametrize("line", ["a=1", "a=1 and b=2", 'a=1 b="open', "x a=1 b=2", "a=1  b"])
def test_what_is_not_all_pairs_is_text(line: str) -> None:
    assert read(line) == {"message": line, "format": "plain"}
