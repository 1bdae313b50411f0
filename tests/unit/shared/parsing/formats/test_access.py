from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

AT = {"logged_at": "2000-10-10T20:55:36"}
CASES: list[tuple[str, dict[str, Any]]] = [
    (
        '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326',
        AT
        | {"client_ip": "127.0.0.1", "user_id": "frank", "method": "GET", "url": "/apache_pb.gif"}
        | {"status": 200, "bytes": 2326, "severity": 9, "format": "common"},
    ),
    (
        '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "POST /a?b=c HTTP/1.1" 503 - "https://x.example/" "curl/8.5.0"',
        AT
        | {"client_ip": "127.0.0.1", "method": "POST", "url": "/a?b=c", "status": 503, "severity": 17}
        | {"referer": "https://x.example/", "user_agent": "curl/8.5.0", "format": "combined"},
    ),
    (
        '2001:DB8::1 - - [10/Oct/2000:20:55:36 +0000] "GET / HTTP/2.0" 404 0 "-" "-"',
        AT
        | {"client_ip": "2001:db8::1", "method": "GET", "url": "/", "status": 404, "bytes": 0, "severity": 13}
        | {"format": "combined"},
    ),
    (  # a host name is no address
        'proxy.example.com - - [10/Oct/2000:20:55:36 +0000] "GET / HTTP/1.0" 304 -',
        AT | {"method": "GET", "url": "/", "status": 304, "severity": 9, "format": "common"},
    ),
    (  # spaces in the URL, quotes in the agent
        '10.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET /a b HTTP/1.1" 200 5 "-" "say \\"hi\\" v1"',
        AT
        | {"client_ip": "10.0.0.1", "method": "GET", "url": "/a b", "status": 200, "bytes": 5, "severity": 9}
        | {"user_agent": 'say \\"hi\\" v1', "format": "combined"},
    ),
    (  # no request was understood
        '10.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "\\x16\\x03\\x01" 400 226 "-" "-"',
        AT | {"client_ip": "10.0.0.1", "status": 400, "bytes": 226, "severity": 13, "format": "combined"},
    ),
    (
        '10.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "-" 408 - "-" "-"',
        AT | {"client_ip": "10.0.0.1", "status": 408, "severity": 13, "format": "combined"},
    ),
    (  # nginx's request time behind the agent
        '10.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" 0.250',
        AT
        | {"client_ip": "10.0.0.1", "method": "GET", "url": "/", "status": 200, "bytes": 5, "severity": 9}
        | {"user_agent": "curl", "duration_ms": 250.0, "format": "combined"},
    ),
    (  # a user's name with a space; a status and a time that cannot be
        '10.0.0.1 - John Doe [31/Feb/2000:13:55:36 +0000] "GET / HTTP/1.0" 999 1',
        {"client_ip": "10.0.0.1", "user_id": "John Doe", "method": "GET", "url": "/", "bytes": 1}
        | {"severity": 17, "format": "common"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_access_log(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | expected
