"""A terminal that keeps what is printed on it."""

import io
import re
from collections.abc import Callable

import pytest

ESCAPES = re.compile(r"\x1b\[[\d;]*m")
"""What a table itself is styled with."""


class Terminal(io.StringIO):
    """Somebody who sees what is printed."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, width: int, show: Callable[[], None]) -> list[str]:
    """The lines that `show` prints on a terminal of so many columns."""
    terminal = Terminal()
    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", terminal)
        patched.setenv("COLUMNS", str(width))
        show()
    return [ESCAPES.sub("", line) for line in terminal.getvalue().splitlines()]
