"""Token buckets over a clock of our own."""

from dataclasses import dataclass

from services.api import rate_limits
from services.api.rate_limits import RateLimit
from shared.clock import Clock


@dataclass
class Time:
    seconds: float = 0

    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.seconds)


def test_a_burst_then_a_wait_then_the_average() -> None:
    time = Time()
    limit = RateLimit(per_second=0.5, burst=3, clock=time.clock())
    assert [limit.take("a") for _ in range(5)] == [None, None, None, 2, 2]
    time.seconds = 1
    assert limit.take("a") == 1
    time.seconds = 2
    assert [limit.take("a"), limit.take("a")] == [None, 2]


def test_a_rest_fills_up_to_the_burst_only() -> None:
    time = Time()
    limit = RateLimit.per_minute(2, time.clock())
    assert [limit.take("a") for _ in range(3)] == [None, None, 30]
    time.seconds = 3600
    assert [limit.take("a") for _ in range(3)] == [None, None, 30]


def test_what_is_owed_is_waited_for() -> None:
    time = Time()
    limit = RateLimit(per_second=2, burst=3, clock=time.clock())
    assert limit.owed("a") is None
    limit.charge("a", 3)
    assert (limit.owed("a"), limit.take("a")) == (None, 1)
    limit.charge("a", 5)
    assert (limit.owed("a"), limit.take("a"), limit.owed("b")) == (3, 3, None)
    time.seconds = 2.5
    assert (limit.owed("a"), limit.take("a")) == (None, 1)
    time.seconds = 3
    assert limit.take("a") is None


def test_keys_do_not_share() -> None:
    limit = RateLimit(per_second=1, burst=1, clock=Time().clock())
    assert [limit.take("a"), limit.take("b"), limit.take("a")] == [None, None, 1]


def test_memory_is_bounded() -> None:
    limit = RateLimit(per_second=1, burst=1, clock=Time().clock())
    for number in range(rate_limits.MAX_KEYS + 100):
        limit.take(str(number))
    assert len(limit._buckets) == rate_limits.MAX_KEYS
    assert limit.take(str(rate_limits.MAX_KEYS + 99)) == 1
