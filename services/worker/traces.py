"""An exception's way through the code, for whoever reads a dead letter: bounded, and without what it worked on."""

import traceback
from collections.abc import Iterator

from shared.attempts import MAX_ERROR_CHARACTERS, encodable

MAX_TRACE_BYTES = 8 * 1024
MOST_FRAMES = 25
MOST_CAUSES = 4
BECAME = "\nThe above exception led to the following one:\n\n"


def trace_of(error: BaseException) -> str:
    """Frames (no locals) and bounded texts of `error` and what caused it, the last 8 KiB of it, cause first."""
    told = BECAME.join(reversed([_told(link) for link in _chain(error)]))
    return encodable(told).encode()[-MAX_TRACE_BYTES:].decode("utf-8", "ignore")


def told_briefly(error: BaseException) -> str:
    """Its type and the beginning of its text."""
    return encodable(f"{type(error).__name__}: {words_of(error)}")[:MAX_ERROR_CHARACTERS]


def words_of(error: BaseException) -> str:
    """Its text; of an error of PostgreSQL's without the DETAIL and HINT, which repeat rows, so what users logged."""
    if hasattr(error, "sqlstate"):
        return str(error.args[0]) if error.args else ""
    return str(error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    for _ in range(MOST_CAUSES):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _told(error: BaseException) -> str:
    frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), limit=-MOST_FRAMES)
    return "Traceback (most recent call last):\n" + "".join(frames.format()) + told_briefly(error) + "\n"
