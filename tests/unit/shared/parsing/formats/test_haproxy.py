from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

AT = {"logged_at": "2024-03-05T08:09:10.123000"}
HTTP = (
    "203.0.113.7:40312 [05/Mar/2024:08:09:10.123] web~ shop/shop-2 3/0/1/48/52 200 1834 - - ---- 7/6/2/1/0 0/0 "
    '"GET /cart?id=9 HTTP/1.1"'
)
HTTP_FIELDS: dict[str, Any] = AT | {
    **{"client_ip": "203.0.113.7", "method": "GET", "url": "/cart?id=9", "status": 200, "bytes": 1834},
    **{"duration_ms": 52.0, "severity": 9, "message": HTTP, "format": "haproxy_http"},
    "attrs": '{"frontend":"web~","backend":"shop","server":"shop-2","timers":"3/0/1/48/52",'
    '"termination_state":"----","connections":"7/6/2/1/0","queues":"0/0"}',
}
TCP = "203.0.113.7:40313 [05/Mar/2024:08:09:10.123] db postgres/pg-1 0/0/5007 212 -- 0/0/0/0/3 0/0"
TCP_FIELDS: dict[str, Any] = AT | {
    **{"client_ip": "203.0.113.7", "bytes": 212, "duration_ms": 5007.0, "message": TCP, "format": "haproxy_tcp"},
    "attrs": '{"frontend":"db","backend":"postgres","server":"pg-1","timers":"0/0/5007","termination_state":"--",'
    '"connections":"0/0/0/0/3","queues":"0/0"}',
}
BY_SYSLOG = {"hostname": "lb-1", "logger": "haproxy", "pid": 4021}

CASES: list[tuple[str, dict[str, Any]]] = [
    (HTTP, HTTP_FIELDS),
    (TCP, TCP_FIELDS),
    ("Mar  5 08:09:10 lb-1 haproxy[4021]: " + HTTP, HTTP_FIELDS | BY_SYSLOG),
    ("Mar  5 08:09:10 lb-1 haproxy[4021]: " + TCP, TCP_FIELDS | BY_SYSLOG),
    ("<134>Mar  5 08:09:10 haproxy[4021]: " + TCP, TCP_FIELDS | {"logger": "haproxy", "pid": 4021, "severity": 9}),
    ("2024-03-05T08:09:10.124567+00:00 lb-1 haproxy[4021]: " + HTTP, HTTP_FIELDS | BY_SYSLOG),
    ("<134>1 2024-03-05T08:09:10.124Z lb-1 haproxy 4021 - - " + HTTP, HTTP_FIELDS | BY_SYSLOG),
    (  # nobody answered; bytes that were still being sent; cookies; captured headers
        "203.0.113.7:40312 [05/Mar/2024:08:09:10.123] web shop/<NOSRV> 3/-1/-1/-1/+52 503 +213 id=1 - SC-- "
        '7/6/0/0/0 0/2 {shop.example|Mozilla/5.0 (X11; {Linux})} {} "POST /pay HTTP/1.1"',
        AT
        | {"client_ip": "203.0.113.7", "method": "POST", "url": "/pay", "status": 503, "bytes": 213, "severity": 17}
        | {
            **{"duration_ms": 52.0, "format": "haproxy_http"},
            "attrs": '{"frontend":"web","backend":"shop","server":"<NOSRV>","timers":"3/-1/-1/-1/+52",'
            '"termination_state":"SC--","connections":"7/6/0/0/0","queues":"0/2",'
            '"captured":"{shop.example|Mozilla/5.0 (X11; {Linux})} {}","request_cookie":"id=1"}',
        },
    ),
    (  # no request, no status, an address without brackets before its port
        "2001:db8::7:40312 [05/Mar/2024:08:09:10.123] web web/<NOSRV> -1/-1/-1/-1/4 -1 0 - - CR-- 1/1/0/0/0 0/0 "
        '"<BADREQ>"',
        AT
        | {"client_ip": "2001:db8::7", "bytes": 0, "duration_ms": 4.0, "format": "haproxy_http"}
        | {
            "attrs": '{"frontend":"web","backend":"web","server":"<NOSRV>","timers":"-1/-1/-1/-1/4",'
            '"termination_state":"CR--","connections":"1/1/0/0/0","queues":"0/0"}'
        },
    ),
    (  # what the HTTPS format adds, and a request that was cut off
        HTTP + " 0/0/0/0/0 shop.example/TLSv1.3/TLS_AES_128_GCM_SHA256",
        HTTP_FIELDS
        | {
            "message": HTTP + " 0/0/0/0/0 shop.example/TLSv1.3/TLS_AES_128_GCM_SHA256",
            "attrs": HTTP_FIELDS["attrs"][:-1] + ',"more":"0/0/0/0/0 shop.example/TLSv1.3/TLS_AES_128_GCM_SHA256"}',
        },
    ),
    (HTTP.removesuffix(' HTTP/1.1"'), HTTP_FIELDS | {"message": HTTP.removesuffix(' HTTP/1.1"')}),
    (
        "203.0.113.7:40312 [05/Mar/2024:08:09:10.123] web/1: SSL handshake failure",
        AT
        | {"client_ip": "203.0.113.7", "attrs": '{"frontend":"web","listener":"1"}', "format": "haproxy_error"}
        | {"message": "203.0.113.7:40312 [05/Mar/2024:08:09:10.123] web/1: SSL handshake failure"},
    ),
    (  # anything else that it says is syslog's
        "Mar  5 08:09:10 lb-1 haproxy[4021]: Proxy web started.",
        {"logged_at": "2025-03-05T08:09:10", "message": "Proxy web started.", "format": "syslog_rfc3164"} | BY_SYSLOG,
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_haproxy(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | expected


def test_the_accept_date_is_in_the_inputs_zone() -> None:
    assert read(HTTP, timezone="Europe/Berlin")["logged_at"] == "2024-03-05T07:09:10.123000"
