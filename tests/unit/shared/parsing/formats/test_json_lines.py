import json
from typing import Any

import pytest

from shared.parsing import ParseHints, parse_batch
from tests.unit.shared.parsing.reading import read

FORMAT = {"format": "json"}
AT = {"logged_at": "2024-05-01T10:00:00"}
PINO: dict[str, Any] = {
    **{"level": 50, "time": 1714557600000, "pid": 7, "hostname": "api-1", "msg": "request failed", "reqId": 5},
    "req": {"method": "GET", "url": "/a", "remoteAddress": "::ffff:192.0.2.1", "headers": {"user-agent": "curl"}},
    **{"res": {"statusCode": 500}, "responseTime": 12.5, "userId": "u1"},
}
ECS: dict[str, Any] = {
    **{"@timestamp": "2024-05-01T12:00:00.000+02:00", "log.level": "WARN", "message": "slow", "log": {"logger": "app"}},
    **{"http": {"request": {"method": "POST"}, "response": {"status_code": 200}}, "event": {"duration": 1500000}},
    **{
        "trace.id": "4bf9",
        "host": {"name": "api-1", "os": "linux"},
        "source": {"ip": "192.0.2.1"},
        "url": {"path": "/b"},
    },
}
CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        PINO,
        AT
        | {"severity": 17, "pid": 7, "hostname": "api-1", "message": "request failed", "method": "GET", "url": "/a"}
        | {"client_ip": "192.0.2.1", "user_agent": "curl", "status": 500, "duration_ms": 12.5, "user_id": "u1"}
        | {"attrs": '{"reqId":5}'},
    ),
    (
        ECS,
        AT
        | {"severity": 13, "message": "slow", "logger": "app", "method": "POST", "status": 200, "duration_ms": 1.5}
        | {
            "trace_id": "4bf9",
            "hostname": "api-1",
            "client_ip": "192.0.2.1",
            "url": "/b",
            "attrs": '{"host":{"os":"linux"}}',
        },
    ),
    (  # bunyan
        {"name": "app", "hostname": "h", "pid": 1, "level": 30, "msg": "hi", "time": "2024-05-01T10:00:00Z", "v": 0},
        AT | {"logger": "app", "hostname": "h", "pid": 1, "severity": 9, "message": "hi", "attrs": '{"v":0}'},
    ),
    (  # winston
        {"level": "error", "message": "hi", "timestamp": "2024-05-01 10:00:00"},
        AT | {"severity": 17, "message": "hi"},
    ),
    (  # zap
        {"level": "info", "ts": 1714557600.25, "caller": "x/y.go:12", "msg": "hi", "n": 1},
        {"logged_at": "2024-05-01T10:00:00.250000", "severity": 9, "logger": "x/y.go:12", "message": "hi"}
        | {"attrs": '{"n":1}'},
    ),
    (  # logrus
        {"level": "warning", "msg": "hi", "time": "2024-05-01T10:00:00Z"},
        AT | {"severity": 13, "message": "hi"},
    ),
    (  # python-json-logger and its like
        {"asctime": "2024-05-01 10:00:00,000", "levelname": "CRITICAL", "name": "a.b", "message": "hi"},
        AT | {"severity": 21, "logger": "a.b", "message": "hi"},
    ),
    ({"levelno": 30, "message": "hi"}, {"severity": 13, "message": "hi"}),
    ({"severityNumber": 10, "body": "hi"}, {"severity": 10, "message": "hi"}),
    ({"level": 3, "short_message": "hi"}, {"severity": 17, "message": "hi"}),
    ({"event": "opened", "message": "hi"}, {"message": "hi", "attrs": '{"event":"opened"}'}),
    ({"msg": "a\nb\ttab \u00e9"}, {"message": "a\nb\ttab \u00e9"}),
    ({"msg": ""}, {"message": ""}),
]

