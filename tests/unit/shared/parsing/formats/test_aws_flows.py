from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

DEFAULT = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
OWN = "interface-id srcaddr pkt-srcaddr start bytes tcp-flags flow-direction"

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "2 111122223333 eni-0a1b2c3d 203.0.113.7 10.0.3.7 40312 443 6 20 4249 1709626150 1709626210 ACCEPT OK",
        {"logged_at": "2024-03-05T08:09:10", "client_ip": "203.0.113.7", "bytes": 4249, "format": "aws_vpc_flow"}
        | {
            "attrs": '{"version":"2","account-id":"111122223333","interface-id":"eni-0a1b2c3d","dstaddr":"10.0.3.7",'
            '"srcport":"40312","dstport":"443","protocol":"6","packets":"20","end":"1709626210","action":"ACCEPT",'
            '"log-status":"OK"}'
        },
    ),
    (
        "2 111122223333 eni-0a1b2c3d - - - - - - - 1709626150 1709626210 - NODATA",
        {"logged_at": "2024-03-05T08:09:10", "format": "aws_vpc_flow"}
        | {
            "attrs": '{"version":"2","account-id":"111122223333","interface-id":"eni-0a1b2c3d","end":"1709626210",'
            '"log-status":"NODATA"}'
        },
    ),
]
UNDER_HEADERS: list[tuple[str, str, dict[str, Any]]] = [
    *((DEFAULT, line, expected) for line, expected in CASES),
    (DEFAULT, DEFAULT, {"format": "aws_vpc_flow"}),
    (
        OWN,
        "eni-0a1b2c3d 2001:db8::7 2001:db8::7 1709626150 4249 18 ingress",
        {"logged_at": "2024-03-05T08:09:10", "client_ip": "2001:db8::7", "bytes": 4249, "format": "aws_vpc_flow"}
        | {
            "attrs": '{"interface-id":"eni-0a1b2c3d","pkt-srcaddr":"2001:db8::7","tcp-flags":"18",'
            '"flow-direction":"ingress"}'
        },
    ),
    (OWN, "eni-0a1b2c3d 2001:db8::7", {"client_ip": "2001:db8::7", "format": "plain"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_default_flow_logs(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | expected


@pytest.mark.parametrize(("header", "line", "expected"), UNDER_HEADERS)
def test_flow_logs_with_a_header(header: str, line: str, expected: dict[str, Any]) -> None:
    assert read(line, header=header) == {"message": line} | expected
