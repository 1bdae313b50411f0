import json
from typing import Any

import polars as pl
import pytest

from shared.parsing.formats.trailing import read_objects, with_object, with_pairs


def frame(**columns: str | None) -> pl.DataFrame:
    return pl.DataFrame([pl.Series(name, [value], dtype=pl.String) for name, value in columns.items()])


def present(table: pl.DataFrame) -> dict[str, Any]:
    (row,) = table.to_dicts()
    return {name: json.loads(value) if name == "attrs" else value for name, value in row.items() if value is not None}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("all good", {"message": "all good"}),
        ("all good shop=s1", {"message": "all good", "attrs": {"shop": "s1"}}),
        ('all good what="a b" n=3', {"message": "all good", "attrs": {"what": "a b", "n": 3}}),
        ("all good latency=1.5s", {"message": "all good", "duration_ms": 1500.0}),
        ("no answer remote_addr=192.0.2.7:80", {"message": "no answer", "client_ip": "192.0.2.7"}),
        ("a=1 in the middle", {"message": "a=1 in the middle"}),
        ("a=1 then b=2", {"message": "a=1 then", "attrs": {"b": 2}}),
        ("a=1 b=2", {"message": "a=1 b=2", "attrs": {"a": 1, "b": 2}}),
        ("see http://shop.example/?a=1", {"message": "see http://shop.example/?a=1"}),
        ("all good level=low", {"message": "all good", "attrs": {"level": "low"}}),
        ("all good status=ready", {"message": "all good", "attrs": {"status": "ready"}}),
    ],
)
def test_pairs_behind_a_message(message: str, expected: dict[str, Any]) -> None:
    assert present(with_pairs(frame(message=message))) == expected


def test_pairs_of_the_chosen_only() -> None:
    messages = pl.DataFrame({"message": ["one a=1", "two a=2"]})
    taken = with_pairs(messages, pl.Series([True, False]))
    assert taken.to_dicts() == [{"message": "one", "attrs": '{"a":1}'}, {"message": "two a=2", "attrs": None}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"shop":"s1"}', {"is_object": True, "attrs": {"shop": "s1"}}),
        ('{"userId":"u1","shop":"s1"}', {"is_object": True, "user_id": "u1", "attrs": {"shop": "s1"}}),
        ('{"level":"info","shop":"s1"}', {"is_object": True, "attrs": {"level": "info", "shop": "s1"}}),
        ('{"msg":"deeper","n":1}', {"is_object": True, "attrs": {"msg": "deeper", "n": 1}}),
        ('{"shop":', {"is_object": False}),
        (None, {"is_object": False}),
    ],
)
def test_objects_behind_a_message(text: str | None, expected: dict[str, Any]) -> None:
    assert present(read_objects(pl.Series([text], dtype=pl.String))) == expected


def test_what_the_record_tells_itself_stays() -> None:
    taken = with_object(frame(message="hi", user_id="u1", context='{"userId":"u2","n":1}'), "context")
    assert present(taken) == {"message": "hi", "user_id": "u1", "attrs": {"n": 1}}


def test_what_is_no_object_stays() -> None:
    assert present(with_object(frame(message="hi", context="{n}"), "context")) == {"message": "hi", "context": "{n}"}
