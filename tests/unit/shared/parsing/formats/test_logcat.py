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

OTHER_OUTPUTS: list[tuple[str, dict[str, Any]]] = [
    ("W/ActivityManager: low memory", {"severity": 13, "message": "low memory", "logger": "ActivityManager"}),
    ("I/art     : started", {"severity": 9, "message": "started", "logger": "art     "}),
    ("D/dalvikvm: GC", {"severity": 5, "message": "GC", "logger": "dalvikvm"}),
    ("D( 1702: 2395) layout done", {"severity": 5, "message": "layout done", "pid": 1702}),
    (
        "D( 1702) layout done  (WindowManager)",
        {"severity": 5, "message": "layout done", "logger": "WindowManager", "pid": 1702},
    ),
    (
        "03-17 16:13:38.811  1000  1702  2395 D WindowManager: layout done",
        {"logged_at": "2025-03-17T16:13:38.811000", "severity": 5, "message": "layout done", "pid": 1702},
    ),
    (
        "03-17 16:13:38.811 +0100  1702  2395 D WindowManager: layout done",
        {"logged_at": "2025-03-17T15:13:38.811000", "severity": 5, "message": "layout done", "pid": 1702},
    ),
    (
        "2024-03-17 16:13:38.811 1702-2395/com.app D/Tag: layout done",
        {
            "logged_at": "2024-03-17T16:13:38.811000",
            "severity": 5,
            "message": "layout done",
            "pid": 1702,
            "logger": "Tag",
        },
    ),
    (
        "2024-03-17 16:13:38.811  1702-2395  Tag                     com.app                    D  layout done",
        {
            "logged_at": "2024-03-17T16:13:38.811000",
            "severity": 5,
            "message": "layout done",
            "pid": 1702,
            "logger": "Tag",
        },
    ),
    (
        "1552839218.811  1702  2395 D Tag: layout done",
        {"logged_at": "2019-03-17T16:13:38.811000", "severity": 5, "message": "layout done", "pid": 1702},
    ),
    (
        "[ 03-17 16:13:38.811  1702: 2395 D/Tag ]",
        {"logged_at": "2025-03-17T16:13:38.811000", "severity": 5, "message": "", "pid": 1702},
    ),
    (
        "2023-08-01 12:00:00.123 D/Tag( 123): hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 5, "message": "hello", "pid": 123},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_logcat(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | FORMAT | expected


TEXT = [
    *("I/O: error on disk", "A/B: test", "F(1) = 1", "W/out: x", "W/o: y", "E(1:2) = 3", "I(12) am here"),
    *("A/B-testing: on", "D/", "V(0)"),
]


@pytest.mark.parametrize("line", TEXT)
def test_ordinary_text(line: str) -> None:
    assert read(line)["format"] == "plain"


@pytest.mark.parametrize(("line", "expected"), OTHER_OUTPUTS)
def test_other_outputs(line: str, expected: dict[str, Any]) -> None:
    record = read(line)
    assert {name: record.get(name) for name in expected} == expected
    assert ("logged_at" in record) == ("logged_at" in expected)
