"""What counts as a line."""

import pytest

from shared.lines import count_lines

LINE_COUNTS = [(b"", 0), (b"\n", 1), (b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"\n\n\n", 3), (b"a\rb\n", 1)]


@pytest.mark.parametrize(("body", "lines"), LINE_COUNTS)
def test_count_lines(body: bytes, lines: int) -> None:
    assert count_lines(body) == lines
