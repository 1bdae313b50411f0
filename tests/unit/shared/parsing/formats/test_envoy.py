from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

MILLIS = {"logged_at": "2024-01-02T12:00:00.123000"}
CASES: list[tuple[str, dict[str, Any]]] = [
    (
        '[2024-01-02T12:00:00.123Z] "GET /items?page=1 HTTP/1.1" 200 - 0 5 12 11 "192.0.2.7" "curl/8.4" "a-1" '
        '"shop.example" "198.51.100.3:80"',
        MILLIS
        | {"severity": 9, "method": "GET", "url": "/items?page=1", "status": 200, "bytes": 5, "duration_ms": 12.0}
        | {"client_ip": "192.0.2.7", "user_agent": "curl/8.4"}
        | {
            "attrs": '{"received":"0","upstream_ms":"11","request_id":"a-1","host":"shop.example"'
            ',"upstream":"198.51.100.3:80"}'
        },
    ),
    (
        '[2024-01-02T12:00:00.123Z] "POST /orders HTTP/2" 503 UF,URX upstream_reset_before_response_started - '
        '"remote reset" 7 91 5 - "-" "-" "a-2" "shop" "-" '
        "outbound|80||shop - 198.51.100.3:80 192.0.2.9:41000 - default",
        MILLIS
        | {"severity": 17, "method": "POST", "url": "/orders", "status": 503, "bytes": 91, "duration_ms": 5.0}
        | {"client_ip": "192.0.2.9"},
    ),
    (
        '[2024-01-02T12:00:00.123Z] "- - -" 0 UH 0 0 3 - "-" "-" "-" "-" "-"',
        MILLIS | {"bytes": 0, "duration_ms": 3.0},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_envoy(line: str, expected: dict[str, Any]) -> None:
    record = read(line)
    assert (record["format"], record["message"]) == ("envoy", line)
    assert {name: record.get(name) for name in expected} == expected
    assert ("status" in record) == ("status" in expected)
