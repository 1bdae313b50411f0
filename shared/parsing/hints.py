"""What is known about an input besides its bytes."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import polars as pl
from polars.exceptions import PolarsError

from shared.errors import LogmillError

OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)", re.ASCII)
CLOCK_SKEW = timedelta(days=1)


class UnknownFormat(LogmillError):
    """A forced format that is none of FORMAT_NAMES."""


class UnknownTimezone(LogmillError):
    """A forced time zone that is neither an IANA name nor an offset such as +05:30."""


@dataclass(frozen=True, slots=True)
class ParseHints:
    """What the uploader forced or told.

    `format`: one of FORMAT_NAMES, or the name of `pattern`, a user's own format; None = detect. `timezone`: for times
    that have no zone, an IANA name or +HH:MM, None = UTC. `modified_at`, else `received_at` (both aware): a time
    without a year is not after it. `charset`: of lines that are no UTF-8, a name Python knows; None = guess, line by
    line. `header`: the line of an earlier batch that names the columns. `is_cut`: each line is the beginning of a
    longer one.
    """

    format: str | None = None
    timezone: str | None = None
    modified_at: datetime | None = None
    received_at: datetime | None = None
    charset: str | None = None
    pattern: str | None = None
    header: str | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """What a time that does not say everything is read against.

    `zone`: of times that have none. `latest`: the latest that a time without a year can be (naive, in `zone`);
    None = nobody knows, and such a time stays unread.
    """

    zone: tzinfo = UTC
    latest: datetime | None = None

    @classmethod
    def of(cls, hints: ParseHints) -> "Reference":
        """Raises UnknownTimezone."""
        zone = read_timezone(hints.timezone) if hints.timezone else UTC
        base = hints.modified_at or hints.received_at
        try:
            return cls(zone, (base.astimezone(zone) + CLOCK_SKEW).replace(tzinfo=None) if base else None)
        except OverflowError:
            return cls(zone)


@lru_cache(maxsize=64)
def read_timezone(name: str) -> tzinfo:
    """The zone of an IANA name or an offset; raises UnknownTimezone."""
    if offset := OFFSET.fullmatch(name):
        sign, hours, minutes = offset.groups()
        distance = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-distance if sign == "-" else distance)
    try:
        pl.Series([0]).cast(pl.Datetime("us")).dt.replace_time_zone(name)
        return ZoneInfo(name)
    except (PolarsError, ValueError, OSError) as error:
        raise UnknownTimezone(f"{name!r} is neither an IANA time zone nor an offset such as +05:30") from error
