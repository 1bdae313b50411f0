"""What is known about an input besides its bytes."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import polars as pl
from polars.exceptions import PolarsError

from shared.errors import LogmillError

OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)")


class UnknownFormat(LogmillError):
    """A forced format that is none of FORMAT_NAMES."""


class UnknownTimezone(LogmillError):
    """A forced time zone that is neither an IANA name nor an offset such as +05:30."""


@dataclass(frozen=True, slots=True)
class ParseHints:
    """What the uploader forced or told.

    `format`: one of FORMAT_NAMES, None = detect. `timezone`: for times that have no zone, an IANA name or +HH:MM,
    None = UTC. `modified_at`, else `received_at` (both aware): the latest a time without a year can be.
    """

    format: str | None = None
    timezone: str | None = None
    modified_at: datetime | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What a time that does not say everything is read against.

    `zone`: the zone of times that have none. `today`: the naive local time then and there that gives a year to times
    that have none; None = nobody knows, and they stay unread.
    """

    zone: tzinfo = UTC
    today: datetime | None = None

    @classmethod
    def of(cls, hints: ParseHints) -> "Reference":
        """Raises UnknownTimezone."""
        zone = read_timezone(hints.timezone) if hints.timezone else UTC
        base = hints.modified_at or hints.received_at
        return cls(zone, base.astimezone(zone).replace(tzinfo=None) if base else None)


@lru_cache(maxsize=64)
def read_timezone(name: str) -> tzinfo:
    """The zone of an IANA name or an offset; raises UnknownTimezone."""
    if offset := OFFSET.fullmatch(name):
        sign, hours, minutes = offset.groups()
        distance = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-distance if sign == "-" else distance)
    try:
        pl.Series([datetime(2000, 1, 1)]).dt.replace_time_zone(name)  # noqa: DTZ001 - it is given its zone here
        return ZoneInfo(name)
    except (PolarsError, ValueError, OSError) as error:
        raise UnknownTimezone(f"{name!r} is neither an IANA time zone nor an offset such as +05:30") from error
