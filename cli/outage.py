"""How long the command line goes on asking while the api cannot answer, and how often."""

import time

SHORTEST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5


class Outage:
    """Time without an answer, and the pauses between the attempts to end that."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._began: float | None = None
        self._pause_seconds = SHORTEST_PAUSE_SECONDS / 2

    def is_over(self, pause_seconds: float = 0) -> bool:
        """Whether this failure, or the end of a pause after it, comes later after the first than patience allows."""
        now = time.monotonic()
        self._began = self._began or now
        return now + pause_seconds - self._began > self._patience_seconds

    def next_pause_seconds(self) -> float:
        """Twice as long as the last."""
        self._pause_seconds = min(LONGEST_PAUSE_SECONDS, 2 * self._pause_seconds)
        return self._pause_seconds
