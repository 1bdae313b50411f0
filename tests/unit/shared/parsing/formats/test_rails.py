from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

RAILS = {"format": "rails"}
LOGGER = {"format": "ruby_logger", "severity": 9, "pid": 71, "logged_at": "2024-03-05T06:07:08.123456"}
SIDEKIQ = {"format": "sidekiq", "severity": 9, "pid": 71, "logged_at": "2024-03-05T06:07:08.123000"}
HEAD = "I, [2024-03-05T06:07:08.123456 #71]  INFO -- : "
REQUEST = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"
STARTED = 'Started GET "/items?page=2" for 192.0.2.7 at 2024-03-05 07:07:08 +0100'
ITEMS = {"method": "GET", "url": "/items?page=2", "client_ip": "192.0.2.7"}
COMPLETED = "Completed 404 Not Found in 12ms (Views: 10.5ms | ActiveRecord: 1.0ms (2 queries, 0 cached) | GC: 0.1ms)"
FOUND_NOT = {"status": 404, "duration_ms": 12.0, "attrs": '{"views_ms":"10.5","active_record_ms":"1.0"}'}

CASES: list[tuple[str, dict[str, Any]]] = [
    (STARTED, RAILS | ITEMS | {"logged_at": "2024-03-05T06:07:08", "message": STARTED}),
    (
        "Processing by ItemsController#index as HTML",
        RAILS
        | {"message": "Processing by ItemsController#index as HTML"}
        | {"attrs": '{"controller":"ItemsController","action":"index"}'},
    ),
    (COMPLETED, RAILS | FOUND_NOT | {"severity": 13, "message": COMPLETED}),
    (
        "Completed 200 OK in 1234ms",
        RAILS | {"severity": 9, "status": 200, "duration_ms": 1234.0, "message": "Completed 200 OK in 1234ms"},
    ),
    (  # with its tags
        f"[{REQUEST}] [shop] Completed 200 OK in 7ms",
        RAILS
        | {"severity": 9, "status": 200, "duration_ms": 7.0, "message": f"[{REQUEST}] [shop] Completed 200 OK in 7ms"}
        | {"attrs": f'{{"request_id":"{REQUEST}"}}'},
    ),
    (HEAD + "all good", LOGGER | {"message": "all good"}),
    (
        "W, [2024-03-05T06:07:08.123456 #71]  WARN -- worker: from 192.0.2.7",
        LOGGER | {"severity": 13, "logger": "worker", "message": "from 192.0.2.7", "client_ip": "192.0.2.7"},
    ),
    (HEAD + f"[{REQUEST}] all good", LOGGER | {"message": "all good", "attrs": f'{{"request_id":"{REQUEST}"}}'}),
    (HEAD + STARTED, LOGGER | RAILS | ITEMS | {"message": STARTED}),
    (HEAD + COMPLETED, LOGGER | RAILS | FOUND_NOT | {"message": COMPLETED}),
    (
        "D, [2024-03-05T06:07:08.123456 #71] DEBUG -- :   User Load (0.3ms)  SELECT * FROM users",
        LOGGER | RAILS | {"severity": 5, "duration_ms": 0.3, "message": "  User Load (0.3ms)  SELECT * FROM users"},
    ),
    (
        HEAD + "  Rendered items/index.html.erb within layouts/application (Duration: 3.5ms | Allocations: 90)",
        LOGGER
        | RAILS
        | {"duration_ms": 3.5}
        | {"message": "  Rendered items/index.html.erb within layouts/application (Duration: 3.5ms | Allocations: 90)"},
    ),
    (
        "2024-03-05T06:07:08.123Z pid=71 tid=2ab class=MailJob jid=9f8e elapsed=0.25 INFO: done",
        SIDEKIQ
        | {"logger": "MailJob", "duration_ms": 250.0, "message": "done", "attrs": '{"thread":"2ab","jid":"9f8e"}'},
    ),
    (
        "2024-03-05T06:07:08.123Z pid=71 tid=2ab WARN: slow",
        SIDEKIQ | {"severity": 13, "message": "slow", "attrs": '{"thread":"2ab"}'},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_rails(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected
