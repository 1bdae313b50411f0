from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok /etc/httpd/conf/workers2.properties",
        {"logged_at": "2005-12-04T04:47:44", "severity": 10, "format": "apache_error"}
        | {"message": "workerEnv.init() ok /etc/httpd/conf/workers2.properties"},
    ),
    (
        "[Tue Jan 02 10:00:00.123456 2024] [core:crit] [pid 12:tid 34] [client 192.0.2.4:555] AH00001: bad",
        {"logged_at": "2024-01-02T10:00:00.123456", "severity": 21, "logger": "core", "pid": 12}
        | {"client_ip": "192.0.2.4", "message": "[client 192.0.2.4:555] AH00001: bad", "attrs": '{"thread":"34"}'}
        | {"format": "apache_error"},
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
        | {"attrs": '{"thread":"4","connection":"7"}', "format": "nginx_error"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_error_log(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | expected
