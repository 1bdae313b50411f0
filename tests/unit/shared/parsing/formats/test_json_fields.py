import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.parsing import ParseHints, parse_batch
from shared.parsing.field_names import RANKS

SHAPES = ("resourceLogs", "logEvents", "Records", "@mt", "MessageTemplate", "webaclId", "log", "stream", "sourcetype")
NAMES = sorted(
    {part for table in RANKS for names in table.values() for name in names for part in (name, *name.split("."))}
)
KEYS = st.sampled_from([*NAMES, *SHAPES, "__proto__", "", "k"])
TOKENS = st.integers(0, 999).map(lambda number: f"zq{number}q")
SCALARS = st.one_of(
    TOKENS,
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    st.sampled_from(["2024-05-01T10:00:00Z", "12ms", "GET /a HTTP/1.1", "10.0.0.1, 8.8.8.8", "error", 10**400, "\0"]),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4))
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=6)


def tokens(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from tokens(inner)
    elif isinstance(value, str) and value.startswith("zq"):
        yield value


@given(st.lists(OBJECTS, min_size=1, max_size=8))
def test_no_text_of_an_object_is_lost_and_attrs_are_json(objects: list[dict[str, Any]]) -> None:
    lines = [json.dumps(value) for value in objects]
    records = parse_batch("\n".join(lines).encode(), first_line=1, hints=ParseHints()).records
    assert len(records) == len(lines)
    for value, record in zip(objects, records.drop("raw").to_dicts(), strict=True):
        told = " ".join(str(column) for column in record.values())
        assert [token for token in tokens(value) if token not in told] == []
        if record["attrs"] is not None:
            assert isinstance(json.loads(record["attrs"], parse_constant=int), dict)
            assert "\\u0000" not in record["attrs"]


@given(st.lists(OBJECTS, min_size=2, max_size=8))
def test_an_object_becomes_the_same_among_others(objects: list[dict[str, Any]]) -> None:
    lines = [json.dumps(value) for value in objects]
    together = parse_batch("\n".join(lines).encode(), first_line=1, hints=ParseHints()).records
    for place, line in enumerate(lines):
        alone = parse_batch(line.encode(), first_line=place + 1, hints=ParseHints()).records
        assert alone.to_dicts() == [together.row(place, named=True)]
