from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from shared.parsing import ParseHints, parse_batch
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
        | {"attrs": '{"n":5,"ok":true,"k":"-"}'},
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
    ("time=99 level=info status=abc", {"severity": 9, "attrs": '{"time":99,"status":"abc"}'}),
    ("time=2024-02-30T10:00:00Z level=info", {"severity": 9, "attrs": '{"time":"2024-02-30T10:00:00Z"}'}),
    (  # a firewall: date, time and zone apart
        'date=2024-05-01 time=12:00:00 devname="FW-1" logid="0000000013" type="traffic" level="notice" '
        'srcip=192.0.2.7 srcport=5000 action="accept" duration=120 sentbyte=300',
        {"logged_at": "2024-05-01T12:00:00", "severity": 10, "hostname": "FW-1", "client_ip": "192.0.2.7"}
        | {"duration_ms": 120.0}
        | {
            "attrs": '{"date":"2024-05-01","logid":"0000000013","type":"traffic","srcport":5000,"action":"accept",'
            '"sentbyte":300}'
        },
    ),
    (  # another one
        'id=firewall sn=18B1 time="2024-05-01 10:00:00 UTC" fw=192.0.2.1 pri=4 c=16 m=346 msg="Probable port scan" n=2',
        {"logged_at": "2024-05-01T10:00:00", "severity": 13, "message": "Probable port scan"}
        | {"attrs": '{"id":"firewall","sn":"18B1","fw":"192.0.2.1","c":16,"m":346,"n":2}'},
    ),
    (  # Heroku's router
        'at=info method=GET path="/a?b=1" host=shop.example request_id=8f fwd="203.0.113.9" dyno=web.1 connect=1ms '
        "service=18ms status=200 bytes=13 protocol=https",
        {"severity": 9, "method": "GET", "url": "/a?b=1", "status": 200, "bytes": 13, "hostname": "shop.example"}
        | {"client_ip": "203.0.113.9"}
        | {
            "attrs": '{"at":"info","request_id":"8f","fwd":"203.0.113.9","dyno":"web.1","connect":"1ms",'
            '"service":"18ms","protocol":"https"}'
        },
    ),
    (  # lograge
        "method=GET path=/a format=html controller=HomeController action=index status=200 duration=12.34 view=10.0",
        {"severity": 9, "method": "GET", "url": "/a", "status": 200, "duration_ms": 12.34}
        | {"attrs": '{"format":"html","controller":"HomeController","action":"index","view":10.0}'},
    ),
    (  # the first public one of those that proxies told
        "remote_addr=10.0.0.2 x_forwarded_for=10.0.0.1,198.51.100.7 traceId=4bf9 elapsed_us=1500 userId=7",
        {"client_ip": "198.51.100.7", "trace_id": "4bf9", "duration_ms": 1.5, "user_id": "7"}
        | {"attrs": '{"remote_addr":"10.0.0.2","x_forwarded_for":"10.0.0.1,198.51.100.7"}'},
    ),
    ("error=boom level=error", {"severity": 17, "message": "boom", "attrs": '{"error":"boom"}'}),
    ("@timestamp=1714557600 @level=warn", {"logged_at": "2024-05-01T10:00:00", "severity": 13}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_logfmt(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | FORMAT | expected


@pytest.mark.parametrize("line", ["a=1", "a=1 and b=2", 'a=1 b="open', "x a=1 b=2", "a=1  b"])
def test_what_is_not_all_pairs_is_text(line: str) -> None:
    assert read(line) == {"message": line, "format": "plain"}


MANY = [line for line, _ in CASES]


@pytest.mark.parametrize("line", MANY)
def test_many_lines_with_the_same_keys_are_each_as_they_are_alone(line: str) -> None:
    others = [line, *(line for line, _ in CASES), line + " ", line.replace("=", "=1", 1)] * 20
    parsed = parse_batch("\n".join([line] * 200 + others).encode(), first_line=1, hints=ParseHints())
    alone = {text: parse_batch(text.encode(), first_line=1, hints=ParseHints()).records for text in set(others)}
    expected = pl.concat([alone[text] for text in [line] * 200 + others])
    assert_frame_equal(parsed.records.drop("line_no"), expected.drop("line_no"))
