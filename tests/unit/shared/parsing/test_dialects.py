import pytest

from shared.parsing.dialects import NO_FIELD, WRAPPED, dialect
from shared.parsing.field_values import READERS

CASES: list[tuple[tuple[str, ...], dict[str, str]]] = [
    (("log", "stream", "time"), {"log": WRAPPED}),
    (("log", "stream", "time", "msg"), {}),
    (("date", "log", "kubernetes"), {"log": WRAPPED}),
    (("timestamp", "message", "ingestionTime"), {"message": WRAPPED}),
    (("message", "formattedMessage"), {"message": NO_FIELD, "formattedmessage": "message"}),
    (("Duration", "DownstreamStatus"), {"duration": "duration_ns"}),
    (("msg", "duration"), {}),
]


@pytest.mark.parametrize(("keys", "expected"), CASES)
def test_dialect(keys: tuple[str, ...], expected: dict[str, str]) -> None:
    assert dialect(keys) == expected
    assert set(expected.values()) <= {*READERS, NO_FIELD}


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        (("time", "level", "msg", "took"), "duration_go"),
        (("level", "time", "msg", "took"), None),
        (("level", "msg", "time"), "duration_go"),
        (("level", "ts", "caller", "msg"), "duration_s"),
    ],
)
def test_durations_by_whose_object_it_is(keys: tuple[str, ...], field: str | None) -> None:
    assert dialect(keys).get("took") == field
