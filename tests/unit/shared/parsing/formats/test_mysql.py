from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

MICROS = {"logged_at": "2024-03-05T06:07:08.123456"}
SECONDS = {"logged_at": "2024-03-05T06:07:08"}
ERRORS = {"format": "mysql", "severity": 9}
QUERIES = {"format": "mysql_general"}
SLOW = {"format": "mysql_slow"}

CASES: list[tuple[str, dict[str, Any]]] = [
    (  # 8.0
        "2024-03-05T06:07:08.123456Z 8 [Warning] [MY-010055] [Server] IP address '192.0.2.7' has no name",
        ERRORS
        | MICROS
        | {"severity": 13, "logger": "Server", "message": "IP address '192.0.2.7' has no name"}
        | {"client_ip": "192.0.2.7", "attrs": '{"thread":"8","code":"MY-010055"}'},
    ),
    (
        "2024-03-05T06:07:08.123456Z 0 [System] [MY-010931] [Server] mysqld: ready for connections.",
        ERRORS
        | MICROS
        | {"logger": "Server", "message": "mysqld: ready for connections."}
        | {"attrs": '{"thread":"0","code":"MY-010931"}'},
    ),
    (
        "2024-03-05T07:07:08.123456+01:00 1 [ERROR] [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: 11",
        ERRORS
        | MICROS
        | {"severity": 17, "logger": "InnoDB", "message": "Unable to lock ./ibdata1 error: 11"}
        | {"attrs": '{"thread":"1","code":"MY-012574"}'},
    ),
    (  # 5.7
        "2024-03-05T06:07:08.123456Z 0 [Note] InnoDB: 5.7.44 started",
        ERRORS | MICROS | {"message": "InnoDB: 5.7.44 started", "attrs": '{"thread":"0"}'},
    ),
    (  # 5.6, MariaDB
        "2024-03-05  6:07:08 140 [Note] Event Scheduler: Loaded 0 events",
        ERRORS | SECONDS | {"message": "Event Scheduler: Loaded 0 events", "attrs": '{"thread":"140"}'},
    ),
    (  # 5.5
        "240305  6:07:08 [Warning] Aborted connection 8",
        ERRORS | SECONDS | {"severity": 13, "message": "Aborted connection 8"},
    ),
    ("240305 06:07:08 [ERROR] disk full", ERRORS | SECONDS | {"severity": 17, "message": "disk full"}),
    (
        "2024-03-05T06:07:08.123456Z\t    8 Query\tSELECT 'ERROR' FROM t WHERE ip = '192.0.2.7'",
        QUERIES
        | MICROS
        | {"message": "SELECT 'ERROR' FROM t WHERE ip = '192.0.2.7'", "attrs": '{"thread":"8","command":"Query"}'},
    ),
    (
        "2024-03-05T06:07:08.123456Z\t    8 Connect\tshop@192.0.2.7 on orders using TCP/IP",
        QUERIES
        | MICROS
        | {"message": "shop@192.0.2.7 on orders using TCP/IP", "user_id": "shop", "client_ip": "192.0.2.7"}
        | {"attrs": '{"thread":"8","command":"Connect"}'},
    ),
    (
        "240305  6:07:08\t   12 Init DB\torders",
        QUERIES | SECONDS | {"message": "orders", "attrs": '{"thread":"12","command":"Init DB"}'},
    ),
    ("\t\t   12 Quit\t", QUERIES | {"message": "", "attrs": '{"thread":"12","command":"Quit"}'}),
    (
        "# Time: 2024-03-05T06:07:08.123456Z",
        SLOW | MICROS | {"message": "# Time: 2024-03-05T06:07:08.123456Z"},
    ),
    ("# Time: 240305  6:07:08", SLOW | SECONDS | {"message": "# Time: 240305  6:07:08"}),
    (
        "# User@Host: shop[shop] @ web-1 [192.0.2.7]  Id:     8",
        SLOW
        | {"message": "# User@Host: shop[shop] @ web-1 [192.0.2.7]  Id:     8", "user_id": "shop"}
        | {"client_ip": "192.0.2.7", "attrs": '{"host":"web-1","thread":"8"}'},
    ),
    (
        "# Query_time: 2.500000  Lock_time: 0.000010 Rows_sent: 1  Rows_examined: 90000",
        SLOW
        | {"message": "# Query_time: 2.500000  Lock_time: 0.000010 Rows_sent: 1  Rows_examined: 90000"}
        | {"duration_ms": 2500.0}
        | {"attrs": '{"lock_seconds":"0.000010","rows_sent":"1","rows_examined":"90000"}'},
    ),
]

SLOW_RECORD = """# Time: 2024-03-05T06:07:08.123456Z
# User@Host: shop[shop] @  [192.0.2.7]  Id:     8
# Query_time: 2.500000  Lock_time: 0.000010 Rows_sent: 1  Rows_examined: 90000
SET timestamp=1709618828;
SELECT 1;"""


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_mysql(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected


def test_a_slow_query_is_a_record_with_all_its_fields() -> None:
    assert read(SLOW_RECORD) == SLOW | MICROS | {
        "message": SLOW_RECORD,
        "user_id": "shop",
        "client_ip": "192.0.2.7",
        "duration_ms": 2500.0,
        "attrs": '{"thread":"8","lock_seconds":"0.000010","rows_sent":"1","rows_examined":"90000"}',
    }
