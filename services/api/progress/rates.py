"""How fast a job moves, smoothed; pure."""

import math

SMOOTHING_SECONDS = 3.0
SETTLING_SECONDS = 1.0


class RateMeter:
    """An exponentially weighted rate of a growing count."""

    def __init__(self, count: int, at_seconds: float) -> None:
        self._started_at = self._seen_at = at_seconds
        self._count = count
        self._rate: float | None = None

    def update(self, count: int, at_seconds: float) -> None:
        """Takes the count as of `at_seconds` on a monotonic clock."""
        elapsed = at_seconds - self._seen_at
        if elapsed <= 0:
            return
        current = max(0, count - self._count) / elapsed
        weight = 1.0 if self._rate is None else 1 - math.exp(-elapsed / SMOOTHING_SECONDS)
        self._rate = current * weight + (self._rate or 0.0) * (1 - weight)
        self._count, self._seen_at = count, at_seconds

    @property
    def per_second(self) -> float | None:
        """The rate, or None before it means anything."""
        return self._rate if self._seen_at - self._started_at >= SETTLING_SECONDS else None
