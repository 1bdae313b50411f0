from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

HEAD = {"format": "postgresql", "severity": 9, "pid": 71, "logged_at": "2024-03-05T06:07:08.123000"}
SECONDS = {"logged_at": "2024-03-05T06:07:08"}
NO_PID: dict[str, Any] = {name: value for name, value in HEAD.items() if name != "pid"}
TIMELESS: dict[str, Any] = {"format": "postgresql"}
SHOP = {"user_id": "shop", "attrs": '{"db":"orders"}'}

CASES: list[tuple[str, dict[str, Any]]] = [
    (  # the default since 10
        "2024-03-05 06:07:08.123 UTC [71] LOG:  checkpoint complete",
        HEAD | {"message": "checkpoint complete"},
    ),
    (
        "2024-03-05 07:07:08.123 CET [71] PANIC:  could not write",
        HEAD | {"severity": 23, "message": "could not write"},
    ),
    ("2024-03-05 03:07:08.123 -03 [71] WARNING:  old", HEAD | {"severity": 13, "message": "old"}),
    ("2024-03-05 06:07:08.123 UTC [71] DEBUG2:  parse", HEAD | {"severity": 5, "message": "parse"}),
    ("2024-03-05 06:07:08.123 UTC [71] NOTICE:  skipping", HEAD | {"severity": 10, "message": "skipping"}),
    (
        '2024-03-05 06:07:08.123 UTC [71] shop@orders ERROR:  relation "x" does not exist at character 15',
        HEAD | SHOP | {"severity": 17, "message": 'relation "x" does not exist at character 15'},
    ),
    (
        "2024-03-05 06:07:08 UTC [71]: [3-1] user=shop,db=orders,app=JDBC Driver,client=192.0.2.7 "
        "FATAL:  terminating connection",
        HEAD
        | SECONDS
        | {"severity": 21, "message": "terminating connection", "user_id": "shop", "client_ip": "192.0.2.7"}
        | {"attrs": '{"db":"orders","app":"JDBC Driver"}'},
    ),
    (
        "2024-03-05 06:07:08 UTC [71]: [1-1] user=,db=,app=,client= LOG:  autovacuum launcher started",
        HEAD | SECONDS | {"message": "autovacuum launcher started"},
    ),
    (
        "2024-03-05 06:07:08.123 UTC [71] [unknown]@[unknown] LOG:  connection received: host=192.0.2.7 port=50123",
        HEAD | {"message": "connection received: host=192.0.2.7 port=50123", "client_ip": "192.0.2.7"},
    ),
    (
        '2024-03-05 06:07:08.123 UTC [71] shop@orders FATAL:  no pg_hba.conf entry for host "192.0.2.7", user "shop"',
        HEAD
        | SHOP
        | {"severity": 21, "message": 'no pg_hba.conf entry for host "192.0.2.7", user "shop"'}
        | {"client_ip": "192.0.2.7"},
    ),
    (  # what services in the cloud set
        "2024-03-05 06:07:08 UTC:192.0.2.7(50123):shop@orders:[71]:ERROR:  deadlock detected",
        HEAD | SECONDS | SHOP | {"severity": 17, "message": "deadlock detected", "client_ip": "192.0.2.7"},
    ),
    ("< 2024-03-05 06:07:08.123 UTC >LOG:  ready", NO_PID | {"message": "ready"}),
    ("2024-03-05 06:07:08.123 UTC LOG:  ready", NO_PID | {"message": "ready"}),
    (
        "2024-03-05 06:07:08.123 UTC [71] LOG:  duration: 12.345 ms  statement: SELECT '192.0.2.7', 'ERROR'",
        HEAD | {"message": "duration: 12.345 ms  statement: SELECT '192.0.2.7', 'ERROR'", "duration_ms": 12.345},
    ),
    (  # what goes on with a record that is not there
        "2024-03-05 06:07:08.123 UTC [71] STATEMENT:  SELECT * FROM x WHERE level = 'ERROR'",
        {name: value for name, value in HEAD.items() if name != "severity"}
        | {"message": "SELECT * FROM x WHERE level = 'ERROR'", "attrs": '{"part":"statement"}'},
    ),
    ("LOG:  database system is ready", TIMELESS | {"severity": 9, "message": "database system is ready"}),
    (
        'ERROR:  syntax error at or near "SELEC"',
        TIMELESS | {"severity": 17, "message": 'syntax error at or near "SELEC"'},
    ),
    (  # csvlog
        '2024-03-05 06:07:08.123 UTC,"shop","orders",71,"192.0.2.7:50123",65e6c1.47,3,"SELECT",'
        '2024-03-05 06:00:00 UTC,4/12,0,ERROR,42P01,"relation ""x"" does not exist",,,,,,"SELECT 1",15,,"psql"',
        HEAD
        | {"severity": 17, "message": 'relation "x" does not exist', "user_id": "shop", "client_ip": "192.0.2.7"}
        | {"attrs": '{"db":"orders","sqlstate":"42P01"}'},
    ),
    (
        "2024-03-05 06:07:08.123 UTC,,,71,,65e6c1.47,3,,2024-03-05 06:00:00 UTC,,0,LOG,00000,"
        '"database system is ready",,,,,,,,,""',
        HEAD | {"message": "database system is ready"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_postgresql(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected


@pytest.mark.parametrize(
    "line", ["WARNING:  one of uvicorn's", "ERROR: psql has two blanks", "INFO [71] LOG: one blank"]
)
def test_lines_of_others(line: str) -> None:
    assert read(line)["format"] != "postgresql"
