from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

FORMAT = {"format": "leveled"}
NOON = {"logged_at": "2024-01-02T12:00:00"}
MILLIS = {"logged_at": "2024-01-02T12:00:00.123000"}
INFO = {"severity": 9}

LEVEL_AND_MESSAGE: list[tuple[str, dict[str, Any]]] = [
    ("2024-01-02 12:00:00 INFO all good", NOON | INFO | {"message": "all good"}),
    ("2024-01-02T12:00:00Z INFO  all good", NOON | INFO | {"message": "all good"}),
    ("2024-01-02T14:00:00.123+02:00 WARNING all good", MILLIS | {"severity": 13, "message": "all good"}),
    ("2024-01-02 12:00:00,123 [ERROR] all good", MILLIS | {"severity": 17, "message": "all good"}),
    ("[2024-01-02 12:00:00] [error] all good", NOON | {"severity": 17, "message": "all good"}),
    ("[2024-01-02 12:00:00] ERROR: all good", NOON | {"severity": 17, "message": "all good"}),
    ("2024-01-02 12:00:00 [INFO ] - all good", NOON | INFO | {"message": "all good"}),
    ("2024-01-02 12:00:00 | DEBUG | all good", NOON | {"severity": 5, "message": "all good"}),
    ("2024/01/02 12:00:00 info: all good", NOON | INFO | {"message": "all good"}),
    ("2024-01-02 14:00:00 +0200 FATAL all good", NOON | {"severity": 21, "message": "all good"}),
    ("2024-01-02 12:00:00 UTC TRACE all good", NOON | {"severity": 1, "message": "all good"}),
    ("02/Jan/2024 12:00:00 CRITICAL all good", NOON | {"severity": 21, "message": "all good"}),
    ("1704196800 INF all good", NOON | INFO | {"message": "all good"}),
    ("1704196800.123 WRN all good", MILLIS | {"severity": 13, "message": "all good"}),
    ("1704196800123 ERR all good", MILLIS | {"severity": 17, "message": "all good"}),
    ("2024-01-02 12:00:00\tINFO\tall good", NOON | INFO | {"message": "all good"}),
    ("2024-01-02 12:00:00 all good", NOON | {"message": "all good"}),
    ("2024-01-02 12:00:00 - all good", NOON | {"message": "all good"}),
    ("2024-01-02 12:00:00 error while reading", NOON | {"severity": 17, "message": "error while reading"}),
    ("2024-01-02 12:00:00 INFO -5 degrees", NOON | INFO | {"message": "-5 degrees"}),
    ("2024-01-02 12:00:00 INFO", NOON | {"severity": 9, "message": "INFO"}),
    ("2024-01-02 12:00:00", NOON | {"message": ""}),
    (
        "2024-01-02 12:00:00 INFO from 192.0.2.7:80",
        NOON | INFO | {"message": "from 192.0.2.7:80", "client_ip": "192.0.2.7"},
    ),
    ("2024-13-45 99:00:00 INFO never", INFO | {"message": "never"}),
    ("12:00:00.123 INFO no date", INFO | {"message": "no date"}),
    ("ERROR: all good", {"severity": 17, "message": "all good"}),
    ("[warn] all good", {"severity": 13, "message": "all good"}),
    ("NOTICE all good", {"severity": 10, "message": "all good"}),
]

