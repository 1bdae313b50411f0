from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

FORMAT = {"format": "logcat"}
CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "03-17 16:13:38.811  1702  2395 D WindowManager: layout done",
        {"logged_at": "2025-03-17T16:13:38.811000", "severity": 5, "logger": "WindowManager", "pid": 1702}
        | {"message": "layout done", "attrs": '{"thread":"2395"}'},
    ),
    (
        "2024-03-17 16:13:38.811  1702  2395 W Some Tag : from 192.0.2.7",
        {"logged_at": "2024-03-17T16:13:38.811000", "severity": 13, "logger": "Some Tag ", "pid": 1702}
        | {"message": "from 192.0.2.7", "client_ip": "192.0.2.7", "attrs": '{"thread":"2395"}'},
    ),
    (
        "03-17 16:13:38.811 E/AndroidRuntime(  123): FATAL EXCEPTION",
        {"logged_at": "2025-03-17T16:13:38.811000", "severity": 17, "logger": "AndroidRuntime", "pid": 123}
        | {"message": "FATAL EXCEPTION"},
    ),
    ("F/libc(12): Fatal signal 11", {"severity": 21, "logger": "libc", "pid": 12, "message": "Fatal signal 11"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_logcat(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | FORMAT | expected
