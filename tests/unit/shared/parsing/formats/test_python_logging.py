from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

MILLIS = {"logged_at": "2024-03-05T06:07:08.123000"}
SECONDS = {"logged_at": "2024-03-05T06:07:08"}
INFO = {"severity": 9}
ITEMS = {"client_ip": "192.0.2.7", "method": "GET", "url": "/items?page=2"}
RUNSERVER = '[05/Mar/2024 06:07:08] "GET /items?page=2 HTTP/1.1" 404 179'
WERKZEUG = 'INFO:werkzeug:192.0.2.7 - - [05/Mar/2024 06:07:08] "GET /items?page=2 HTTP/1.1" 200 -'
UWSGI = (
    "[pid: 71|app: 0|req: 3/9] 192.0.2.7 () {40 vars in 812 bytes} [Tue Mar  5 06:07:08 2024] GET /items?page=2 => "
    "generated 512 bytes in 12 msecs (HTTP/1.1 500) 3 headers in 90 bytes (1 switches on core 0)"
)

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "[2024-03-05 06:07:08,123] ERROR in app: Exception on /items [GET]",
        MILLIS | {"severity": 17, "logger": "app", "message": "Exception on /items [GET]", "format": "flask"},
    ),
    (
        "[2024-03-05 06:07:08,123: WARNING/MainProcess] no heartbeat",
        MILLIS | {"severity": 13, "message": "no heartbeat", "attrs": '{"thread":"MainProcess"}', "format": "celery"},
    ),
    (
        "[2024-03-05 06:07:08,123: INFO/ForkPoolWorker-2] Task shop.mail[9f8e-1] succeeded in 0.25s: None",
        MILLIS
        | INFO
        | {"message": "Task shop.mail[9f8e-1] succeeded in 0.25s: None", "duration_ms": 250.0, "format": "celery"}
        | {"attrs": '{"thread":"ForkPoolWorker-2","task":"shop.mail","task_id":"9f8e-1"}'},
    ),
    (
        "[2024-03-05 07:07:08 +0100] [71] [INFO] Booting worker",
        SECONDS | INFO | {"pid": 71, "message": "Booting worker", "format": "gunicorn"},
    ),
    (
        "[2024-03-05T07:07:08.123+0100] {taskinstance.py:1308} INFO - Starting attempt 1 of 2",
        MILLIS | INFO | {"logger": "taskinstance.py:1308", "message": "Starting attempt 1 of 2", "format": "airflow"},
    ),
    (
        "[W 240305 06:07:08 web:2246] 404 GET /x (192.0.2.7) 1.2ms",
        SECONDS
        | {"severity": 13, "logger": "web:2246", "message": "404 GET /x (192.0.2.7) 1.2ms", "client_ip": "192.0.2.7"}
        | {"format": "tornado"},
    ),
    (
        "[I 2024-03-05 06:07:08.123 ServerApp] notebook is running",
        MILLIS | INFO | {"logger": "ServerApp", "message": "notebook is running", "format": "tornado"},
    ),
    (
        "2024-03-05 06:07:08 [scrapy.core.engine] DEBUG: Crawled",
        SECONDS | {"severity": 5, "logger": "scrapy.core.engine", "message": "Crawled", "format": "scrapy"},
    ),
    (
        "INFO 2024-03-05 06:07:08,123 views 71 139872 all good",
        MILLIS
        | INFO
        | {"logger": "views", "pid": 71, "message": "all good", "attrs": '{"thread":"139872"}', "format": "django"},
    ),
    (
        'INFO:     192.0.2.7:50123 - "GET /items?page=2 HTTP/1.1" 200 OK',
        INFO
        | ITEMS
        | {"status": 200, "message": '192.0.2.7:50123 - "GET /items?page=2 HTTP/1.1" 200 OK', "format": "uvicorn"},
    ),
    (
        RUNSERVER,
        SECONDS
        | {"severity": 13, "method": "GET", "url": "/items?page=2", "status": 404, "bytes": 179, "message": RUNSERVER}
        | {"format": "django_request"},
    ),
    (
        WERKZEUG,
        SECONDS | INFO | ITEMS | {"status": 200, "logger": "werkzeug", "message": WERKZEUG, "format": "werkzeug"},
    ),
    (
        UWSGI,
        SECONDS
        | ITEMS
        | {"severity": 17, "pid": 71, "status": 500, "bytes": 512, "duration_ms": 12.0, "message": UWSGI}
        | {"format": "uwsgi"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_python(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected
