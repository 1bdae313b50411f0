"""JSON arrays: a line an element, whatever their layout and the chunks, and no byte lost where they are broken."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api.decoding.json_arrays import JsonArrays, begins_array
from tests.unit.services.api.decoding.feeding import cut

SHORT_CUTS = st.lists(st.integers(1, 40), max_size=60)


def split(chunks: list[bytes]) -> bytes:
    arrays = JsonArrays()
    return b"".join([piece for chunk in chunks for piece in arrays.feed(chunk)] + list(arrays.flush()))


CASES = [
    (b'[{"a":1},{"b":2}]', b'{"a":1}\n{"b":2}\n'),
    (b'[\n{"a":1},\n{"b":2}\n]\n', b'{"a":1}\n{"b":2}\n'),
    (b'[ {"a" : 1}\t,\r\n {"b":2} ]', b'{"a" : 1}\n{"b":2}\n'),
    (b'[\n  {\n    "a": 1\n  }\n]\n', b'{     "a": 1   }\n'),
    (b"[{}]", b"{}\n"),
    (b"[]\n", b""),
    (b'[{"a":"}],[{\\""},{"b":"\\\\"}]', b'{"a":"}],[{\\""}\n{"b":"\\\\"}\n'),
    (b'[{"a":[{"b":[{"c":{}}]}]},{}]', b'{"a":[{"b":[{"c":{}}]}]}\n{}\n'),
    (
        b"[{}" + b',{"a":' * 1 + b"[" * 40 + b"]" * 40 + b"},{}]",
        b"{}\n" + b'{"a":' + b"[" * 40 + b"]" * 40 + b"}\n{}\n",
    ),
    (b'[{"a":1},5,-1.5e3,"x,]y",null,true,[1,2]]', b'{"a":1}\n5\n-1.5e3\n"x,]y"\nnull\ntrue\n[1,2]\n'),
    # Several arrays.
    (b'[{"a":1}]\n[{"b":2},{"c":3}]\n', b'{"a":1}\n{"b":2}\n{"c":3}\n'),
    (b'[{"a":1}][{"b":2}]', b'{"a":1}\n{"b":2}\n'),
    (b'[{"a":1}]\n[]\n[{"b":2}]', b'{"a":1}\n{"b":2}\n'),
    # Cut off.
    (b'[{"a":1},{"b":', b'{"a":1}\n{"b":'),
    (b'[{"a":1},{"b":"x\\', b'{"a":1}\n{"b":"x\\'),
    (b'[{"a":1},', b'{"a":1}\n'),
    (b'[{"a":1},12', b'{"a":1}\n12'),
    # Something else after it, or in it.
    (b'[{"a":1}] and more\nlines\n', b'{"a":1}\nand more\nlines\n'),
    (b'[{"a":1}]\n{"b":2}\n{"c":3}\n', b'{"a":1}\n{"b":2}\n{"c":3}\n'),
    (b'[{"a":1}]\nno JSON [x\n  [{"b":2}]\n', b'{"a":1}\nno JSON [x\n{"b":2}\n'),
    (b'[{"a":1}]\n[INFO] text\n', b'{"a":1}\n[INFO] text\n'),
    (b'[{"a":1},\nnot JSON,\n{"b":2}]', b'{"a":1}\nnot JSON,\n{"b":2}\n'),
    (b'[{"a":1},oops{"b":2},\n{"c":3}]', b'{"a":1}\noops{"b":2},\n{"c":3}\n'),
    # A string that goes over the end of its line is broken; the next element is not.
    (b'[{"a":"x\ny"},\n{"b":2},{"c":3}]', b'{"a":"x\ny"},\n{"b":2}\n{"c":3}\n'),
    (b'[{"a":"x\\\n{"b":2}]', b'{"a":"x\\\n{"b":2}\n'),
]


@pytest.mark.parametrize(("content", "expected"), CASES)
def test_cases(content: bytes, expected: bytes) -> None:
    assert split([content]) == expected
    assert split([content[place : place + 1] for place in range(len(content))]) == expected


BEGINNINGS = [
    (b'[{"a":1}]', True),
    (b' \r\n[\n\t{\n "a": 1}', True),
    (b"[{}]", True),
    (b'\xef\xbb\xbf[{"a":', True),
    (b"[]", True),
    (b" [ ]\n", True),
    (b"[] and text", False),
    (b"[2026-01-02 03:04:05] INFO x", False),
    (b"[INFO] x", False),
    (b"[{not JSON}] x", False),
    (b"[1,2]", False),
    (b'["a"]', False),
    (b'{"a":1}', False),
    (b"[", False),
    (b"", False),
]


@pytest.mark.parametrize(("head", "expected"), BEGINNINGS)
def test_what_begins_an_array(head: bytes, expected: bool) -> None:
    assert begins_array(head, is_whole=True) is expected


def test_an_empty_array_has_to_be_all_there_is() -> None:
    assert not begins_array(b"[]", is_whole=False)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(['"', "\\", "},{", "]", "[{", "\n"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=30,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), min_size=1, max_size=6)


@given(objects=OBJECTS, indent=st.sampled_from([None, 0, 2]), ascii=st.booleans(), cuts=SHORT_CUTS)
def test_any_objects_in_any_layout(
    objects: list[object],
    indent: int | None,
    ascii: bool,  # noqa: A002
    cuts: list[int],
) -> None:
    content = json.dumps(objects, indent=indent, ensure_ascii=ascii).encode("utf-8", "surrogatepass")
    lines = split(cut(content, cuts)).split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line.decode("utf-8", "surrogatepass")) for line in lines] == objects
    if indent is None:
        assert b", ".join(lines) == content[1:-1]


TOKENS = st.sampled_from(
    [b"[", b"]", b"{", b"}", b'"', b"\\", b",", b"\n", b" ", b"a", b"1", b'{"', b"\n{", b"\r\n", b'[{"a":1},']
)


@given(tokens=st.lists(TOKENS, max_size=60), cuts=SHORT_CUTS)
@settings(max_examples=500)
def test_whatever_comes_no_byte_that_says_something_is_lost(tokens: list[bytes], cuts: list[int]) -> None:
    content = b'[{"a":1},' + b"".join(tokens)
    whole = split([content])
    assert split(cut(content, [length % 5 + 1 for length in cuts])) == whole
    nothing = re.compile(rb"[\[\],\s]")
    assert nothing.sub(b"", whole) == nothing.sub(b"", content)
