"""Time zones as logs spell them, and local times to UTC."""

import re
from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo

import polars as pl

from shared.parsing.columns import nothing, translate
from shared.parsing.hints import UnknownTimezone, read_timezone
from shared.parsing.patterns import one_of

OFFSET = "[-+][0-9]{2}(?::?[0-9]{2})?"
HOURS = {
    **dict.fromkeys(("Z", "z", "UTC", "GMT", "WET", "UCT"), 0.0),
    **dict.fromkeys(("CET", "BST", "WEST", "MEZ"), 1.0),
    **dict.fromkeys(("CEST", "EET", "SAST", "MESZ"), 2.0),
    **dict.fromkeys(("EEST", "MSK", "TRT"), 3.0),
    **{"GST": 4.0, "PKT": 5.0, "IST": 5.5, "NPT": 5.75, "WIB": 7.0, "HKT": 8.0, "SGT": 8.0, "AWST": 8.0, "PHT": 8.0},
    **{"JST": 9.0, "KST": 9.0, "ACST": 9.5, "AEST": 10.0, "ACDT": 10.5, "AEDT": 11.0, "NZST": 12.0, "NZDT": 13.0},
    **{"NDT": -2.5, "ADT": -3.0, "BRT": -3.0, "NST": -3.5, "AST": -4.0, "EDT": -4.0, "EST": -5.0},
    **{"CDT": -5.0, "CST": -6.0, "MDT": -6.0, "MST": -7.0, "PDT": -7.0, "PST": -8.0, "AKDT": -8.0, "AKST": -9.0},
    "HST": -10.0,
}
"""Offsets of zone abbreviations; of those with several meanings (CST, IST, BST) the one most logs have."""

ZONE_NAME = one_of(HOURS.keys() - {"Z", "z"})
FULL_OFFSET = "[-+][0-9]{2}:?[0-9]{2}"
_QUARTERS = "(?:00|15|30|45)"
REAL_OFFSET = rf"(?:(?:\+(?:0[0-9]|1[0-3])|-(?:0[0-9]|1[01])):?{_QUARTERS}|(?:\+14|-12):?00)"
"""One that a clock somewhere has, from -12:00 to +14:00."""
CONTINENTS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"),
    "Etc",
)
AREA = f"(?:{one_of(CONTINENTS)})(?:/[A-Za-z0-9_+-]+){{1,2}}"
NAMED_ZONE = f"(?:(?:UTC|GMT)[-+][0-9]{{1,2}}(?::?[0-9]{{2}})?|{ZONE_NAME})"
SPELLED_ZONE = (
    rf"(?:(?:[Zz]|{OFFSET})\[(?:{AREA}|UTC|GMT|Z)\]|[ ]?{NAMED_ZONE}|[ ]Z|[-+][0-9]{{3}}|[ ]{REAL_OFFSET}|"
    rf" [-+]0[0-9]| ?\((?:{NAMED_ZONE}|{FULL_OFFSET}|{AREA})\)| ?\[(?:{AREA}|UTC|GMT)\]| {AREA})"
)
"""All but Z or an offset right behind the time: +0200[Europe/Berlin], UTC+2, GMT-03:30, (CET), Europe/Berlin, +02:00.

With a blank before it an offset needs its minutes, and to be a real one, or to begin with a zero: `12:00:00 -08` has
one, `12:00:00 -12 degrees` and `-1230 degrees` have none.
"""

AROUND = " ()[]"
NUMERIC = re.compile(r"([-+])(\d{1,2})(?::?(\d{2}))?", re.ASCII)
IN_MINUTES = re.compile(r"[-+]\d{3}", re.ASCII)
"""As DB2 writes them."""
HOUR = timedelta(hours=1)
DAY_MINUTES = 24 * 60


def offset_of(zone: str) -> timedelta | None:
    """What a zone's text adds to UTC; None where it is impossible, and for an area such as Europe/Berlin.

    >>> offset_of(" (GMT-03:30)")
    datetime.timedelta(days=-1, seconds=73800)
    """
    zone = zone.partition("[")[0].strip(AROUND) or zone.strip(AROUND)
    if zone in HOURS:
        return timedelta(hours=HOURS[zone])
    if IN_MINUTES.fullmatch(zone):
        return timedelta(minutes=int(zone))
    numeric = NUMERIC.fullmatch(zone.removeprefix("UTC").removeprefix("GMT"))
    if numeric is None:
        return None
    hours, minutes = int(numeric[2]), int(numeric[3] or 0)
    if minutes >= 60 or hours * 60 + minutes >= DAY_MINUTES:
        return None
    return timedelta(hours=hours, minutes=minutes) * (-1 if numeric[1] == "-" else 1)


def to_utc(local: pl.Series, zones: pl.Series | None, default: tzinfo) -> pl.Series:
    """Local times (Datetime[us]) by their zones' texts, those without by `default`; null where a zone is impossible."""
    if zones is None or zones.null_count() == len(zones):
        return _localise(local, default)
    offsets = {zone: offset_of(zone) for zone in zones.unique().drop_nulls()}
    if zones.null_count() == 0 and list(offsets.values()) == [timedelta(0)]:
        return local.dt.replace_time_zone("UTC")
    utc = (local - translate(zones, offsets, pl.Duration("us"))).dt.replace_time_zone("UTC")
    for zone, offset in offsets.items():
        if offset is None and "/" in zone:
            utc = utc.zip_with((zones != zone).fill_null(True), _in_area(local, zone.strip(AROUND)))
    return utc.zip_with(zones.is_not_null(), _localise(local, default)) if zones.null_count() else utc


def _in_area(local: pl.Series, name: str) -> pl.Series:
    try:
        return _localise(local, read_timezone(name))
    except UnknownTimezone:
        return nothing(local.name, pl.Datetime("us", "UTC"), len(local))


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
