from typing import Any

import pytest

from shared.parsing import ParseHints, parse_batch
from tests.unit.shared.parsing.reading import RECEIVED_AT, read

EVENT = {"format": "dotnet_console", "logger": "Shop.Orders", "attrs": '{"event_id":"13"}', "message": "boom"}
TIME = {"logged_at": "2024-03-05T06:07:08"}

CASES: list[tuple[str, dict[str, Any]]] = [
    ("info: Shop.Orders[13] boom", EVENT | {"severity": 9}),  # SingleLine
    ("info: Shop.Orders[13]", EVENT | {"severity": 9, "message": ""}),
]
RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("trce: Shop.Orders[13]\n      boom", EVENT | {"severity": 1}),
    ("dbug: Shop.Orders[13]\n      boom", EVENT | {"severity": 5}),
    ("info: Shop.Orders[13]\n      boom", EVENT | {"severity": 9}),
    ("warn: Shop.Orders[13]\n      boom", EVENT | {"severity": 13}),
    ("fail: Shop.Orders[13]\n      boom", EVENT | {"severity": 17}),
    ("crit: Shop.Orders[13]\n      boom", EVENT | {"severity": 21}),
    (
        "fail: Shop[-1]\n      ERR: no stock\n      Shop.Gone: boom\n         at Shop.Stock.Take() in /Stock.cs:line 3",
        EVENT
        | {"severity": 17, "logger": "Shop", "attrs": '{"event_id":"-1"}'}
        | {"message": "ERR: no stock\nShop.Gone: boom\n   at Shop.Stock.Take() in /Stock.cs:line 3"},
    ),
    ("2024-03-05 06:07:08 fail: Shop.Orders[13]\n      boom", EVENT | TIME | {"severity": 17}),
    ("2024-03-05T07:07:08.0000000+01:00 fail: Shop.Orders[13]\n      boom", EVENT | TIME | {"severity": 17}),
    ("2024-03-05 07:07:08 +01:00 fail: Shop.Orders[13]\n      boom", EVENT | TIME | {"severity": 17}),
    ("[2024-03-05 06:07:08] fail: Shop.Orders[13]\n      boom", EVENT | TIME | {"severity": 17}),
    ("[06:07:08] fail: Shop.Orders[13]\n      boom", EVENT | {"severity": 17}),
]
OTHERS = [
    *("warn: eth0[3] link down", "fail: disk full", "info: Shop.Orders[a]", "info: listening on [80]"),
    *("error: Shop.Orders[13]", "fail: Shop.Orders[13]boom"),
]


@pytest.mark.parametrize(("text", "expected"), CASES + RECORDS)
def test_dotnet_console(text: str, expected: dict[str, Any]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize("line", OTHERS)
def test_what_only_looks_like_it(line: str) -> None:
    assert read(line)["format"] != "dotnet_console"


def test_each_event_is_a_record() -> None:
    body = "\n".join(text for text, _ in CASES + RECORDS).encode()
    records = parse_batch(body, first_line=1, hints=ParseHints(received_at=RECEIVED_AT)).records
    assert records["message"].to_list() == [expected["message"] for _, expected in CASES + RECORDS]
    assert records["severity"].to_list() == [expected["severity"] for _, expected in CASES + RECORDS]


def test_within_a_container() -> None:
    prefix = "2024-03-05T06:07:08.5Z stdout F "
    found = read(f"{prefix}fail: Shop.Orders[13]\n{prefix}      boom")
    assert found["message"] == "boom"
    assert (found["severity"], found["format"]) == (17, "dotnet_console")
