"""Time as a value: wall clock for people, monotonic clock for durations."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` is aware UTC; `monotonic` is in seconds and only ever compared with itself."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic


SYSTEM_CLOCK = Clock()
