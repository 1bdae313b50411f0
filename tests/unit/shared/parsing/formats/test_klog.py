from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

HEAD = {"format": "klog", "severity": 9, "logger": "server.go:42", "pid": 7}
SEPTEMBER = {"logged_at": "2025-09-12T10:11:12.123456"}

CASES: list[tuple[str, dict[str, Any]]] = [
    ("I0912 10:11:12.123456       7 server.go:42] Starting up", HEAD | SEPTEMBER | {"message": "Starting up"}),
    (
        "W0912 10:11:12.123456       7 server.go:42] slow answer of 192.0.2.7:443",
        HEAD | SEPTEMBER | {"severity": 13, "message": "slow answer of 192.0.2.7:443", "client_ip": "192.0.2.7"},
    ),
    ("E0912 10:11:12.123456       7 server.go:42] boom", HEAD | SEPTEMBER | {"severity": 17, "message": "boom"}),
    ("F0912 10:11:12.123456       7 server.go:42] gone", HEAD | SEPTEMBER | {"severity": 21, "message": "gone"}),
    (  # glog since 0.6
        "I20240912 10:11:12.123456     7 server.go:42] Starting up",
        HEAD | {"logged_at": "2024-09-12T10:11:12.123456", "message": "Starting up"},
    ),
    (  # CockroachDB
        "I240912 10:11:12.123456 7 server.go:42 \u22ee [n1] Starting up",
        HEAD | {"logged_at": "2024-09-12T10:11:12.123456", "message": "Starting up", "attrs": '{"context":"n1"}'},
    ),
    (
        "I240912 10:11:12.123456 7 server.go:42  Starting up",
        HEAD | {"logged_at": "2024-09-12T10:11:12.123456", "message": " Starting up"},
    ),
    (  # structured
        'I0912 10:11:12.123456       7 server.go:42] "Pod status updated" pod="kube-system/dns" status="ready"',
        HEAD | SEPTEMBER | {"message": "Pod status updated", "attrs": '{"pod":"kube-system/dns","status":"ready"}'},
    ),
    (  # klogr puts its keys in quotation marks
        'E0912 10:11:12.123456       7 server.go:42] "Failed" "err"="no route" "userId"="u1"',
        HEAD | SEPTEMBER | {"severity": 17, "message": "Failed", "user_id": "u1", "attrs": '{"err":"no route"}'},
    ),
    (
        r'I0912 10:11:12.123456       7 server.go:42] "Read \"a b\"" took="1.5s" rows=3',
        HEAD | SEPTEMBER | {"message": 'Read "a b"', "duration_ms": 1500.0, "attrs": '{"rows":3}'},
    ),
    (  # pairs of an unstructured message are its own
        "I0912 10:11:12.123456       7 server.go:42] sync took=5",
        HEAD | SEPTEMBER | {"message": "sync took=5"},
    ),
    ("I0912 10:11:12.123456       7 server.go:42] ", HEAD | SEPTEMBER | {"message": ""}),
    (  # no such day
        "I0231 10:11:12.123456       7 server.go:42] never",
        HEAD | {"message": "never"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_klog(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected
