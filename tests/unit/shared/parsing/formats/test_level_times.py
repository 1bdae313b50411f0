from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "17 rack-[4-6 9-11] boot_cmd new 1136214245 1 Two of them failed",
        {"logged_at": "2006-01-02T15:04:05", "message": "Two of them failed", "hostname": "rack-[4-6 9-11]"},
    ),
    (
        "- 1136214245 2006.01.02 box7 Jan 2 15:04:05 box7/box7 syslogd 1.4.1: restart.",
        {"logged_at": "2006-01-02T15:04:05", "message": "restart.", "hostname": "box7", "logger": "syslogd"},
    ),
    (
        "- 1136214245 2006.01.02 A07-B1-N3-C:K05-U02 2006-01-02-15.04.05.123456 A07-B1-N3-C:K05-U02 RAS "
        "KERNEL INFO fan 3 is slow",
        {
            "logged_at": "2006-01-02T15:04:05.123456",
            "severity": 9,
            "message": "fan 3 is slow",
            "hostname": "A07-B1-N3-C:K05-U02",
            "logger": "KERNEL",
        },
    ),
    (
        "FANFAIL 1136214245 2006.01.02 A07-B1-N3-C:K05-U02 2006-01-02-15.04.05.123456 "
        "A07-B1-N3-C:K05-U02 RAS APP FATAL iod: no answer from node 12",
        {"logged_at": "2006-01-02T15:04:05.123456", "severity": 21, "message": "iod: no answer from node 12"},
    ),
    (
        "- 1136214245 2006.01.02 NULL 2006-01-02-15.04.05.123456 NULL RAS MASTER FAILURE server exited with code 7",
        {"logged_at": "2006-01-02T15:04:05.123456", "severity": 17, "message": "server exited with code 7"},
    ),
    (
        "- 1136214245 2006.01.02 UNKNOWN_LOCATION 2006-01-02-15.04.05.123456 UNKNOWN_LOCATION RAS "
        "DISCOVERY SEVERE 3 links are down",
        {"logged_at": "2006-01-02T15:04:05.123456", "severity": 17, "message": "3 links are down"},
    ),
    (
        "- 1136214245 2006.01.02 R1 2006-01-02-15.04.05.123456 R1 NULL DISCOVERY WARNING card is not there",
        {"logged_at": "2006-01-02T15:04:05.123456", "severity": 13, "message": "card is not there"},
    ),
    (
        "- 1136214245 2006.01.02 cn17 Jan 2 15:04:05 cn17/cn17 crond(pam_unix)[215]: session closed for user root",
        {
            "logged_at": "2006-01-02T15:04:05",
            "message": "session closed for user root",
            "hostname": "cn17",
            "pid": 215,
            "logger": "crond(pam_unix)",
        },
    ),
    (
        "- 1136214245 2006.01.02 head-1 Jan 3 00:00:51 local@head-1 /opt/monitor-2/sbin/monitord[168]: "
        "poll() got nothing from [A2]",
        {"logged_at": "2006-01-03T00:00:51", "message": "poll() got nothing from [A2]", "pid": 168},
    ),
    (
        "ECC 1136214245 2005.12.31 cn26 Jan 1 00:00:01 cn26/cn26 kernel: sda (0:0): offline",
        {"logged_at": "2006-01-01T00:00:01", "message": "sda (0:0): offline", "logger": "kernel"},
    ),
    (
        "- 1136214245 2006.01.02 bn4 Jan 2 15:04:52 bn4/bn4 Storage Manager: Event Service Id: 7 done",
        {"logged_at": "2006-01-02T15:04:52", "message": "Event Service Id: 7 done"},
    ),
    (
        "- 1136214245 2006.01.02 #8# Jan 2 15:04:52 #8#/#8# last message repeated 2 times",
        {"logged_at": "2006-01-02T15:04:52", "message": "last message repeated 2 times"},
    ),
    (
        '7001 node-12 unix.hw state.changed 1136214245 1 Component "eth9" has gone',
        {
            "logged_at": "2006-01-02T15:04:05",
            "message": 'Component "eth9" has gone',
            "hostname": "node-12",
            "logger": "unix.hw",
        },
    ),
    (
        "7002 node-12 node psu 1136214245 1 psu 2 failed",
        {"logged_at": "2006-01-02T15:04:05", "message": "psu 2 failed"},
    ),
    ("7003 sw7 sw temperature 1136214245 1 heat=29", {"logged_at": "2006-01-02T15:04:05", "message": "heat=29"}),
    (
        "api.log.1.2024-01-02_11:00:00 2024-01-02 12:00:00.008 257 INFO nova.wsgi.server [req-1 - - -] "
        '192.0.2.1 "GET /v2 HTTP/1.1"',
        {
            "logged_at": "2024-01-02T12:00:00.008000",
            "severity": 9,
            "message": '192.0.2.1 "GET /v2 HTTP/1.1"',
            "pid": 257,
        },
    ),
    (
        "compute.log 2024-01-02 12:00:00.008 257 INFO nova.virt.x [-] [instance: 1] started",
        {"logged_at": "2024-01-02T12:00:00.008000", "severity": 9, "message": "[instance: 1] started"},
    ),
    (
        "INFO  [main] 2024-01-01 00:00:00,123 StorageService.java:123 - Cassandra version: 4.0",
        {
            "logged_at": "2024-01-01T00:00:00.123000",
            "severity": 9,
            "message": "Cassandra version: 4.0",
            "logger": "StorageService.java:123",
        },
    ),
    (
        "0|app  | 2024-01-01 10:00:00 INFO ok then",
        {"logged_at": "2024-01-01T10:00:00", "severity": 9, "message": "ok then"},
    ),
    ("INFO com.example.App: hello", {"severity": 9, "message": "hello", "logger": "com.example.App"}),
    (
        "server.log:12:2024-01-01 00:00:00 INFO hello",
        {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "hello"},
    ),
    (
        "[pod/web-1/app] 2024-01-01T00:00:00Z INFO hello",
        {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "hello"},
    ),
    ("Info: 2024-01-01 00:00:00 hello", {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "hello"}),
    (
        "[INFO ] 2023-08-01 12:00:00.123 [main] Foo - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "logger": "Foo"},
    ),
    (
        "ERROR 2023-08-01 12:00:00,123 [main] com.foo.Bar: hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 17, "message": "hello", "logger": "com.foo.Bar"},
    ),
    (
        "[#|2023-08-01T12:00:00.123+0000|INFO|glassfish3.1|javax.enterprise|_ThreadID=1;|Hello there|#]",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "Hello there"},
    ),
    ("  1234:20230801:120000.123 hello", {"logged_at": "2023-08-01T12:00:00.123000", "message": "hello", "pid": 1234}),
    (
        "[INFO]\t2023-08-01T12:00:00.123Z\t6bf1-uuid\thello there",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello there"},
    ),
    ("(N) 2023-08-01T12:00:00 - hello", {"logged_at": "2023-08-01T12:00:00", "severity": 10, "message": "hello"}),
    ("[I] 2023-08-01T12:00:00Z hello", {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "hello"}),
    (
        "info  [2023-08-01 12:00:00.123 Z] Server is listening",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "Server is listening"},
    ),
    (
        "TID: [-1234] [] [2023-08-01 12:00:00,123]  INFO {org.wso2.carbon.Foo} - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "INFO  2023-08-01 12:00:00,123 [main] org.mule.Foo: hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "logger": "org.mule.Foo"},
    ),
    (
        "INFO  2023-08-01 12:00:00,123 [shard 0] init - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "logger": "init"},
    ),
    (
        "[1] 2023/08/01 12:00:00.123456 [INF] Starting nats-server",
        {"logged_at": "2023-08-01T12:00:00.123456", "severity": 9, "message": "Starting nats-server"},
    ),
    (
        "INFO [08-01|12:00:00.123] Imported new chain segment   number=1",
        {"logged_at": "2025-08-01T12:00:00.123000", "severity": 9, "message": "Imported new chain segment   number=1"},
    ),
    (
        "E [01/Aug/2023:12:00:00 +0200] [Job 1] hello",
        {"logged_at": "2023-08-01T10:00:00", "severity": 17, "message": "[Job 1] hello"},
    ),
    (
        "job=7 host=x 2023-08-01 12:00:00 INFO hello",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "hello"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_a_time_and_what_stands_before_it(line: str, expected: dict[str, Any]) -> None:
    record = read(line, format="leveled")
    assert {name: record.get(name) for name in expected} == expected
    assert ("logged_at" in record) == ("logged_at" in expected)
