from typing import Any

import pytest

from shared.parsing import ParseHints, parse_batch
from tests.unit.shared.parsing.reading import RECEIVED_AT, read

IIS = (
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status sc-bytes time-taken X-Forwarded-For"
)
CLOUDFRONT = (
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    "cs(User-Agent) cs-uri-query time-taken x-forwarded-for"
)
FIREWALL = "#Fields: date time action protocol src-ip dst-ip src-port dst-port size"
PROXY = "#Fields: date time time-taken c-ip cs-username cs(User-Agent) cs-uri s-action"
EXCHANGE = "#Fields: date-time,client-ip,event-id,message-subject"
AT = {"logged_at": "2024-03-05T08:09:10"}

CASES: list[tuple[str, dict[str, Any]]] = [
    ("#Software: Microsoft Internet Information Services 10.0", {"format": "w3c"}),
    ("#Version: 1.0", {"format": "w3c"}),
    ("#Date: 2024-03-05 08:00:00", {"format": "w3c"}),
    (  # CloudFront's standard fields, without a header
        "2024-03-05\t08:09:10\tFRA56-P1\t1834\t192.0.2.7\tGET\td1.cloudfront.net\t/a.css\t403\t-\t"
        "Mozilla/5.0%20(X11)\tv=2\t-\tError\tSOX4xw==\tcdn.example\thttps\t23\t0.052\t-\tTLSv1.3\tTLS_AES_128\tError\t"
        "HTTP/2.0\t-\t-\t40312\t0.051\tError\ttext/html\t78\t-\t-",
        AT
        | {"severity": 13, "client_ip": "192.0.2.7", "method": "GET", "url": "/a.css?v=2", "status": 403}
        | {"bytes": 1834, "duration_ms": 52.0, "user_agent": "Mozilla/5.0 (X11)", "format": "aws_cloudfront"}
        | {
            "attrs": '{"x-edge-location":"FRA56-P1","cs(Host)":"d1.cloudfront.net","x-edge-result-type":"Error",'
            '"x-edge-request-id":"SOX4xw==","x-host-header":"cdn.example","cs-protocol":"https","cs-bytes":"23",'
            '"ssl-protocol":"TLSv1.3","ssl-cipher":"TLS_AES_128","x-edge-response-result-type":"Error",'
            '"cs-protocol-version":"HTTP/2.0","c-port":"40312","time-to-first-byte":"0.051",'
            '"x-edge-detailed-result-type":"Error","sc-content-type":"text/html","sc-content-len":"78"}'
        },
    ),
]
ROWS: list[tuple[str, str, dict[str, Any]]] = [
    (EXCHANGE, IIS, {"format": "w3c"}),
    (
        IIS,
        "2024-03-05 08:09:10 10.0.0.5 GET /shop/a.aspx id=7 443 SHOP\\ann 192.0.2.7 Mozilla/5.0+(X11;+Linux) "
        "https://x.example/ 500 0 64 1834 52 -",
        AT
        | {"severity": 17, "client_ip": "192.0.2.7", "method": "GET", "url": "/shop/a.aspx?id=7", "status": 500}
        | {"bytes": 1834, "duration_ms": 52.0, "user_id": "SHOP\\ann", "user_agent": "Mozilla/5.0 (X11; Linux)"}
        | {"referer": "https://x.example/", "format": "w3c"}
        | {"attrs": '{"s-ip":"10.0.0.5","s-port":"443","sc-substatus":"0","sc-win32-status":"64"}'},
    ),
    (  # nothing told; a proxy's client
        IIS,
        "2024-03-05 08:09:10 10.0.0.5 GET /a - 443 - 10.0.0.9 - - 200 0 0 - - 10.1.2.3,+8.8.4.4",
        AT
        | {"severity": 9, "client_ip": "8.8.4.4", "method": "GET", "url": "/a", "status": 200, "format": "w3c"}
        | {"attrs": '{"s-ip":"10.0.0.5","s-port":"443","sc-substatus":"0","sc-win32-status":"0"}'},
    ),
    (  # one value too few
        IIS,
        "2024-03-05 08:09:10 10.0.0.5 GET /a",
        AT | {"client_ip": "10.0.0.5", "message": "10.0.0.5 GET /a", "format": "leveled"},
    ),
    (  # impossible values
        PROXY,
        "2024-13-05 08:09:10 1.5.5 999.1 - - - TCP_HIT",
        {"attrs": '{"s-action":"TCP_HIT"}', "format": "w3c"},
    ),
    (  # quoted values with blanks, seconds with a fraction
        PROXY,
        '2024-03-05 08:09:10 0.052 192.0.2.7 ann "Mozilla/5.0 (X11; +bot)" http://x.example/ TCP_HIT',
        AT
        | {"client_ip": "192.0.2.7", "user_id": "ann", "user_agent": "Mozilla/5.0 (X11; +bot)", "duration_ms": 52.0}
        | {"url": "http://x.example/", "attrs": '{"s-action":"TCP_HIT"}', "format": "w3c"},
    ),
    (
        CLOUDFRONT,
        "2024-03-05\t08:09:10\tFRA56-P1\t1834\t10.0.0.7\tGET\td1.cloudfront.net\t/a.css\t200\t-\tcurl/8.5.0\t-\t1\t"
        "10.1.2.3,%208.8.4.4",
        AT
        | {"severity": 9, "client_ip": "8.8.4.4", "method": "GET", "url": "/a.css", "status": 200, "bytes": 1834}
        | {"duration_ms": 1000.0, "user_agent": "curl/8.5.0", "format": "aws_cloudfront"}
        | {"attrs": '{"x-edge-location":"FRA56-P1","cs(Host)":"d1.cloudfront.net"}'},
    ),
    (  # of two columns for one field the other stays
        "#Fields: date time src-ip c-ip",
        "2024-03-05 08:09:10 192.0.2.1 192.0.2.2",
        AT | {"client_ip": "192.0.2.2", "format": "w3c", "attrs": '{"src-ip":"192.0.2.1"}'},
    ),
    (  # names that would be patterns
        "#Fields: date time ^c.*$ cx * cy",
        "2024-03-05 08:09:10 1 2 3 4",
        AT | {"format": "w3c", "attrs": '{"^c.*$":"1","cx":"2","*":"3","cy":"4"}'},
    ),
    (
        EXCHANGE,
        '2024-03-05T08:09:10.123Z,192.0.2.7,RECEIVE,"Re: a, b"',
        {"logged_at": "2024-03-05T08:09:10.123000", "client_ip": "192.0.2.7", "format": "w3c"}
        | {"attrs": '{"event-id":"RECEIVE","message-subject":"Re: a, b"}'},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_directives_and_rows_of_fixed_fields(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | expected


@pytest.mark.parametrize(("header", "line", "expected"), ROWS)
def test_rows_under_a_header(header: str, line: str, expected: dict[str, Any]) -> None:
    assert read(line, header=header) == {"message": line} | expected


@pytest.mark.parametrize(("header", "hour"), [(IIS.replace(" X-Forwarded-For", ""), 8), (FIREWALL, 7)])
def test_times_are_utc_but_for_the_firewalls(header: str, hour: int) -> None:
    rows = {"w": " 10.0.0.5 GET /a - 443 - 10.0.0.9 - - 200 0 0 - -", "a": " DROP TCP 192.0.2.7 10.0.0.5 1 2 40"}
    line = "2024-03-05 08:09:10" + rows["a" if header is FIREWALL else "w"]
    assert read(line, header=header, timezone="Europe/Berlin")["logged_at"] == f"2024-03-05T{hour:02}:09:10"


def test_rows_are_read_by_the_nearest_header_above_them() -> None:
    lines = [
        *("2024-03-05 1 a", "#Fields: date c-ip cs-method", "2024-03-05 192.0.2.7 GET", "#Fields: cs-method c-ip date"),
        *("PUT 192.0.2.8 2024-03-05", "#Fields:", "DELETE 192.0.2.9 2024-03-05"),
    ]
    body = "\r\n".join(lines).encode()
    records = parse_batch(body, first_line=7, hints=ParseHints(received_at=RECEIVED_AT)).records
    assert records["method"].to_list() == [None, None, "GET", None, "PUT", None, None]
    assert records["format"].to_list() == ["plain", *["w3c"] * 5, "plain"]


def test_a_forced_format_leaves_other_rows_alone() -> None:
    _, line, _ = ROWS[1]
    assert read(line, header=IIS, format="w3c")["format"] == "w3c"
    assert read(line, header=IIS, format="aws_cloudfront")["format"] == "plain"
    assert read(line, header=IIS, format="plain")["format"] == "plain"
