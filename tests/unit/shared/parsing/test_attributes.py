import json

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.parsing.attributes import json_object, json_objects

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


@settings(deadline=None)
@given(st.lists(TEXT, min_size=1))
def test_any_text_comes_back(texts: list[str]) -> None:
    objects = json_object([pl.Series("k", texts)])
    assert [json.loads(text)["k"] for text in objects] == texts
