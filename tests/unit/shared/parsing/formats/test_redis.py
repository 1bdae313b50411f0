from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

HEAD = {"format": "redis", "pid": 71, "logged_at": "2024-03-05T06:07:08.123000"}
PRIMARY = {"attrs": '{"role":"primary"}'}

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "71:M 05 Mar 2024 06:07:08.123 * Ready to accept connections",
        HEAD | PRIMARY | {"severity": 10, "message": "Ready to accept connections"},
    ),
    ("71:M 05 Mar 2024 06:07:08.123 # Out of memory", HEAD | PRIMARY | {"severity": 13, "message": "Out of memory"}),
    (
        "71:M 05 Mar 2024 06:07:08.123 - Accepted 192.0.2.7:50123",
        HEAD | PRIMARY | {"severity": 9, "message": "Accepted 192.0.2.7:50123", "client_ip": "192.0.2.7"},
    ),
    ("71:M 05 Mar 2024 06:07:08.123 . DB 0: 3 keys", HEAD | PRIMARY | {"severity": 5, "message": "DB 0: 3 keys"}),
    (
        "71:S 05 Mar 2024 06:07:08.123 * MASTER <-> REPLICA sync started",
        HEAD | {"severity": 10, "message": "MASTER <-> REPLICA sync started", "attrs": '{"role":"replica"}'},
    ),
    (
        "71:C 05 Mar 2024 06:07:08.123 * RDB: 0 MB of memory used",
        HEAD | {"severity": 10, "message": "RDB: 0 MB of memory used", "attrs": '{"role":"child"}'},
    ),
    (
        "71:X 05 Mar 2024 06:07:08.123 # +sdown master cache 192.0.2.7 6379",
        HEAD
        | {"severity": 13, "message": "+sdown master cache 192.0.2.7 6379", "client_ip": "192.0.2.7"}
        | {"attrs": '{"role":"sentinel"}'},
    ),
    (  # before 5.0
        "71:M 05 Mar 06:07:08.123 * Ready",
        HEAD | PRIMARY | {"logged_at": "2025-03-05T06:07:08.123000", "severity": 10, "message": "Ready"},
    ),
    (  # before 3.0
        "[71] 05 Mar 06:07:08 * Ready",
        HEAD | {"logged_at": "2025-03-05T06:07:08", "severity": 10, "message": "Ready"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_redis(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected
