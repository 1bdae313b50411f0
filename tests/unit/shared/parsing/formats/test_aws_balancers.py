from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

ALB = (
    "h2 2024-03-05T08:09:10.123456Z app/shop/50dc6c495c0c9188 203.0.113.7:40312 10.0.3.7:8080 0.001 0.048 0.003 "
    '404 404 57 1834 "GET https://shop.example:443/cart?id=9 HTTP/2.0" "Mozilla/5.0 (X11; Linux x86_64)" '
    "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/73e2 "
    '"Self=1-65e6d2a6-0;Root=1-65e6d2a6-04d2aa3911b1c0a1b2c3d4e5" "shop.example" "-" 0 2024-03-05T08:09:10.071000Z '
    '"forward" "-" "-" "10.0.3.7:8080" "404" "-" "-"'
)
ALB_FIELDS: dict[str, Any] = {
    **{"logged_at": "2024-03-05T08:09:10.123456", "severity": 13, "client_ip": "203.0.113.7", "method": "GET"},
    **{"url": "https://shop.example:443/cart?id=9", "status": 404, "bytes": 1834, "duration_ms": 52.0},
    **{"trace_id": "1-65e6d2a6-04d2aa3911b1c0a1b2c3d4e5", "user_agent": "Mozilla/5.0 (X11; Linux x86_64)"},
    "attrs": '{"type":"h2","elb":"app/shop/50dc6c495c0c9188","target":"10.0.3.7:8080","target_status_code":"404",'
    '"received_bytes":"57","ssl_cipher":"ECDHE-RSA-AES128-GCM-SHA256","ssl_protocol":"TLSv1.2",'
    '"target_group_arn":"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/73e2",'
    '"domain_name":"shop.example","matched_rule_priority":"0",'
    '"request_creation_time":"2024-03-05T08:09:10.071000Z","actions_executed":"forward",'
    '"target_port_list":"10.0.3.7:8080","target_status_code_list":"404"}',
    "format": "aws_alb",
}

CASES: list[tuple[str, dict[str, Any]]] = [
    (ALB, ALB_FIELDS),
    (  # values that later versions add
        ALB + ' TID_0123 "x" new',
        ALB_FIELDS | {"attrs": ALB_FIELDS["attrs"][:-1] + ',"conn_trace_id":"TID_0123"}'},
    ),
    (  # no target, no request
        "https 2024-03-05T08:09:10.123456Z app/shop/50dc 203.0.113.7:40312 - -1 -1 -1 400 - 0 272 "
        '"- https://shop.example:443- -" "-" - - - "-" "-" "-" - 2024-03-05T08:09:10.071000Z "-" "-" "-" "-" "-" "-" '
        '"-"',
        {"logged_at": "2024-03-05T08:09:10.123456", "severity": 13, "client_ip": "203.0.113.7", "status": 400}
        | {"bytes": 272, "format": "aws_alb"}
        | {
            "attrs": '{"type":"https","elb":"app/shop/50dc","received_bytes":"0",'
            '"request_creation_time":"2024-03-05T08:09:10.071000Z"}'
        },
    ),
    (
        "2024-03-05T08:09:10.123456Z shop 203.0.113.7:40312 10.0.3.7:80 0.000073 0.001048 0.000057 200 200 0 29 "
        '"GET http://shop.example:80/ HTTP/1.1" "curl/8.5.0" - -',
        {"logged_at": "2024-03-05T08:09:10.123456", "severity": 9, "client_ip": "203.0.113.7", "method": "GET"}
        | {"url": "http://shop.example:80/", "status": 200, "bytes": 29, "duration_ms": 1.178}
        | {"user_agent": "curl/8.5.0", "format": "aws_elb"}
        | {"attrs": '{"elb":"shop","backend":"10.0.3.7:80","backend_status_code":"200","received_bytes":"0"}'},
    ),
    (  # of a TCP listener, and as it was before user agents were told
        '2024-03-05T08:09:10Z shop [2001:db8::7]:40312 10.0.3.7:80 0.001 0.002 0.000 - - 82 305 "- - - "',
        {"logged_at": "2024-03-05T08:09:10", "client_ip": "2001:db8::7", "bytes": 305, "duration_ms": 3.0}
        | {"attrs": '{"elb":"shop","backend":"10.0.3.7:80","received_bytes":"82"}', "format": "aws_elb"},
    ),
    (
        "tls 2.0 2024-03-05T08:09:10 net/shop/c6e7 g3d4b5 203.0.113.7:40312 10.0.3.7:443 52 20 98 246 - - - "
        "ECDHE-RSA-AES128-SHA tlsv12 - shop.example - - - 2024-03-05T08:09:09",
        {"logged_at": "2024-03-05T08:09:10", "client_ip": "203.0.113.7", "bytes": 246, "duration_ms": 52.0}
        | {
            "attrs": '{"type":"tls","version":"2.0","elb":"net/shop/c6e7","listener":"g3d4b5",'
            '"destination":"10.0.3.7:443","tls_handshake_time":"20","received_bytes":"98",'
            '"tls_cipher":"ECDHE-RSA-AES128-SHA","tls_protocol_version":"tlsv12","domain_name":"shop.example",'
            '"tls_connection_creation_time":"2024-03-05T08:09:09"}',
            "format": "aws_nlb",
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_load_balancers(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | expected


def test_times_without_a_zone_are_utc_whatever_the_inputs_zone() -> None:
    line, fields = CASES[-1]
    assert read(line, timezone="Asia/Tokyo")["logged_at"] == fields["logged_at"]


def test_too_few_values_are_another_format() -> None:
    assert read(ALB[: ALB.index('"GET')])["format"] != "aws_alb"