WITH_A_LOGGER: list[tuple[str, dict[str, Any]]] = [
    (  # Hadoop, log4j
        "2024-01-02 12:00:00,123 INFO [main] org.example.Service: all good",
        MILLIS | INFO | {"logger": "org.example.Service", "message": "all good", "attrs": '{"thread":"main"}'},
    ),
    (  # logback
        "2024-01-02 12:00:00.123 [pool-1-thread-2] WARN  c.e.Service - all good",
        MILLIS
        | {"severity": 13, "logger": "c.e.Service", "message": "all good", "attrs": '{"thread":"pool-1-thread-2"}'},
    ),
    (  # logback's default has no date
        "12:00:00.123 [main] INFO  c.e.Service - all good",
        INFO | {"logger": "c.e.Service", "message": "all good", "attrs": '{"thread":"main"}'},
    ),
    (  # Spring Boot
        "2024-01-02 12:00:00.123  INFO 1234 --- [           main] c.e.Service                : all good",
        MILLIS
        | INFO
        | {"logger": "c.e.Service", "pid": 1234, "message": "all good", "attrs": '{"thread":"           main"}'},
    ),
    (  # ZooKeeper: the caller is within the thread
        "2024-01-02 12:00:00,123 - INFO  [Peer[id=1]/0:0:0:0:0:0:0:0:2181:Election@774] - Notification: 3200",
        MILLIS
        | INFO
        | {
            "logger": "Election",
            "message": "Notification: 3200",
            "attrs": '{"thread":"Peer[id=1]/0:0:0:0:0:0:0:0:2181"}',
        },
    ),
    (  # WildFly
        "12:00:00,123 INFO  [org.jboss.as] (MSC service thread 1-2) all good",
        INFO | {"logger": "org.jboss.as", "message": "all good", "attrs": '{"thread":"MSC service thread 1-2"}'},
    ),
    (  # HDFS
        "240102 120000 148 INFO dfs.DataNode$PacketResponder: all good",
        NOON | INFO | {"pid": 148, "logger": "dfs.DataNode$PacketResponder", "message": "all good"},
    ),
    (  # OpenStack's oslo.log, with the file's name before it
        'api.log.1.2024-01-02 2024-01-02 12:00:00.123 257 INFO nova.wsgi.server [req-1 - - -] 192.0.2.1 "GET /"',
        MILLIS
        | INFO
        | {"pid": 257, "logger": "nova.wsgi.server", "message": '192.0.2.1 "GET /"', "client_ip": "192.0.2.1"}
        | {"attrs": '{"tag":"api.log.1.2024-01-02","context":"req-1 - - -"}'},
    ),
    (  # Spark
        "24/01/02 12:00:00 INFO executor.Backend: all good",
        NOON | INFO | {"logger": "executor.Backend", "message": "all good"},
    ),
    (  # Python
        "2024-01-02 12:00:00,123 - my.app - WARNING - all good",
        MILLIS | {"severity": 13, "logger": "my.app", "message": "all good"},
    ),
    (  # Python's basicConfig
        "WARNING:root:all good",
        {"severity": 13, "logger": "root", "message": "all good"},
    ),
    (  # Django
        "INFO 2024-01-02 12:00:00,123 views 1234 all good",
        MILLIS | INFO | {"message": "views 1234 all good"},
    ),
    (  # loguru
        "2024-01-02 12:00:00.123 | INFO     | app.main:run:12 - all good",
        MILLIS | INFO | {"logger": "app.main:run:12", "message": "all good"},
    ),
    (  # columns
        "2024-01-02 12:00:00  Info                  shop   Loaded Stack v6",
        NOON | INFO | {"logger": "shop", "message": "Loaded Stack v6"},
    ),
    (
        "20240102-12:00:00:123|Step_LSC|3000|all good",
        MILLIS | {"logger": "Step_LSC", "pid": 3000, "message": "all good"},
    ),
    (  # syslog with a complete time
        "2024-01-02T12:00:00.123000+00:00 web-1 sshd[12]: all good",
        MILLIS | {"hostname": "web-1", "logger": "sshd", "pid": 12, "message": "all good"},
    ),
    (  # an exception's name is no logger's
        "2024-01-02 12:00:00 ERROR java.io.IOException: disk full",
        NOON | {"severity": 17, "message": "java.io.IOException: disk full"},
    ),
]

WITHOUT_A_DATE: list[tuple[str, dict[str, Any]]] = [
    ("WARNING:root:something odd", {"severity": 13, "message": "something odd", "logger": "root"}),
    (
        'INFO:     127.0.0.1:1234 - "GET / HTTP/1.1" 200 OK',
        {"severity": 9, "message": '127.0.0.1:1234 - "GET / HTTP/1.1" 200 OK'},
    ),
    ("[    0.000000] Linux version 6.1", {"message": "Linux version 6.1"}),
    ("kern  :info  : [    0.000000] Linux version 6.1", {"severity": 9, "message": "Linux version 6.1"}),
    ("10:00:00.123 [info] GET /users", {"severity": 9, "message": "GET /users"}),
    ("10:00:00.123 request_id=FxY1 [info] GET /users", {"severity": 9, "message": "GET /users"}),
    ("[10:00:00 INF] Starting up", {"severity": 9, "message": "Starting up"}),
    ("[main] INFO com.example.App - hello", {"severity": 9, "message": "hello", "logger": "com.example.App"}),
    ("[12:00:00 INFO]: hello", {"severity": 9, "message": "hello"}),
    (
        "[12:00:00][D][sensor:094]: 'x': Sending state",
        {"severity": 5, "message": "'x': Sending state", "logger": "sensor:094"},
    ),
    ("I (1234) wifi: hello", {"severity": 9, "message": "hello", "logger": "wifi"}),
    ("[00:00:00.123,456] <inf> module: hello", {"severity": 9, "message": "hello", "logger": "module"}),
    ("[12:00:00,123][INFO][main][IgniteKernal] hello", {"severity": 9, "message": "hello"}),
    ("[   123.456] (II) LoadModule: x", {"severity": 9, "message": "LoadModule: x"}),
    (
        "INFO [main] x.Y (Y.java:run(12)) - hello",
        {"severity": 9, "message": "hello", "logger": "x.Y"},
    ),
    ("[main] DEBUG c.e.App -- hello", {"severity": 5, "message": "hello", "logger": "c.e.App"}),
    ("[12345] - Worker 0 booted", {"pid": 12345, "message": "Worker 0 booted"}),
    (
        "INFO  [2024-01-02 12:00:00,123] com.example.App: hello",
        MILLIS | {"severity": 9, "message": "hello", "logger": "com.example.App"},
    ),
    (
        "2024-01-02 12:00:00,123 [myid:1] - INFO  [main:QuorumPeerMain@151] - hello",
        MILLIS | {"severity": 9, "message": "hello", "logger": "QuorumPeerMain"},
    ),
    (
        "2024-01-02 12:00:00,123 MainThread INFO my.app: hello",
        MILLIS | {"severity": 9, "message": "hello", "logger": "my.app"},
    ),
    ("[12:00:00] hello there", {"message": "hello there"}),
    ("[12:00:00]: hello there", {"message": "hello there"}),
]


