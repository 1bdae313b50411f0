import pytest

from shared.parsing.levels import severity_of

CASES: list[tuple[object, int | None]] = [
    ("INFO", 9),
    ("Warning", 13),
    ("\x1b[32minfo\x1b[39m", 9),
    ("[ERROR]", 17),
    ("LogLevel.Critical", 21),
    (" error ", 17),
    ("3", 17),
    ("30", 9),
    (0, 21),
    (7, 5),
    (8, None),
    (30, 9),
    (35, 9),
    (60, 21),
    (250, 10),
    (400, 17),
    (-1, None),
    (10**30, None),
    ("D2", 5),
    ("http", 9),
    ("unheard of", None),
    ("9" * 5000, None),
    ("", None),
    (True, None),
    (None, None),
    ([1], None),
]


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_severity_of(value: object, expected: int | None) -> None:
    assert severity_of(value) == expected
