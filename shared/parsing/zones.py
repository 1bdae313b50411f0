"""Time zones as logs spell them, and local times to UTC."""

from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo

import polars as pl

from shared.parsing.columns import translate
from shared.parsing.patterns import one_of

OFFSET = "[-+][0-9]{2}(?::?[0-9]{2})?"
HOURS = {
    **dict.fromkeys(("Z", "z", "UTC", "GMT", "WET"), 0.0),
    **dict.fromkeys(("CET", "BST", "WEST"), 1.0),
    **dict.fromkeys(("CEST", "EET", "SAST"), 2.0),
    **dict.fromkeys(("EEST", "MSK"), 3.0),
    **{"IST": 5.5, "HKT": 8.0, "SGT": 8.0, "AWST": 8.0, "JST": 9.0, "KST": 9.0, "AEST": 10.0, "AEDT": 11.0},
    **{"NZST": 12.0, "NZDT": 13.0, "ADT": -3.0, "AST": -4.0, "EDT": -4.0, "EST": -5.0, "CDT": -5.0, "CST": -6.0},
    **{"MDT": -6.0, "MST": -7.0, "PDT": -7.0, "PST": -8.0, "AKDT": -8.0, "AKST": -9.0, "HST": -10.0},
}
"""Offsets of zone abbreviations; of those with several meanings (CST, IST, BST) the one most logs have."""

ZONE_NAME = one_of(HOURS.keys() - {"Z", "z"})
HOUR = timedelta(hours=1)
DAY_MINUTES = 24 * 60


def offset_of(zone: str) -> timedelta | None:
    """What a zone's text (an abbreviation, Z, +HH, +HHMM or +HH:MM) adds to UTC; None where it is impossible."""
    if zone in HOURS:
        return timedelta(hours=HOURS[zone])
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > len("+HH") else 0
    if minutes >= 60 or hours * 60 + minutes >= DAY_MINUTES:
        return None
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)


def to_utc(local: pl.Series, zones: pl.Series | None, default: tzinfo) -> pl.Series:
    """Local times (Datetime[us]) by their zones' texts, those without by `default`; null where a zone is impossible."""
    if zones is None or zones.null_count() == len(zones):
        return _localise(local, default)
    offsets = {zone: offset_of(zone) for zone in zones.unique().drop_nulls()}
    if zones.null_count() == 0 and list(offsets.values()) == [timedelta(0)]:
        return local.dt.replace_time_zone("UTC")
    utc = (local - translate(zones, offsets, pl.Duration("us"))).dt.replace_time_zone("UTC")
    return utc.zip_with(zones.is_not_null(), _localise(local, default)) if zones.null_count() else utc


def _localise(local: pl.Series, zone: tzinfo) -> pl.Series:
    """An ambiguous time is the earlier one; one that a clock change skipped counts on from before the change."""
    if not isinstance(zone, ZoneInfo):
        return (local - (zone.utcoffset(None) or timedelta(0))).dt.replace_time_zone("UTC")
    times = _in_zone(local, zone.key)
    if times.null_count() > local.null_count():
        times = times.zip_with(times.is_not_null(), _in_zone(local - HOUR, zone.key) + HOUR)
    return times


def _in_zone(local: pl.Series, name: str) -> pl.Series:
    zoned = local.dt.replace_time_zone(name, ambiguous="earliest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC")
