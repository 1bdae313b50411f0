from typing import Any

import pytest

from shared.parsing import ParseHints, parse_batch
from tests.unit.shared.parsing.reading import RECEIVED_AT, read

LOG = "timestamp,level,logger,message,user,took"
ACCESS = "Date;Time;Remote Addr;Method;URL;Status Code;Bytes;Referer;User-Agent;X-Forwarded-For;Trace ID;shard"
TABS = "ts\tseverity\thost\tpid\tevent"
NOW = "2024-03-05 08:09:10"
SPANS = "time,level,duration_s,message"
AT = {"logged_at": "2024-03-05T08:09:10"}

CASES: list[tuple[str, str, dict[str, Any]]] = [
    (
        LOG,
        "2024-03-05 08:09:10,WARN,shop.cart,cart is full,ann,52ms",
        AT | {"severity": 13, "logger": "shop.cart", "message": "cart is full", "user_id": "ann", "duration_ms": 52.0},
    ),
    (  # quoted values: separators, quotes, blanks around them
        LOG,
        '2024-03-05T10:09:10+02:00, "error" ,"shop, ""cart""","it said ""no, thanks""",,',
        AT | {"severity": 17, "logger": 'shop, "cart"', "message": 'it said "no, thanks"'},
    ),
    (  # what is no time, no level and no duration is kept; the message tells the level, and an address
        LOG,
        "2024-13-40 08:09:10,urgent,,ERROR from 192.0.2.7,,5 parsecs",
        {"severity": 17, "message": "ERROR from 192.0.2.7", "client_ip": "192.0.2.7"}
        | {"attrs": '{"timestamp":"2024-13-40 08:09:10","level":"urgent","took":"5 parsecs"}'},
    ),
    (LOG, ",,,,,", {}),
    (LOG, LOG, {}),
    (  # an access log; date and time in two columns; names in any spelling
        ACCESS,
        "2024-03-05;08:09:10;10.0.0.7;GET;/a;404;1834;https://x.example/;curl/8.5.0;10.1.2.3, 8.8.4.4;4bf92f35;s7",
        AT
        | {"severity": 13, "client_ip": "8.8.4.4", "method": "GET", "url": "/a", "status": 404, "bytes": 1834}
        | {"referer": "https://x.example/", "user_agent": "curl/8.5.0", "trace_id": "4bf92f35"}
        | {"attrs": '{"X-Forwarded-For":"10.1.2.3, 8.8.4.4","shard":"s7"}'},
    ),
    (
        ACCESS,
        "2024-03-05;08:09:10;localhost;GET;/a;999;-1;;;;;",
        AT | {"method": "GET", "url": "/a"} | {"attrs": '{"Remote Addr":"localhost","Status Code":"999","Bytes":"-1"}'},
    ),
    (
        TABS,
        '1709626150.5\tinfo\tweb-1\t4021\tsay "hi" twice',
        {"logged_at": "2024-03-05T08:09:10.500000", "severity": 9, "hostname": "web-1", "pid": 4021}
        | {"message": 'say "hi" twice', "format": "tsv"},
    ),
    # durations in the units of their names, or their own; numbered levels; words for nothing
    (SPANS, f"{NOW},30,1.5s,a", AT | {"severity": 9, "message": "a", "duration_ms": 1500.0}),
    (SPANS, f"{NOW},3,1.5,a", AT | {"severity": 17, "message": "a", "duration_ms": 1500.0}),
    (
        "time,levelno,duration_ns,message",
        f"{NOW},35,5000000,a",
        AT | {"severity": 13, "message": "a", "duration_ms": 5.0},
    ),
    (
        "time,took_ms,duration_s,message",
        f"{NOW},5,0.25,a",
        AT | {"message": "a", "duration_ms": 5.0, "attrs": '{"duration_s":"0.25"}'},
    ),
    ("time,level,user,url", f"{NOW},info,-,-", AT | {"severity": 9}),
    ("level|message", "info|a b", {"severity": 9, "message": "a b"}),
    ("shard,level,what", "1,info,a", {"severity": 9, "attrs": '{"shard":"1","what":"a"}'}),
]
UNREAD: list[tuple[str, str, str]] = [
    (LOG, "2024-03-05 08:09:10,WARN,shop.cart", "one value too few"),
    (LOG, '2024-03-05 08:09:10,WARN,a,"b,c,d', "a quote without its end"),
    (LOG, 'x",WARN,a,b,c,d', "a quote without its beginning"),
]


@pytest.mark.parametrize(("header", "line", "expected"), CASES)
def test_rows_under_a_header(header: str, line: str, expected: dict[str, Any]) -> None:
    assert read(line, header=header) == {"message": line, "format": "csv"} | expected


@pytest.mark.parametrize(("header", "line", "why"), UNREAD)
def test_other_lines_go_on_to_the_next_format(header: str, line: str, why: str) -> None:
    assert read(line, header=header)["format"] not in ("csv", "tsv"), why


def test_the_first_line_names_the_columns_and_is_a_record_itself() -> None:
    body = f"\ufeff{LOG}\r\n2024-03-05 08:09:10,INFO,a,b,c,1\r\n{LOG}\r\n".encode()
    records = parse_batch(body, first_line=1, hints=ParseHints(received_at=RECEIVED_AT)).records
    assert records["format"].to_list() == ["csv"] * 3
    assert records["message"].to_list() == [LOG, "b", LOG]
    assert parse_batch(body, first_line=2, hints=ParseHints(received_at=RECEIVED_AT)).records["logger"][1] is None


def test_a_forced_format_takes_any_first_line_as_header() -> None:
    hints = ParseHints(received_at=RECEIVED_AT, format="csv")
    records = parse_batch(b"a,,A!,a\n1,2,3,4\n5,6\n", first_line=1, hints=hints).records
    assert records["format"].to_list() == ["csv", "csv", "plain"]
    assert records["attrs"].to_list() == [None, '{"a":"1","column_2":"2","A!":"3","a_2":"4"}', None]