ODD: list[tuple[str, dict[str, Any]]] = [
    (
        '{"msg": 5, "level": true, "time": [1], "pid": "x", "status": "200"}',
        {"message": "5", "status": 200, "severity": 9, "attrs": '{"level":true,"time":[1],"pid":"x"}'},
    ),
    ('{"msg": {"a": 1.10}, "level": "odd"}', {"attrs": '{"msg":{"a": 1.10},"level":"odd"}'}),
    (
        '{"msg": "hi", "status": 999, "bytes": -1, "responseTime": -5}',
        {"message": "hi", "attrs": '{"status":999,"bytes":-1,"responseTime":-5}'},
    ),
    ('{"msg": "hi", "remoteAddr": "nobody"}', {"message": "hi", "attrs": '{"remoteAddr":"nobody"}'}),
    ("{}", {}),
    (' \t{"msg": "hi"} ', {"message": "hi"}),
    ('{"msg": "a\\u0000b", "k\\u0000": "\\u0000"}', {"message": "a\u2400b", "attrs": '{"k\u2400":"\u2400"}'}),
    ('{"msg": "\\ud800x", "k": "\\ud83d\\ude00"}', {"message": "\ufffdx", "attrs": '{"k":"\U0001f600"}'}),
    (
        '{"msg": "hi", "n": 1e400, "m": 18446744073709551616}',
        {"message": "hi", "attrs": '{"n":"1e400","m":18446744073709551616}'},
    ),
    ('{"msg": "hi", "n": ' + "9" * 5000 + "}", {"message": "hi", "attrs": '{"n":"' + "9" * 5000 + '"}'}),
    ('{"msg": "hi", "pid": ' + "9" * 5000 + "}", {"message": "hi", "attrs": '{"pid":"' + "9" * 5000 + '"}'}),
    ('{"msg": "hi", "took": ' + "9" * 400 + ".5}", {"message": "hi", "attrs": '{"took":"' + "9" * 400 + '.5"}'}),
    ('{"msg": "hi", "n": 0.12345678901234567890}', {"message": "hi", "attrs": '{"n":0.12345678901234567890}'}),
    (
        '{"msg": "hi", "d": ' + "[" * 300 + "]" * 300 + "}",
        {"message": "hi", "attrs": '{"d":' + "[" * 300 + "]" * 300 + "}"},
    ),
    ('{"msg": "a", "msg": "b"}', {"message": "b"}),
    ('{"duration": "1m2.5s", "msg": "hi"}', {"message": "hi", "duration_ms": 62500.0}),
    (
        '{"msg": "hi", "n": [NaN, -Infinity, 1e-400, 0e999], "m": 1.10, "k": "\\u0000"}',
        {"message": "hi", "attrs": '{"n":["NaN","-Infinity","1e-400","0e999"],"m":1.10,"k":"␀"}'},
    ),
    ('{"msg": "hi", "n": 9223372036854775808}', {"message": "hi", "attrs": '{"n":9223372036854775808}'}),
    ('{"msg": "hi", "pid": 9223372036854775808}', {"message": "hi", "attrs": '{"pid":9223372036854775808}'}),
    (
        '{"msg": "hi", "__proto__": {"a": 1}, "": {"": 2}, "constructor": 3}',
        {"message": "hi", "attrs": '{"__proto__":{"a": 1},"":{"": 2},"constructor":3}'},
    ),
    ('{"msg": "a", "k": 1, "k": {"b": 2}}', {"message": "a", "attrs": '{"k":{"b": 2}}'}),
    ('{"msg": "hi", "k": {"\\udc00": ["\\ud83dx"]}}', {"message": "hi", "attrs": '{"k":{"�":["�x"]}}'}),
    (
        '{"time": "2024-02-30T00:00:00Z", "msg": "hi"}',
        {"message": "hi", "attrs": '{"time":"2024-02-30T00:00:00Z"}'},
    ),
    ('{"t": {"$date": "24:00"}, "ts": 99, "msg": "hi"}', {"message": "hi", "attrs": '{"ts":99,"t":"24:00"}'}),
    ('{"msg": "hi", "remote": "10.0.0.1, 8.8.8.8"}', {"message": "hi", "client_ip": "8.8.8.8"}),
]


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_json_lines(value: dict[str, Any], expected: dict[str, Any]) -> None:
    assert read(json.dumps(value)) == FORMAT | expected


