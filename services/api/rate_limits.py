"""Token buckets: how often somebody may do something."""

import math
from collections import OrderedDict
from typing import Self

from shared.clock import Clock

MAX_KEYS = 10_000


class RateLimit:
    """Lets each key do `burst` things at once and `per_second` on average.

    Remembers the MAX_KEYS keys seen last; a key nobody has seen for long starts full.
    """

    def __init__(self, per_second: float, burst: int, clock: Clock) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @classmethod
    def per_minute(cls, per_minute: float, clock: Clock) -> Self:
        """A limit whose burst is a minute's worth."""
        return cls(per_minute / 60, max(1, round(per_minute)), clock)

    def take(self, key: str) -> int | None:
        """Takes one; None if there was one, else the whole seconds (at least 1) until there will be."""
        left = self._left(key)
        if left < 1:
            return self._seconds(1 - left)
        self.charge(key, 1)
        return None

    def charge(self, key: str, count: int) -> None:
        """Takes `count`, of which it owes what it has not."""
        left = self._left(key)
        self._buckets[key] = (left - count, self._clock.monotonic())

    def owed(self, key: str) -> int | None:
        """The whole seconds (at least 1) until it owes nothing; None where it does not."""
        left = self._left(key)
        return self._seconds(-left) if left < 0 else None

    def _left(self, key: str) -> float:
        """What it has by now; makes it the one seen last."""
        now = self._clock.monotonic()
        left, seen_at = self._buckets.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - seen_at) * self._per_second)
        self._buckets[key] = (left, now)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        return left

    def _seconds(self, count: float) -> int:
        return max(1, math.ceil(count / self._per_second))
