from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "[Wed Mar 06 08:09:10 2024] [notice] child.init() done /srv/web/conf/pool.properties",
        {"logged_at": "2024-03-06T08:09:10", "severity": 10, "format": "apache_error"}
        | {"message": "child.init() done /srv/web/conf/pool.properties"},
    ),
    (
        "[Tue Jan 02 10:00:00.123456 2024] [core:crit] [pid 12:tid 34] [client 192.0.2.4:555] AH00001: bad",
        {"logged_at": "2024-01-02T10:00:00.123456", "severity": 21, "logger": "core", "pid": 12}
        | {"client_ip": "192.0.2.4", "message": "[client 192.0.2.4:555] AH00001: bad", "format": "apache_error"}
        | {"attrs": '{"thread":"34","code":"AH00001"}'},
    ),
    (  # Apache 2.4 puts a port behind the address, brackets or not; 2.2 did not
        "[Tue Jan 02 10:00:00.123456 2024] [proxy:error] [pid 12:tid 34] (111)Connection refused: "
        "[client 2001:db8::4:5551] AH01102: error reading from 10.0.0.9:80, referer: https://x.example/",
        {"logged_at": "2024-01-02T10:00:00.123456", "severity": 17, "logger": "proxy", "pid": 12}
        | {"client_ip": "2001:db8::4", "referer": "https://x.example/", "format": "apache_error"}
        | {"attrs": '{"thread":"34","code":"AH01102"}'}
        | {
            "message": "(111)Connection refused: [client 2001:db8::4:5551] AH01102: error reading from 10.0.0.9:80, "
            "referer: https://x.example/"
        },
    ),
    (
        "[Tue Jan 02 10:00:00 2024] [error] [client 2001:db8::4] File does not exist: /srv/favicon.ico",
        {"logged_at": "2024-01-02T10:00:00", "severity": 17, "client_ip": "2001:db8::4", "format": "apache_error"}
        | {"message": "[client 2001:db8::4] File does not exist: /srv/favicon.ico"},
    ),
    (
        "[Tue Jan 02 10:00:00.123456 2024] [ssl:trace4] [pid 12] handshake",
        {"logged_at": "2024-01-02T10:00:00.123456", "severity": 1, "logger": "ssl", "pid": 12, "message": "handshake"}
        | {"format": "apache_error"},
    ),
    (
        '2024/01/02 10:00:00 [error] 123#4: *7 open() "/a" failed, client: 192.0.2.4, server: x',
        {"logged_at": "2024-01-02T10:00:00", "severity": 17, "pid": 123, "client_ip": "192.0.2.4"}
        | {"message": 'open() "/a" failed, client: 192.0.2.4, server: x'}
        | {"attrs": '{"thread":"4","connection":"7","vhost":"x"}', "format": "nginx_error"},
    ),
    (
        "2024/01/02 10:00:00 [warn] 123#4: *7 upstream timed out, client: 192.0.2.4, server: _, "
        'request: "POST /a?b HTTP/1.1", upstream: "http://10.0.0.9:80/a?b", host: "x.example", referrer: "https://x.example/"',
        {"logged_at": "2024-01-02T10:00:00", "severity": 13, "pid": 123, "client_ip": "192.0.2.4", "method": "POST"}
        | {"url": "/a?b", "referer": "https://x.example/", "format": "nginx_error"}
        | {
            "message": 'upstream timed out, client: 192.0.2.4, server: _, request: "POST /a?b HTTP/1.1", '
            'upstream: "http://10.0.0.9:80/a?b", host: "x.example", referrer: "https://x.example/"',
            "attrs": '{"thread":"4","connection":"7","vhost":"_","upstream":"http://10.0.0.9:80/a?b","host":"x.example"}',
        },
    ),
    (
        "2024/01/02 10:00:00 [emerg] 123#4: no host in upstream",
        {"logged_at": "2024-01-02T10:00:00", "severity": 23, "pid": 123, "message": "no host in upstream"}
        | {"attrs": '{"thread":"4"}', "format": "nginx_error"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_error_log(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | expected
