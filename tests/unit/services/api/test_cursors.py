"""Cursors are good only for what they were written for."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.api.cursors import BEFORE_ALL, Cursors
from shared.errors import InputError

CURSORS = Cursors(b"k" * 32)
SCOPE = ("lines", "job", ("level", None))


@pytest.mark.parametrize("position", [[0, 1], ["2025-01-01T00:00:00+00:00", "é"], [2**62], []])
def test_what_is_written_is_read(position: list[str | int]) -> None:
    cursor = CURSORS.write(SCOPE, position)
    assert CURSORS.read(SCOPE, cursor) == position
    assert cursor.isascii()
    assert "=" not in cursor


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "garbage", "=" * 8, "💥", "AAAA" * 20, "../../etc/passwd", "a b", "x" * 1000, "\x00", "e30"],
)
def test_garbage_is_refused(cursor: str) -> None:
    with pytest.raises(InputError) as refused:
        CURSORS.read(SCOPE, cursor)
    assert refused.value.status == 422


def test_places_in_lists_that_have_the_newest_first() -> None:
    place = (datetime(2025, 1, 31, 12, 0, 0, 1, tzinfo=UTC), UUID(int=7))
    assert CURSORS.place(SCOPE, CURSORS.after(SCOPE, place)) == place
    for cursor in (None, ""):
        assert CURSORS.place(SCOPE, cursor) == BEFORE_ALL > place
    with pytest.raises(InputError):
        CURSORS.place(SCOPE, "garbage")


def test_another_lists_cursor_is_refused() -> None:
    cursor = CURSORS.write(SCOPE, [1])
    for scope in (("lines", "other", ("level", None)), ("lines", "job", ("level", "error"))):
        with pytest.raises(InputError):
            CURSORS.read(scope, cursor)
    with pytest.raises(InputError):
        Cursors(b"another secret of thirty-two bytes").read(SCOPE, cursor)


def test_a_changed_cursor_is_refused() -> None:
    cursor = CURSORS.write(SCOPE, [1, 2])
    for index in range(len(cursor) - 1):
        changed = cursor[:index] + ("A" if cursor[index] != "A" else "B") + cursor[index + 1 :]
        with pytest.raises(InputError):
            CURSORS.read(SCOPE, changed)
