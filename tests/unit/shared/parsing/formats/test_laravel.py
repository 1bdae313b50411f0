from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

HEAD = {"format": "laravel", "severity": 17, "logger": "production", "logged_at": "2024-03-05T06:07:08"}

CASES: list[tuple[str, dict[str, Any]]] = [
    ("[2024-03-05 06:07:08] production.ERROR: Mail not sent  ", HEAD | {"message": "Mail not sent"}),
    (
        '[2024-03-05 06:07:08] production.ERROR: Mail not sent {"userId":7,"to":{"list":"all"}} ',
        HEAD | {"message": "Mail not sent", "user_id": "7", "attrs": '{"to":{"list":"all"}}'},
    ),
    (  # context and extra
        '[2024-03-05 06:07:08] production.ERROR: Mail not sent {"a":1} {"ip":"192.0.2.7","b":2}',
        HEAD | {"message": "Mail not sent", "client_ip": "192.0.2.7", "attrs": '{"a":1,"b":2}'},
    ),
    ("[2024-03-05 06:07:08] production.ERROR: Mail not sent [] []", HEAD | {"message": "Mail not sent"}),
    (
        '[2024-03-05 06:07:08] production.ERROR: Mail {draft} not sent {"a":1} []',
        HEAD | {"message": "Mail {draft} not sent", "attrs": '{"a":1}'},
    ),
    (  # Symfony
        '[2024-03-05T07:07:08.123456+01:00] request.CRITICAL: Uncaught exception {"code":0} []',
        HEAD
        | {"severity": 21, "logger": "request", "message": "Uncaught exception", "attrs": '{"code":0}'}
        | {"logged_at": "2024-03-05T06:07:08.123456"},
    ),
    ("[2024-03-05 06:07:08] local.EMERGENCY: down", HEAD | {"severity": 23, "logger": "local", "message": "down"}),
    (  # an object that is cut off, or none, is the message's
        '[2024-03-05 06:07:08] production.ERROR: Broken {"exception":"[object] (Boom(code: 0): Boom at /app/a.php:3)',
        HEAD | {"message": 'Broken {"exception":"[object] (Boom(code: 0): Boom at /app/a.php:3)'},
    ),
    (
        '[2024-03-05 06:07:08] production.ERROR: Broken {"a":1,} []',
        HEAD | {"message": 'Broken {"a":1,} []'},
    ),
    (  # a context's own level and time are not the record's
        '[2024-03-05 06:07:08] production.ERROR: Sync {"level":"info","time":"2020-01-01T00:00:00Z","n":1}',
        HEAD | {"message": "Sync", "attrs": '{"level":"info","time":"2020-01-01T00:00:00Z","n":1}'},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_laravel(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected
