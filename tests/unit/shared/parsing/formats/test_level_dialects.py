from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "2024-01-01 10:00:00.123456+0100 0x1234     Default     0x0                  123    0    "
        "process: (lib) [sub:cat] message here",
        {
            "logged_at": "2024-01-01T09:00:00.123456",
            "severity": 9,
            "message": "message here",
            "logger": "process",
            "pid": 123,
        },
    ),
    (
        "2024-01-01 10:00:00.123456+0100 0x1234     Error       0x5a3                123    0    process: message here",
        {
            "logged_at": "2024-01-01T09:00:00.123456",
            "severity": 17,
            "message": "message here",
            "logger": "process",
            "pid": 123,
        },
    ),
    (
        "[2024-01-01T00:00:00,123][INFO ][o.e.n.Node    ] [node-1] initialized",
        {"logged_at": "2024-01-01T00:00:00.123000", "severity": 9, "message": "initialized", "logger": "o.e.n.Node"},
    ),
    (
        "[2024-01-01T00:00:00,123][INFO ][o.e.c.m.MetadataDeleteIndexService] [node-1] [idx/abc] deleting index",
        {"logged_at": "2024-01-01T00:00:00.123000", "severity": 9, "message": "[idx/abc] deleting index"},
    ),
    (
        '[2024-01-01T00:00:00,123][INFO ][logstash.javapipeline    ][main] Pipeline started {"a"=>1}',
        {
            "logged_at": "2024-01-01T00:00:00.123000",
            "severity": 9,
            "message": 'Pipeline started {"a"=>1}',
            "logger": "logstash.javapipeline",
        },
    ),
    (
        "[2024-01-01T00:00:00,123][INFO ][logstash.runner          ] Starting Logstash",
        {"logged_at": "2024-01-01T00:00:00.123000", "severity": 9, "message": "Starting Logstash"},
    ),
    (
        "[2024-01-01 00:00:00,123] INFO [Controller id=0] Processing automatic preferred replica leader "
        "election (kafka.controller.KafkaController)",
        {
            "logged_at": "2024-01-01T00:00:00.123000",
            "severity": 9,
            "message": "[Controller id=0] Processing automatic preferred replica leader election",
            "logger": "kafka.controller.KafkaController",
        },
    ),
    (
        "[2024-01-01 00:00:00,123] INFO starting (kafka.server.KafkaServer)",
        {
            "logged_at": "2024-01-01T00:00:00.123000",
            "severity": 9,
            "message": "starting",
            "logger": "kafka.server.KafkaServer",
        },
    ),
    (
        "####<Jan 1, 2024 10:00:00,123 AM CET> <Info> <WebLogicServer> <host1> <srv> <main> <<WLS "
        "Kernel>> <> <> <1704099600123> <BEA-000365> <Server state changed to STANDBY.>",
        {
            "logged_at": "2024-01-01T09:00:00.123000",
            "severity": 9,
            "message": "Server state changed to STANDBY.",
            "hostname": "host1",
            "logger": "WebLogicServer",
        },
    ),
    (
        "<Jan 1, 2024 10:00:00 AM CET> <Notice> <Server> <BEA-002613> <Channel is listening>",
        {"logged_at": "2024-01-01T09:00:00", "severity": 10, "message": "Channel is listening"},
    ),
    (
        "[1/2/24 10:00:00:123 CET] 0000001a SystemOut     O hello there",
        {"logged_at": "2024-01-02T09:00:00.123000", "message": "hello there", "logger": "SystemOut"},
    ),
    (
        "[1/12/24 10:00:00:123 CET] 0000001a TCPChannel    E   TCPC0003E: failed",
        {
            "logged_at": "2024-01-12T09:00:00.123000",
            "severity": 17,
            "message": "TCPC0003E: failed",
            "logger": "TCPChannel",
        },
    ),
    (
        "[2024-01-01 00:00:00,123: INFO/MainProcess] mingle: all alone",
        {"logged_at": "2024-01-01T00:00:00.123000", "severity": 9, "message": "mingle: all alone"},
    ),
    (
        "[2024/01/01 10:00:00.123456,  0] ../../source3/smbd/server.c:1234(main)",
        {"logged_at": "2024-01-01T10:00:00.123456", "message": ""},
    ),
    (
        "2024-01-01 00:00:00.123456+00:00 [info] <0.123.0> Server startup complete",
        {"logged_at": "2024-01-01T00:00:00.123456", "severity": 9, "message": "Server startup complete"},
    ),
    (
        "[2024-01-01T00:00:00.123+0000][0.123s][info][gc,start     ] GC(0) Pause Young",
        {
            "logged_at": "2024-01-01T00:00:00.123000",
            "severity": 9,
            "message": "GC(0) Pause Young",
            "logger": "gc,start",
        },
    ),
    ("[0.123s][info][gc] GC(0) Pause Young", {"severity": 9, "message": "GC(0) Pause Young", "logger": "gc"}),
    (
        "2023-08-01 12:00:00.123456: I tensorflow/core/cpu.cc:193] hello",
        {"logged_at": "2023-08-01T12:00:00.123456", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01T12:00:00.123Z info hostd[2099463] [Originator@6876 sub=Vimsvc] hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00.123456 I | etcdserver: hello",
        {"logged_at": "2023-08-01T12:00:00.123456", "severity": 9, "message": "hello", "logger": "etcdserver"},
    ),
    (
        "[2023-08-01 12:00:00] NOTICE[1234][C-00000001]: chan_sip.c:123 handle_request: hello",
        {"logged_at": "2023-08-01T12:00:00", "severity": 10, "message": "hello", "pid": 1234},
    ),
    (
        "[Aug  1 12:00:00] VERBOSE[1234] logger.c: hello",
        {"logged_at": "2025-08-01T12:00:00", "severity": 2, "message": "hello", "pid": 1234},
    ),
    ("2023/08/01 12:00:00 kid1| hello", {"logged_at": "2023-08-01T12:00:00", "message": "hello"}),
    (
        "[2023.08.01-12.00.00:123][  0]LogInit: Display: hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "message": "Display: hello", "logger": "LogInit"},
    ),
    ("[12:00:00] [Server thread/INFO]: hello", {"severity": 9, "message": "hello"}),
    (
        "[01Aug2023 12:00:00.123] [main/INFO] [mixin/]: hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00 +0200 Puppet (notice): hello",
        {"logged_at": "2023-08-01T10:00:00", "severity": 10, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00,123 (conf-file-poller-0) [INFO - org.apache.flume.Foo.run(Foo.java:123)] hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "[info] 2023-08-01T12:00:00.123456Z couchdb@localhost <0.9.0> -------- hello",
        {"logged_at": "2023-08-01T12:00:00.123456", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00.123 [info] <0.7.0>@module:fun:12 hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01T12:00:00Z I! Starting Telegraf",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "Starting Telegraf"},
    ),
    (
        '[2023/08/01 12:00:00.123 +00:00] [INFO] [server.go:123] ["hello there"] [k=v]',
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello there"},
    ),
    (
        "01-Aug-2023 12:00:00.123 queries: info: client 192.0.2.1#53: query",
        {
            "logged_at": "2023-08-01T12:00:00.123000",
            "severity": 9,
            "message": "client 192.0.2.1#53: query",
            "logger": "queries",
        },
    ),
    (
        "[2023-08-01 12:00:00.123456] I [MSGID: 100030] [glusterfsd.c:2454:main] 0-glusterfs: hello",
        {"logged_at": "2023-08-01T12:00:00.123456", "severity": 9, "message": "hello", "logger": "0-glusterfs"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_heads_of_products(line: str, expected: dict[str, Any]) -> None:
    record = read(line, format="leveled")
    assert {name: record.get(name) for name in expected} == expected
    assert ("logged_at" in record) == ("logged_at" in expected)