@pytest.mark.parametrize(("line", "expected"), ODD)
def test_odd_values_are_kept_where_they_can_be(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == FORMAT | {"message": line} | expected


BROKEN = [
    ('{"a": 1', "invalid_json"),
    ('{"a": ' + "[" * 600 + "]" * 600 + "}", "json_too_deep"),
    ('{"a":' * 100_000, "json_too_deep"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN)
def test_a_broken_line_among_json_is_rejected(line: str, reason: str) -> None:
    body = b'{"msg":"a"}\n' + line.encode() + b'\n{"msg":"b"}\n{"msg":"c"}\nServer started\n'
    parsed = parse_batch(body, first_line=10, hints=ParseHints())
    (rejected,) = parsed.rejected.drop("detail").to_dicts()
    assert rejected == {"line_no": 11, "line_count": 1, "reason": reason, "raw": line.encode(), "format": "json"}
    assert parsed.records["message"].to_list() == ["a", "b", "c", "Server started"]
    assert parsed.format_counts == {"json": 4, "plain": 1}


@pytest.mark.parametrize(("line", "reason"), BROKEN)
def test_so_it_is_among_text(line: str, reason: str) -> None:
    parsed = parse_batch(f"a\n{line}\nb\n".encode(), first_line=1, hints=ParseHints())
    assert parsed.rejected["reason"].to_list() == [reason]
    assert parsed.records["message"].to_list() == ["a", "b"]


NOT_CLEARLY_JSON = ['{"a": 1} {"b": 2}', '{"a": 1} followed by text', "{'a': 1}", "{a: 1}", '{"broken"', "{5}"]


@pytest.mark.parametrize("line", NOT_CLEARLY_JSON)
def test_what_is_not_clearly_meant_as_an_object_is_text(line: str) -> None:
    assert read(line) == {"message": line, "format": "plain"}
    parsed = parse_batch(f'{{"msg":"a"}}\n{line}\n{{"msg":"b"}}\n'.encode(), first_line=1, hints=ParseHints())
    assert parsed.records["message"].to_list() == ["a", line, "b"]


@pytest.mark.parametrize("line", ["[1, 2]", '"text"', "5", "null", "text", *NOT_CLEARLY_JSON])
def test_forced_json_rejects_whatever_is_no_object(line: str) -> None:
    parsed = parse_batch(f"{line}\n\n".encode(), first_line=1, hints=ParseHints(format="json"))
    assert parsed.rejected["line_no"].to_list() == [1]
    assert parsed.records["line_no"].to_list() == [2]


def test_many_lines_keep_their_order_and_their_own_fields() -> None:
    lines = [
        f'{{"msg":"m{n}","pid":{n}}}' if n % 3 else f'{{"level":"info","msg":"m{n}","k":{n}}}' for n in range(1000)
    ]
    lines[500] = '{"broken":'
    parsed = parse_batch("\n".join(lines).encode(), first_line=0, hints=ParseHints())
    rows = [n for n in range(1000) if n != 500]
    assert parsed.rejected["line_no"].to_list() == [500]
    assert parsed.records["line_no"].to_list() == rows
    assert parsed.records["message"].to_list() == [f"m{n}" for n in rows]
    assert parsed.records["pid"].to_list() == [n if n % 3 else None for n in rows]
    assert parsed.records["attrs"].to_list() == [None if n % 3 else f'{{"k":{n}}}' for n in rows]


def test_many_keys_and_long_ones() -> None:
    many = "{" + ",".join(f'"k{n}":{n}' for n in range(100_000)) + "}"
    assert read(many) == {"format": "json", "message": many, "attrs": many}
    long = '{"msg":"hi","' + "k" * 1_000_000 + '":1}'
    assert read(long) == {"format": "json", "message": "hi", "attrs": long.replace('"msg":"hi",', "")}


def test_containers_in_containers_as_deep_as_is_allowed() -> None:
    line = '{"meta":' * 499 + '{"msg":"hi"}' + "}" * 499
    assert read(line) == {"format": "json", "message": line, "attrs": line}
