from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

MICROS = {"logged_at": "2024-03-05T06:07:08.123456"}
MILLIS = {"logged_at": "2024-03-05T06:07:08.123000"}
SECONDS = {"logged_at": "2024-03-05T06:07:08"}
INFO = {"severity": 9}

TRACING: list[tuple[str, dict[str, Any]]] = [
    (
        "2024-03-05T06:07:08.123456Z  INFO shop::orders: order accepted",
        MICROS | INFO | {"logger": "shop::orders", "message": "order accepted"},
    ),
    (
        '2024-03-05T06:07:08.123456Z  WARN shop::orders: slow answer latency=1.5s user_id="u 1" tries=3',
        MICROS
        | {"severity": 13, "logger": "shop::orders", "message": "slow answer"}
        | {"duration_ms": 1500.0, "user_id": "u 1", "attrs": '{"tries":3}'},
    ),
    (  # spans
        '2024-03-05T06:07:08.123456Z DEBUG request{method="GET" path="/a b"}:load:row{id=3}: shop::db: found',
        MICROS
        | {"severity": 5, "logger": "shop::db", "message": "found"}
        | {"attrs": r'{"spans":"request{method=\"GET\" path=\"/a b\"}:load:row{id=3}"}'},
    ),
    (
        "2024-03-05T06:07:08.123456Z ERROR ThreadId(07) shop: src/main.rs:42: gone",
        MICROS
        | {"severity": 17, "logger": "shop", "message": "gone", "attrs": '{"thread":"07","caller":"src/main.rs:42"}'},
    ),
    (  # nothing but pairs is the message
        "2024-03-05T06:07:08.123456Z  INFO shop::orders: count=3",
        MICROS | INFO | {"logger": "shop::orders", "message": "count=3", "attrs": '{"count":3}'},
    ),
]
ENV_LOGGER: list[tuple[str, dict[str, Any]]] = [
    (
        "[2024-03-05T06:07:08Z INFO  shop::orders] order accepted",
        SECONDS | INFO | {"logger": "shop::orders", "message": "order accepted"},
    ),
    (
        "[2024-03-05T06:07:08.123Z ERROR shop] no answer of 192.0.2.7",
        MILLIS | {"severity": 17, "logger": "shop", "message": "no answer of 192.0.2.7", "client_ip": "192.0.2.7"},
    ),
]
GO_LOG: list[tuple[str, dict[str, Any]]] = [
    ("2024/03/05 06:07:08 main.go:12: listening", SECONDS | {"logger": "main.go:12", "message": "listening"}),
    (
        "2024/03/05 06:07:08.123456 /src/shop/main.go:12: ERROR no answer",
        MICROS | {"severity": 17, "logger": "/src/shop/main.go:12", "message": "ERROR no answer"},
    ),
]
ZAP: list[tuple[str, dict[str, Any]]] = [
    (
        '2024-03-05T07:07:08.123+0100\tINFO\thttp\tserver/server.go:42\tlistening\t{"port": 80, "userId": "u1"}',
        MILLIS
        | INFO
        | {"logger": "http", "message": "listening", "user_id": "u1"}
        | {"attrs": '{"caller":"server/server.go:42","port":80}'},
    ),
    (
        "2024-03-05T06:07:08.123Z\tERROR\tserver/server.go:42\tno answer",
        MILLIS | {"severity": 17, "logger": "server/server.go:42", "message": "no answer"},
    ),
    (
        '2024-03-05T06:07:08Z\tinfo\tcontroller.metrics\tstarting\t{"addr": ":8080"}',
        SECONDS | INFO | {"logger": "controller.metrics", "message": "starting", "attrs": '{"addr":":8080"}'},
    ),
    (
        '2024-03-05T06:07:08Z\tDEBUG\tstarting up\t{"level": "low", "n": 1}',
        SECONDS | {"severity": 5, "message": "starting up", "attrs": '{"level":"low","n":1}'},
    ),
    ("1.7096188281234567e+09\tINFO\tstarting up", MICROS | INFO | {"message": "starting up"}),
    (
        '2024-03-05T06:07:08Z\tINFO\tstarting up\t{"broken": }',
        SECONDS | INFO | {"message": "starting up", "attrs": r'{"context":"{\"broken\": }"}'},
    ),
]
ZEROLOG: list[tuple[str, dict[str, Any]]] = [
    ("6:07AM INF order accepted shop=s1", INFO | {"message": "order accepted", "attrs": '{"shop":"s1"}'}),
    (
        '2024-03-05T06:07:08Z WRN main.go:12 > no answer error="timed out" status=504',
        SECONDS
        | {"severity": 13, "logger": "main.go:12", "message": "no answer", "status": 504}
        | {"attrs": '{"error":"timed out"}'},
    ),
]
HCLOG: list[tuple[str, dict[str, Any]]] = [
    (
        '2024-03-05T06:07:08.123Z [INFO]  agent.server: joined: name=web-1 address=192.0.2.7:8301 what="a b"',
        MILLIS
        | INFO
        | {"logger": "agent.server", "message": "joined"}
        | {"client_ip": "192.0.2.7", "attrs": '{"name":"web-1","address":"192.0.2.7:8301","what":"a b"}'},
    ),
    (
        "2024-03-05T06:07:08.123Z [ERROR] agent: gone:",
        MILLIS | {"severity": 17, "logger": "agent", "message": "gone:"},
    ),
]
LOGRUS: list[tuple[str, dict[str, Any]]] = [
    (
        "WARN[0012] no answer                                     shop=s1",
        {"severity": 13, "message": "no answer", "attrs": '{"shop":"s1"}'},
    ),
    ("ERRO[2024-03-05T06:07:08Z] gone", SECONDS | {"severity": 17, "message": "gone"}),
    ("DEBU[0000] all good                                  ", {"severity": 5, "message": "all good"}),
]
GIN_LINE = '[GIN] 2024/03/05 - 06:07:08 | 503 |     1.25ms |       192.0.2.7 | GET      "/items?page=2"'
CHI_LINE = (
    '2024/03/05 06:07:08 [web-1/x1y2-000007] "GET http://shop.example/items HTTP/1.1" from 192.0.2.7:50123 - 200 512B '
    "in 250µs"
)
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    (
        GIN_LINE,
        SECONDS
        | {"severity": 17, "status": 503, "duration_ms": 1.25, "client_ip": "192.0.2.7", "method": "GET"}
        | {"url": "/items?page=2", "message": GIN_LINE, "format": "gin"},
    ),
    (
        CHI_LINE,
        SECONDS
        | INFO
        | {"status": 200, "duration_ms": 0.25, "client_ip": "192.0.2.7", "method": "GET", "bytes": 512}
        | {"url": "http://shop.example/items", "message": CHI_LINE, "format": "chi"}
        | {"attrs": '{"request_id":"web-1/x1y2-000007"}'},
    ),
]
CASES: list[tuple[str, dict[str, Any]]] = [
    *(
        (line, expected | {"format": name})
        for name, cases in {
            **{"tracing": TRACING, "env_logger": ENV_LOGGER, "go_log": GO_LOG, "zap": ZAP, "zerolog": ZEROLOG},
            **{"hclog": HCLOG, "logrus": LOGRUS},
        }.items()
        for line, expected in cases
    ),
    *REQUESTS,
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_tracing(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected
