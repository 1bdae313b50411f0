"""What an upload's query string says."""

from datetime import UTC, datetime

import pytest

from services.api.problems import InvalidInputError
from services.api.uploads.options import clean_name, dated, read_again, read_hints
from shared.messages import InputHints

EARLY, LATE = datetime(2019, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "own", "expected"),
    [(None, None, None), (EARLY, None, EARLY), (None, LATE, LATE), (LATE, EARLY, EARLY), (EARLY, LATE, EARLY)],
)
def test_what_is_packed_is_no_younger_than_its_pack(
    told: datetime | None, own: datetime | None, expected: datetime | None
) -> None:
    assert dated(InputHints(modified_at=told), own).modified_at == expected


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (None, "unnamed.log"),
        ("", "unnamed.log"),
        ("a.log", "a.log"),
        ("logs/a.log", "a.log"),
        ("../../etc/passwd", "passwd"),
        ("C:\\logs\\a.log", "a.log"),
        ("a\0b\u202ec\n.log", "abc.log"),
        ("folder/", "unnamed.log"),
        ("x" * 300, "x" * 255),
    ],
)
def test_names_are_for_showing(name: str | None, shown: str) -> None:
    assert clean_name(name) == shown


def test_hints() -> None:
    hints = read_hints({"charset": "Windows-1251", "modified": "2019-01-01", "timezone": "", "format": ""})
    assert hints == InputHints(charset="cp1251", modified_at=EARLY)


@pytest.mark.parametrize(
    "query",
    [
        {"charset": "utf-7"},
        {"charset": "no\0such"},
        {"charset": "u" * 41},
        {"modified": "yesterday"},
        {"timezone": "Mars/Base"},
        {"again": "perhaps"},
    ],
)
def test_hints_that_cannot_be_are_named(query: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_again(query) or read_hints(query)
    assert caught.value.status == 422
    assert [error.pointer for error in caught.value.errors] == list(query)
