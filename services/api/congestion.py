"""Whether a queue takes batches in, as far as publishing to it has shown. Pure."""

from typing import Literal

from shared.errors import BrokerUnavailable

SILENCE_SECONDS = 2
"""Without a confirm while some are due: longer than a busy broker needs to sync its disk."""
REMEMBERED_SECONDS = 5
"""A failure holds for so long if nothing is tried meanwhile; then somebody has to find out."""

Failure = Literal["refused", "timeout", "unavailable"]


class HeldUp(BrokerUnavailable):
    """The broker takes nothing in now; the text says, for people, what it is that holds it up."""


class Congestion:
    """One queue. Every `now` is in seconds of the same monotonic clock."""

    def __init__(self, queue: str) -> None:
        self._reasons: dict[Failure, str] = {
            "refused": f"the queue {queue} is full",
            "timeout": "the message broker does not answer",
            "unavailable": "the message broker cannot be reached",
        }
        self._due: dict[int, float] = {}
        self._tries = 0
        self._confirmed_at = float("-inf")
        self._failed: tuple[Failure, float] | None = None

    def begin(self, now: float) -> int:
        """A batch is on its way; the number of this try."""
        self._tries += 1
        self._due[self._tries] = now
        return self._tries

    def confirm(self, number: int, now: float) -> None:
        """The broker has it."""
        self._due.pop(number, None)
        self._confirmed_at = now
        self._failed = None

    def fail(self, number: int, failure: Failure, now: float) -> None:
        """The broker did not take it."""
        self._due.pop(number, None)
        self._failed = (failure, now)

    def forget(self, number: int) -> None:
        """Nobody waits for that try any more."""
        self._due.pop(number, None)

    def reason(self, now: float) -> str | None:
        """What holds batches up just now, for people; None where nothing is known to."""
        if self._failed is not None and now - self._failed[1] < REMEMBERED_SECONDS:
            return self._reasons[self._failed[0]]
        oldest = next(iter(self._due.values()), now)
        if now - max(oldest, self._confirmed_at) > SILENCE_SECONDS:
            return self._reasons["timeout"]
        return None
