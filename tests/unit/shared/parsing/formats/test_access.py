from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

AT = {"logged_at": "2000-10-10T20:55:36"}
OK = AT | {"status": 200, "bytes": 5, "severity": 9, "format": "combined"}
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
        {"client_ip": "10.0.0.1", "user_id": "John Doe", "method": "GET", "url": "/", "bytes": 1, "format": "common"},
    ),
    (
        '10.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET / HTTP/1.0" 1000 1e3 "-" ""',
        AT | {"client_ip": "10.0.0.1", "method": "GET", "url": "/", "format": "combined"},
    ),
    (
        '10.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET / HTTP/1.0" 204 -5',
        AT | {"client_ip": "10.0.0.1", "method": "GET", "url": "/", "status": 204, "severity": 9, "format": "common"},
    ),
    (  # quotes in the URL, a method with a hyphen
        '10.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "M-SEARCH /?q=\\"a\\" HTTP/1.1" 200 5 "-" "-"',
        OK | {"client_ip": "10.0.0.1", "method": "M-SEARCH", "url": '/?q=\\"a\\"'},
    ),
    (
        '10.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "" 400 0 "-" "-"',
        AT | {"client_ip": "10.0.0.1", "status": 400, "bytes": 0, "severity": 13, "format": "combined"},
    ),
    (  # a virtual host before it
        'shop.example:443 192.0.2.7 - ann [10/Oct/2000:20:55:36 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"',
        OK
        | {"client_ip": "192.0.2.7", "user_id": "ann", "method": "GET", "url": "/a", "format": "vhost_combined"}
        | {"attrs": '{"vhost":"shop.example:443"}'},
    ),
    (
        'shop.example 2001:db8::7 - - [10/Oct/2000:20:55:36 +0000] "GET /a HTTP/1.1" 200 5',
        OK
        | {"client_ip": "2001:db8::7", "method": "GET", "url": "/a", "format": "common"}
        | {"attrs": '{"vhost":"shop.example"}'},
    ),
    (  # other times: nginx's $time_iso8601, Tomcat's
        '10.0.0.1 - - [2000-10-10T22:55:36+02:00] "GET /a HTTP/1.1" 200 5 "-" "-"',
        OK | {"client_ip": "10.0.0.1", "method": "GET", "url": "/a"},
    ),
    (
        '10.0.0.1 - - [10/Oct/2000:13:55:36.250 -0700] "GET /a HTTP/1.1" 200 5',
        OK
        | {"client_ip": "10.0.0.1", "method": "GET", "url": "/a", "format": "common"}
        | {"logged_at": "2000-10-10T20:55:36.250000"},
    ),
    (  # X-Forwarded-For before it, in place of the address
        '10.1.2.3, 8.8.4.4 - - [10/Oct/2000:20:55:36 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"',
        OK | {"client_ip": "8.8.4.4", "method": "GET", "url": "/a"},
    ),
]
BEHIND: list[tuple[str, dict[str, Any]]] = [
    (' "10.1.2.3, 8.8.4.4, 10.0.0.2"', {"client_ip": "8.8.4.4"}),
    (' "unknown, 2001:4860:4860::8888" 0.005 0.004 .', {"client_ip": "2001:4860:4860::8888", "duration_ms": 5.0}),
    (' "-" 0.005 "10.0.0.9:8080"', {"duration_ms": 5.0}),
    (' "-" rt=0.250 uct="0.001" urt="0.249"', {"duration_ms": 250.0}),
    (' "2.53"', {}),  # a compression ratio
    (" 12345", {}),  # who knows which unit
    (" 350us", {"duration_ms": 0.35}),
    (" 12ms", {"duration_ms": 12.0}),
    (" **1/1250000**", {"duration_ms": 1250.0}),
    (" 7/1250000", {}),
    (
        " 351 0.012 [shop-web-80] [] 10.2.0.7:8080 512 0.012 200 0123456789abcdef0123456789abcdef",
        {
            "duration_ms": 12.0,
            "attrs": '{"request_length":"351","upstream":"shop-web-80","upstream_address":"10.2.0.7:8080",'
            '"request_id":"0123456789abcdef0123456789abcdef"}',
        },
    ),
    (
        " 351 0.012 [shop-web-80] [] 10.2.0.7:8080, 10.2.0.8:8080 0, 512 0.004, 0.008 502, 200 "
        "0123456789abcdef0123456789abcdef",
        {
            "duration_ms": 12.0,
            "attrs": '{"request_length":"351","upstream":"shop-web-80","upstream_address":"10.2.0.7:8080",'
            '"request_id":"0123456789abcdef0123456789abcdef"}',
        },
    ),
    (
        ' 17 "shop@docker" "http://10.2.0.7:80" 12ms',
        {"duration_ms": 12.0, "attrs": '{"router":"shop@docker","server_url":"http://10.2.0.7:80"}'},
    ),
    (' 17 "-" "-" 0ms', {"duration_ms": 0.0}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_access_log(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | expected


@pytest.mark.parametrize(("behind", "expected"), BEHIND)
def test_what_servers_put_behind_the_user_agent(behind: str, expected: dict[str, Any]) -> None:
    line = f'10.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET / HTTP/2.0" 200 5 "-" "-"{behind}'
    fields = {"client_ip": "10.0.0.1", "method": "GET", "url": "/", "message": line}
    assert read(line) == OK | fields | expected