@pytest.mark.parametrize(("line", "expected"), LEVEL_AND_MESSAGE + WITH_A_LOGGER)
def test_leveled(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == FORMAT | expected


MESSAGES_KEEP_THEIR_BEGINNING: list[tuple[str, dict[str, Any]]] = [
    ("ERROR Timeout: 30s", {"message": "Timeout: 30s"}),
    ("[main] ERROR Timeout: 30s", {"message": "Timeout: 30s"}),
    ("INFO http://a.example/c: fetched", {"message": "http://a.example/c: fetched"}),
    ("INFO [1/3] step one", {"message": "[1/3] step one"}),
    ("[1/3] step one", {"message": "[1/3] step one"}),
    ("INFO [ 50%] half way", {"message": "[ 50%] half way"}),
    ("[x] done", {"message": "[x] done"}),
    ("INFO spawned: 'web' with pid 12", {"message": "spawned: 'web' with pid 12"}),
    ("INFO Loading: 3 of 4", {"message": "Loading: 3 of 4"}),
    ('[pid 3] [ftp] FAIL LOGIN: Client "192.0.2.7"', {"message": 'FAIL LOGIN: Client "192.0.2.7"', "logger": "ftp"}),
    ("INFO Registrar: all good", {"message": "all good", "logger": "Registrar"}),
    ("WARN TaskSetManager: all good", {"message": "all good", "logger": "TaskSetManager"}),
    ("INFO main: all good", {"message": "all good", "logger": "main"}),
    ("INFO db_pool: all good", {"message": "all good", "logger": "db_pool"}),
]


@pytest.mark.parametrize(("text", "expected"), MESSAGES_KEEP_THEIR_BEGINNING)
def test_loggers_look_like_one(text: str, expected: dict[str, Any]) -> None:
    record = read(f"2024-01-02 12:00:00 {text}")
    assert {name: record.get(name) for name in ("message", "logger")} == {"logger": None} | expected


OBJECTS_AND_PAIRS: list[tuple[str, dict[str, Any]]] = [
    ('2024-01-02 12:00:00 level=error msg="x y"', NOON | {"severity": 17, "message": "x y"}),
    ("[2024-01-02 12:00:00] level=warn status=500", NOON | {"severity": 13, "status": 500}),
    (
        '2024-01-02_11:59:59.5 time="2024-01-02T12:00:00Z" level=info msg=x',
        NOON | INFO | {"message": "x"},
    ),
    (
        '2024-01-02_12:00:00.123 {"level":"error","msg":"x","pid":3}',
        MILLIS | {"severity": 17, "message": "x", "pid": 3},
    ),
    ('2024-01-02 11:00:00 {"level":"info","msg":"ERROR x","time":"2024-01-02T12:00:00Z"}', NOON | INFO),
    ("2024-01-02 12:00:00 {not json} x", NOON | {"message": "{not json} x"}),
]


@pytest.mark.parametrize(("line", "expected"), OBJECTS_AND_PAIRS)
def test_objects_and_pairs_behind_a_time(line: str, expected: dict[str, Any]) -> None:
    record = read(line)
    assert {name: record.get(name) for name in ("format", *expected)} == FORMAT | expected


PROSE = [
    "Backup of server started at 2024-01-01 00:00:00 by x",
    "Start-Date: 2024-01-01  10:00:00",
    "information is power",
    "Info desk opened",
    "Success: all done",
    "Config: loaded",
    "Failure: x",
    "[note] see below",
    "order 12345 paid",
    "Version 1.2.3 of 2024-01-01 was built",
    "Error handling improved",
    "At 10:00 we met",
    "10 items left",
    "192.0.2.1 is down",
    "Jan went home",
    "Monday was fine",
    "may be",
    "12.5 percent",
    "2024 was a year",
    "Running 4 tests",
    "W/o a doubt: yes",
    "(C) 2024 Foo Corp",
    "Total: 5",
    "[1, 2, 3]",
    "3/4 of 10:00",
    "- a list item",
    "* point",
    "| table | cell |",
    "E = mc2",
    "I think so",
    "Updated: 2024-01-01 10:00:00 by bob",
    "Connection from 10.0.0.1 at 2024-01-01 10:00:00 closed",
    "    at com.example.Foo.bar(Foo.java:12)",
]


@pytest.mark.parametrize("line", [*PROSE, "Warnings ahead", "12:00:00 is noon", "level=info", "Info desk"])
def test_sentences_keep_their_beginning(line: str) -> None:
    record = read(line)
    assert (record["message"], record["format"]) == (line, "plain")


@pytest.mark.parametrize(("line", "expected"), WITHOUT_A_DATE)
def test_lines_without_a_date(line: str, expected: dict[str, Any]) -> None:
    record = read(line, format="leveled")
    assert {name: record.get(name) for name in expected} == expected
    assert ("logged_at" in record) == ("logged_at" in expected)
