"""What ends a test run, and waiting for what has to come."""

import time
from collections.abc import Callable

from shared.errors import LogmillError

POLL_SECONDS = 0.5


class ComposeTestFailed(LogmillError):
    """Something is not as it has to be, or an engine cannot run it."""


def wait_for(what: str, is_there: Callable[[], bool], seconds: float = 120) -> None:
    """Returns once `is_there`; raises ComposeTestFailed that says what did not come."""
    end = time.monotonic() + seconds
    while not is_there():
        if time.monotonic() > end:
            raise ComposeTestFailed(f"not within {seconds:g} s: {what}")
        time.sleep(POLL_SECONDS)


def require(holds: bool, otherwise: str) -> None:
    """Raises ComposeTestFailed unless it holds."""
    if not holds:
        raise ComposeTestFailed(otherwise)
