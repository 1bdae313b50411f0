import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.parsing import ParseHints, parse_batch
from shared.parsing.formats.cut_objects import closed_object
from tests.unit.shared.parsing.reading import RECEIVED_AT, read

CLOSED: list[tuple[str, str | None]] = [
    ('{"a":1,"b":[1,2],"c":"x', '{"a":1,"b":[1,2]}'),
    (' { "a" : 1 , "b" : 2', ' { "a" : 1}'),
    ('{"a":12', None),  # perhaps 123
    ('{"a":"x"', None),
    ('{"a":"x",', '{"a":"x"}'),
    ('{"a":1,"b', '{"a":1}'),
    ('{"a":1,"b":tru', '{"a":1}'),
    ('{"a":1,"b":{"c":2,', '{"a":1}'),
    ('{"level":30,"msg":"so far', '{"level":30,"msg":"so far"}'),
    ('{"msg":"so far', '{"msg":"so far"}'),
    ('{"msg":"a\\', '{"msg":"a"}'),
    ('{"msg":"a\\\\', '{"msg":"a\\\\"}'),
    ('{"msg":"a\\u00', '{"msg":"a"}'),
    ('{"msg":"a\\u00e9', '{"msg":"a\\u00e9"}'),
    ('{"msg":["a', None),
    ('{"a":1} and more', None),
    ('{"a":1', None),
    ("{", None),
    ("{1:2,3", None),
    ("text", None),
    ('["a","b', None),
    ('{"a":' * 100_000, None),
]
WHOLE = '{"level":"error","time":"2024-03-05T08:09:10Z","user":"ann",'
AT = {"logged_at": "2024-03-05T08:09:10", "severity": 17, "user_id": "ann", "format": "json"}
CASES: list[tuple[str, dict[str, Any]]] = [
    (f'{WHOLE}"msg":"it fai', AT | {"message": "it fai"}),
    (f'{WHOLE}"items":[1,2', AT | {"message": f'{WHOLE}"items":[1,2'}),
    (f'{WHOLE}"msg":"it failed","stack":"at a', AT | {"message": "it failed"}),
    (f'{WHOLE}"msg":"it failed"}}', AT | {"message": "it failed"}),  # cut right behind it
    ('{"error":{"message":"it fai', {"message": '{"error":{"message":"it fai', "format": "plain"}),
    ('{"level" "error",', {"message": '{"level" "error",', "format": "plain"}),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(("text", "closed"), CLOSED)
def test_the_members_before_the_cut(text: str, closed: str | None) -> None:
    assert closed_object(text) == closed


@given(st.dictionaries(st.sampled_from(["a", "b", "c\\", 'd"', "msg"]), VALUES, min_size=1), st.data())
def test_what_is_read_was_there(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value)
    closed = closed_object(text[: data.draw(st.integers(0, len(text)))])
    for key, part in (
        msgspec.json.decode(closed or "{}", strict=False).items() if closed and "\\ud" not in closed else ()
    ):
        assert value[key] == part or (key == "msg" and value[key].startswith(part))


@pytest.mark.parametrize("forced", [None, "json"])
@pytest.mark.parametrize(("line", "expected"), CASES)
def test_cut_lines_are_records(line: str, expected: dict[str, Any], forced: str | None) -> None:
    record = read(line, is_cut=True, format=forced)
    record.pop("attrs", None)
    assert record == {**expected}


@pytest.mark.parametrize(("line", "forced"), [(CASES[0][0], None), (CASES[0][0], "json"), (CASES[4][0], "json")])
def test_other_lines_are_rejected_as_before(line: str, forced: str | None) -> None:
    parsed = parse_batch(line.encode(), first_line=1, hints=ParseHints(received_at=RECEIVED_AT, format=forced))
    assert parsed.rejected["reason"].to_list() == ["invalid_json"]


@pytest.mark.parametrize("line", [line for line, _ in CASES])
def test_no_byte_is_lost(line: str) -> None:
    parsed = parse_batch(line.encode(), first_line=1, hints=ParseHints(received_at=RECEIVED_AT, is_cut=True))
    ((raw, message),) = parsed.records.select("raw", "message").rows()
    assert (raw if raw is not None else message.encode()) == line.encode()
