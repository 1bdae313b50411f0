import polars as pl
import pytest

from shared.parsing.field_texts import READERS, present
from shared.parsing.field_values import READERS as VALUE_READERS
from shared.parsing.fields import COLUMN_OF, FIELD_TYPES

TEXTS = ["", "-", "x", "0", "7", "35", "200", "1.5", "5ms", "1e300", "-1", "9" * 30, "GET", "192.0.2.7", None]

CASES: list[tuple[str, str, object]] = [
    *(("duration_s", "1.5s", 1500.0), ("duration_s", "1.5", 1500.0), ("duration_ns", "5ms", 5.0)),
    *(("duration", "250", 250.0), ("duration_ms", "1e30", None), ("duration_us", "x", None)),
    *(("level", "30", 9), ("level", "3", 17), ("level", "Warning", 13), ("level", "loud", None)),
    *(("python_level", "30", 13), ("python_level", "35", 13), ("python_level", "x", None), ("otel_level", "17", 17)),
    *(("status", "200", 200), ("status", "99", None), ("bytes", "-1", None), ("pid", str(2**63), None)),
    *(("logger", "5ms", None), ("logger", "app.db", "app.db"), ("method", "get", "GET"), ("method", "no verb", None)),
]


@pytest.mark.parametrize(("field", "text", "expected"), CASES)
def test_a_text_as_a_field(field: str, text: str, expected: object) -> None:
    assert READERS[field](pl.Series([text])).to_list() == [expected]


@pytest.mark.parametrize("field", READERS)
def test_every_field_has_the_type_of_its_column(field: str) -> None:
    texts = pl.Series(TEXTS, dtype=pl.String)
    read = READERS[field](texts)
    assert (read.dtype, len(read)) == (FIELD_TYPES[COLUMN_OF.get(field, field)], len(texts))
    assert read[-1] is None
    for text, value in zip(texts, read, strict=True):
        assert READERS[field](pl.Series([text], dtype=pl.String)).to_list() == [value]


def test_whatever_json_knows_is_known_of_texts() -> None:
    assert READERS.keys() == VALUE_READERS.keys()


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [("logger", "-", None), ("message", "-", "-"), ("shard", "", None), ("url", "/", "/")],
)
def test_texts_for_nothing(field: str, text: str, expected: str | None) -> None:
    assert present(field, pl.Series([text])).to_list() == [expected]
