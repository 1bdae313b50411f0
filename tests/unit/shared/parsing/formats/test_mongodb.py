from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

HEAD = {"format": "mongodb", "severity": 9, "logged_at": "2019-03-05T06:07:08.123000"}

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "2019-03-05T06:07:08.123+0000 I NETWORK  [listener] connection accepted from 192.0.2.7:50123 #4",
        HEAD
        | {"logger": "NETWORK", "message": "connection accepted from 192.0.2.7:50123 #4", "client_ip": "192.0.2.7"}
        | {"attrs": '{"context":"listener"}'},
    ),
    (
        "2019-03-05T07:07:08.123+0100 I COMMAND  [conn4] command shop.orders command: find nreturned:3 214ms",
        HEAD
        | {"logger": "COMMAND", "message": "command shop.orders command: find nreturned:3 214ms"}
        | {"duration_ms": 214.0, "attrs": '{"context":"conn4"}'},
    ),
    (
        "2019-03-05T06:07:08.123+0000 W ASIO     [Replication] no answer",
        HEAD | {"severity": 13, "logger": "ASIO", "message": "no answer", "attrs": '{"context":"Replication"}'},
    ),
    (
        "2019-03-05T06:07:08.123+0000 D2 QUERY    [conn4] plan",
        HEAD | {"severity": 5, "logger": "QUERY", "message": "plan", "attrs": '{"context":"conn4"}'},
    ),
    (
        "2019-03-05T06:07:08.123+0000 F -        [thread1] Got signal: 6",
        HEAD | {"severity": 21, "message": "Got signal: 6", "attrs": '{"context":"thread1"}'},
    ),
    (  # timeStampFormat: ctime
        "Tue Mar  5 06:07:08.123 E STORAGE  [initandlisten] disk full",
        HEAD
        | {"logged_at": "2025-03-05T06:07:08.123000", "severity": 17, "logger": "STORAGE", "message": "disk full"}
        | {"attrs": '{"context":"initandlisten"}'},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_mongodb(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected
