from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

NOON = {"logged_at": "2024-01-02T12:00:00"}
MILLIS = {"logged_at": "2024-01-02T12:00:00.123000"}

CASES: list[tuple[str, dict[str, Any]]] = [
    ("2024-01-02 12:00:00.123 W [main] slow", MILLIS | {"severity": 13, "message": "slow", "thread": "main"}),
    (
        "2024-01-02 12:00:00.123 E [main] a.b.C: slow",
        MILLIS | {"severity": 17, "message": "slow", "thread": "main", "logger": "a.b.C"},
    ),
    ("2024-01-02 12:00:00.123 E slow disk", MILLIS | {"severity": 17, "message": "slow disk"}),
    ("2024-01-02 12:00:00 I worker: started", NOON | {"severity": 9, "message": "started", "logger": "worker"}),
    ("2024-01-02 12:00:00 I [7] started", NOON | {"severity": 9, "message": "started", "pid": 7}),
    ("2024-01-02 12:00:00 I was started", NOON | {"message": "I was started"}),
    ("2024-01-02 12:00:00 E = mc2", NOON | {"message": "E = mc2"}),
    ("2024-01-02 12:00:00 C compiler found", NOON | {"message": "C compiler found"}),
    ("[02.01.2024 12:00:00] <01> Error    no such host", NOON | {"severity": 17, "message": "no such host"}),
    (
        "[2024-01-02 12:00:00.123][12][warning][config] [source/common/x.cc:245] deprecated option",
        MILLIS | {"severity": 13, "pid": 12, "logger": "config", "message": "deprecated option"},
    ),
    (
        "2024-01-02 12:00:00.123 UTC [12] LOG C-0x55d: shop/app@192.0.2.7:5 login attempt",
        MILLIS | {"severity": 9, "pid": 12, "message": "C-0x55d: shop/app@192.0.2.7:5 login attempt"},
    ),
    (
        "2024-01-02T12:00:00.123Z In(182) vmkernel: cpu3:1234)started",
        MILLIS | {"severity": 9, "logger": "vmkernel", "message": "cpu3:1234)started"},
    ),
    (
        "2024-01-02T12:00:00.123Z Er(179) hostd[123]: no such host",
        MILLIS | {"severity": 17, "logger": "hostd", "pid": 123, "message": "no such host"},
    ),
    (
        "2024-01-02 12:00:00,123 p=1234 u=root n=ansible | TASK [setup]",
        MILLIS | {"pid": 1234, "user_id": "root", "logger": "ansible", "message": "TASK [setup]"},
    ),
    (
        "2024-01-02 12:00:00,123 p=1234 u=root n=ansible INFO| TASK [setup]",
        MILLIS | {"severity": 9, "pid": 1234, "logger": "ansible", "message": "TASK [setup]"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_short_levels(line: str, expected: dict[str, Any]) -> None:
    record = read(line)
    thread = {"attrs": f'{{"thread":"{expected["thread"]}"}}'} if "thread" in expected else {}
    wanted = {name: value for name, value in expected.items() if name != "thread"} | thread
    assert {name: record.get(name) for name in wanted} == wanted
    assert ("severity" in record) == ("severity" in expected)
