"""What was tried with a line batch so far: the message header `attempts`, oldest first.

A list of tables {"at": RFC 3339, "error": text, "worker": "HOST:PID"}; messages published before had texts alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

MAX_ERROR_CHARACTERS = 500
MOST_LOST_KEPT = 10
LOST = "its worker's process or connection ended while it had this batch"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try that came to nothing. `at` is RFC 3339 text; it and `worker` are None where nobody told."""

    error: str
    at: str | None = None
    worker: str | None = None

    @classmethod
    def made(cls, error: str, at: datetime, worker: str) -> "Attempt":
        """An attempt that ended at `at` (aware); its error's text is bounded, and encodable."""
        return cls(encodable(error)[:MAX_ERROR_CHARACTERS], at.isoformat(), worker)

    @property
    def is_lost(self) -> bool:
        """Whether nobody knows what went wrong: its worker, or the way to it, was gone. No failure of the batch's."""
        return self.error == LOST


def failures(attempts: Iterable[Attempt]) -> int:
    """How many of them are failures of the batch's own."""
    return sum(not attempt.is_lost for attempt in attempts)


def with_lost(attempts: tuple[Attempt, ...], lost: Attempt) -> tuple[Attempt, ...]:
    """`lost` added. Only the last MOST_LOST_KEPT of that kind are kept: a batch may be lost any number of times."""
    found = [place for place, attempt in enumerate(attempts) if attempt.is_lost]
    gone = set(found[: max(0, len(found) + 1 - MOST_LOST_KEPT)])
    return (*(attempt for place, attempt in enumerate(attempts) if place not in gone), lost)


def as_header(attempts: Iterable[Attempt]) -> list[dict[str, str | None]]:
    """The header's value, which is plain JSON too."""
    return [asdict(attempt) for attempt in attempts]


def read_attempts(header: object) -> tuple[Attempt, ...]:
    """Reads the header's value back, either form; nothing where it is not ours."""
    if not isinstance(header, list):
        return ()
    attempts = [_read(entry) for entry in header]
    return tuple(attempt for attempt in attempts if attempt is not None) if None not in attempts else ()


def _read(entry: object) -> Attempt | None:
    if isinstance(entry, str):
        return Attempt(entry)
    if not isinstance(entry, Mapping) or not isinstance(entry.get("error"), str):
        return None
    at, worker = entry.get("at"), entry.get("worker")
    return Attempt(entry["error"], at if isinstance(at, str) else None, worker if isinstance(worker, str) else None)


def encodable(text: str) -> str:
    """`text` as UTF-8 can hold it: no half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode("utf-8")
