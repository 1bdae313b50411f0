import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.parsing.attributes import joined, json_object, json_objects

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def test_an_object_has_the_values_that_are_there() -> None:
    columns = [
        pl.Series("a", ["x", None, None]),
        pl.Series("b", ["1", "y", None]),
        pl.Series("c", [None] * 3, pl.String),
    ]
    assert json_object(columns).to_list() == ['{"a":"x","b":"1"}', '{"b":"y"}', None]


def test_pairs_become_an_object_a_row_with_numbers_as_numbers() -> None:
    pairs = pl.DataFrame(
        {"row": [0, 0, 2, 2, 2], "key": ["a", 'b"', "c", "d", "e"], "value": ["1.5", "01", "true", "-0", "1e5"]},
        schema_overrides={"row": pl.UInt32},
    )
    assert json_objects(pairs, 3).to_list() == ['{"a":1.5,"b\\"":"01"}', None, '{"c":true,"d":-0,"e":"1e5"}']


@pytest.mark.parametrize("typed", [False, True])
def test_names_are_no_patterns(typed: bool) -> None:
    names = ["^c.*$", "*", "cx", "cy", "0", "1"]
    columns = [pl.Series(name, [f"of {name}", None]) for name in names]
    assert [text and json.loads(text) for text in json_object(columns, typed)] == [
        {name: f"of {name}" for name in names},
        None,
    ]


@given(st.lists(TEXT, min_size=1))
def test_any_text_comes_back(texts: list[str]) -> None:
    objects = json_object([pl.Series("k", texts)])
    assert [json.loads(text)["k"] for text in objects] == texts


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ('{"a":1}', '{"b":2}', '{"a":1,"b":2}'),
        (None, '{"b":2}', '{"b":2}'),
        ('{"a":1}', None, '{"a":1}'),
        (None, None, None),
    ],
)
def test_joined(first: str | None, second: str | None, expected: str | None) -> None:
    columns = [pl.Series("attrs", [value, "{}"], dtype=pl.String) for value in (first, second)]
    assert joined(*columns).to_list()[0] == expected
    assert joined(columns[0].head(1), columns[1].head(1)).to_list() == [expected]


def test_typed_texts_are_written_as_what_they_are() -> None:
    column = pl.Series("a", ["1", "1.50", "true", "01", "x", None])
    told = [value and json.loads(value)["a"] for value in json_object([column], typed=True)]
    assert told == [1, 1.5, True, "01", "x", None]
