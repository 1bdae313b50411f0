from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "1704196800.123    456 192.0.2.1 TCP_MISS/200 1234 GET http://example.com/ - HIER_DIRECT/192.0.2.8 text/html",
        {"logged_at": "2024-01-02T12:00:00.123000", "severity": 9, "client_ip": "192.0.2.1", "duration_ms": 456.0}
        | {"status": 200, "bytes": 1234, "method": "GET", "url": "http://example.com/"}
        | {"attrs": '{"result":"TCP_MISS","peer":"HIER_DIRECT/192.0.2.8","content_type":"text/html"}'},
    ),
    (
        "1704196800.000      0 2001:db8::1 TCP_DENIED/407 3864 CONNECT example.com:443 bob HIER_NONE/- -",
        {"logged_at": "2024-01-02T12:00:00", "severity": 13, "client_ip": "2001:db8::1", "duration_ms": 0.0}
        | {"status": 407, "bytes": 3864, "method": "CONNECT", "url": "example.com:443", "user_id": "bob"}
        | {"attrs": '{"result":"TCP_DENIED","peer":"HIER_NONE/-"}'},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_squid(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line, "format": "squid"} | expected
