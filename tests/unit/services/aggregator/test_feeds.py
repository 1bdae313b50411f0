"""Until when deliveries of a day are waited for."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from services.aggregator.feeds import first_open_day

MARCH_1 = date(2026, 3, 1)
FEBRUARY_28 = date(2026, 2, 28)
FIVE_MINUTES = timedelta(minutes=5)
TOKYO = timezone(timedelta(hours=9))
DAYS = [
    (datetime(2026, 3, 1, 0, 4, 59, 999_999, UTC), FIVE_MINUTES, FEBRUARY_28),
    (datetime(2026, 3, 1, 0, 5, 0, 0, UTC), FIVE_MINUTES, MARCH_1),
    (datetime(2026, 3, 1, 23, 59, 59, 0, UTC), FIVE_MINUTES, MARCH_1),
    (datetime(2026, 3, 1, tzinfo=UTC), timedelta(), MARCH_1),
    (datetime(2026, 2, 28, 23, 59, 59, 0, UTC), timedelta(), FEBRUARY_28),
    (datetime(2026, 3, 1, 9, 4, 0, 0, TOKYO), FIVE_MINUTES, FEBRUARY_28),
    (datetime(2026, 3, 1, 9, 5, 0, 0, TOKYO), FIVE_MINUTES, MARCH_1),
]


@pytest.mark.parametrize(("now", "close_after", "day"), DAYS)
def test_a_day_is_open_until_some_time_after_its_midnight(now: datetime, close_after: timedelta, day: date) -> None:
    assert first_open_day(now, close_after) == day
