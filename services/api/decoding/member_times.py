"""The times archives give their members."""

from datetime import UTC, datetime


def moment_of(seconds: float | None) -> datetime | None:
    """Seconds since 1970; None for 0, which packers write who want no time in it, and for what is no time."""
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def dos_moment(date: int, time: int) -> datetime | None:
    """A zip's own, taken as UTC; None for 1980-01-01, its nothing, and for what is no time."""
    try:
        moment = datetime(
            1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2, tzinfo=UTC
        )
    except ValueError:
        return None
    return moment if moment > datetime(1980, 1, 2, tzinfo=UTC) else None
