"""Times in their usual spellings, to UTC.

A Shape's pattern captures the parts of a time: `time` (down to the second), `fraction`, `zone`, and `year` where it
stands behind the time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import polars as pl

from shared.parsing.columns import fill, nothing, within
from shared.parsing.hints import Reference
from shared.parsing.patterns import one_of
from shared.parsing.zones import OFFSET, ZONE_NAME, to_utc

LocalTime: TypeAlias = Callable[[pl.DataFrame, Reference], pl.Series]
"""Captured parts to local times (Datetime[us]), null where impossible."""

MICROSECOND = timedelta(microseconds=1)
EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_1 = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH_START) // MICROSECOND
YEAR_9999_ENDS = (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) - EPOCH_START) // MICROSECOND
LEAP_CYCLE_YEARS = 8
"""The longest that one 29 February is from the next."""

CLOCK = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
MONTH = one_of(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
WEEKDAY = one_of(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
FRACTION = "(?:[.,:](?P<fraction>[0-9]{0,9}))?"
TAIL = f"{FRACTION}(?:(?P<zone>[Zz]|{OFFSET}),?)?"


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to write a time: `pattern` captures its parts, `local` reads them."""

    pattern: str
    local: LocalTime

    def read(self, parts: pl.DataFrame, reference: Reference) -> pl.Series:
        """The UTC times (Datetime[us, UTC]) of captured parts; null where impossible or outside years 1-9999."""
        zones = parts["zone"] if "zone" in parts.columns else None
        utc = to_utc(self.local(parts, reference), zones, reference.zone)
        return within(utc.to_physical(), YEAR_1, YEAR_9999_ENDS).cast(utc.dtype).alias("logged_at")


def read_times(texts: pl.Series, reference: Reference) -> pl.Series:
    """The UTC times of texts that are nothing but a time, each in any shape; null where a text is none."""
    times = nothing("logged_at", pl.Datetime("us", "UTC"), len(texts))
    for shape in SHAPES:
        if times.null_count() == texts.null_count():
            break
        whole = f"^{shape.pattern}$"
        if texts.str.contains(whole).any():
            parts = texts.str.extract_groups(whole).struct.unnest()
            times = fill(times, shape.read(parts, reference))
    return times


def _strptime(texts: pl.Series, *spellings: str) -> pl.Series:
    """Each text by the first spelling that fits it."""
    times = texts.str.to_datetime(spellings[0], time_unit="us", strict=False)
    for spelling in spellings[1:]:
        if times.null_count() == texts.null_count():
            break
        times = fill(times, texts.str.to_datetime(spelling, time_unit="us", strict=False))
    return times


def _add_fraction(times: pl.Series, parts: pl.DataFrame) -> pl.Series:
    """Digits beyond the sixth are cut off."""
    if "fraction" not in parts.columns or parts["fraction"].null_count() == len(parts):
        return times
    digits = parts["fraction"].fill_null("").str.pad_end(6, "0").str.head(6)
    return times + digits.cast(pl.Int64).cast(pl.Duration("us"))


def _spelled(*spellings: str) -> LocalTime:
    def local(parts: pl.DataFrame, _: Reference) -> pl.Series:
        return _add_fraction(_strptime(parts["time"], *spellings), parts)

    return local


def _year_first(parts: pl.DataFrame, _: Reference) -> pl.Series:
    """2024-01-31 10:00:00 with any separators: mostly those of the first."""
    texts = parts["time"]
    first = texts.drop_nulls().head(1).to_list()
    times = _strptime(texts, _separated(first[0] if first else ""))
    if times.null_count() > texts.null_count():
        others = texts.filter(times.is_null()).drop_nulls().str.replace_all("[0-9]", "0").unique()
        times = fill(times, _strptime(texts, *(_separated(text) for text in others)))
    return _add_fraction(times, parts)


def _separated(text: str) -> str:
    """The spelling of a text like 0000-00-00 00:00:00 with its separators."""
    separators = text[4::3] or "-- ::"
    return "".join(f"%{part}{after}" for part, after in zip("YmdHMS", [*separators, ""], strict=True))


def _yearless(spelling: str) -> LocalTime:
    """`spelling` begins with %Y: the latest year that does not put the time in the future."""

    def local(parts: pl.DataFrame, reference: Reference) -> pl.Series:
        texts = parts["time"]
        times = nothing("time", pl.Datetime("us"), len(texts))
        for year in _years_until(reference.latest):
            if times.null_count() == texts.null_count():
                break
            dated = _strptime(f"{year:04} " + texts, spelling)
            times = fill(times, dated.set(dated > reference.latest, None))
        return _add_fraction(times, parts)

    return local


def _years_until(latest: datetime | None) -> Iterable[int]:
    """Backwards, as many as it takes to meet a 29 February."""
    return range(latest.year, max(latest.year - LEAP_CYCLE_YEARS - 1, 0), -1) if latest else ()


def _never(parts: pl.DataFrame, _: Reference) -> pl.Series:
    """A time of day on no known day."""
    return nothing("time", pl.Datetime("us"), len(parts))


def _year_last(parts: pl.DataFrame, _: Reference) -> pl.Series:
    return _add_fraction(_strptime(parts["time"] + " " + parts["year"], "%b %d %H:%M:%S %Y"), parts)


def _two_digit_year(parts: pl.DataFrame, _: Reference) -> pl.Series:
    return _add_fraction(_strptime(parts["time"], "%y/%m/%d %H:%M:%S", "%m/%d/%y %H:%M:%S"), parts)


def _epoch(parts: pl.DataFrame, _: Reference) -> pl.Series:
    """Seconds, milli-, micro- or nanoseconds since 1970, by magnitude."""
    number = pl.col("time").cast(pl.Int64, strict=False)
    size = number.abs()
    unit = pl.when(size < 10**11).then(10**6).when(size < 10**14).then(10**3).otherwise(1)
    micros = pl.when(size < 10**17).then(number * unit).otherwise(number // 1000)
    part = pl.col("fraction").fill_null("").str.pad_end(6, "0").str.head(6).cast(pl.Int64) * unit // 10**6
    return parts.select((micros + part * number.sign()).cast(pl.Datetime("us"))).to_series()


DATE_FIRST = "[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}[-Tt _:][0-9]{2}[:.][0-9]{2}[:.][0-9]{2}"
MONTH_DAY = f"{MONTH} +[0-9]{{1,2}}"
LOOSE_CLOCK = "[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
COMPACT = ("%Y%m%d-%H:%M:%S", "%Y%m%d %H:%M:%S", "%Y%m%dT%H:%M:%S")
PACKED = ("%Y%m%dT%H%M%S", "%Y%m%d-%H%M%S", "%Y%m%d %H%M%S", "%Y%m%d_%H%M%S")
DAY_FIRST = ("%d %b %Y %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%d/%b/%Y %H:%M:%S")
AMERICAN = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S")

ISO = Shape(f"(?P<time>{DATE_FIRST}){TAIL}", _year_first)
ISO_ZONE = Shape(f"(?P<time>{DATE_FIRST}){FRACTION} (?P<zone>{OFFSET}|{ZONE_NAME})", _year_first)
EPOCH = Shape(r"(?P<time>1[0-9]{9}(?:[0-9]{3}){0,3})(?:\.(?P<fraction>[0-9]{1,9}))?", _epoch)
NUMBER = Shape(r"(?P<time>-?[0-9]{9,19})(?:\.(?P<fraction>[0-9]{1,9})[0-9]*)?", _epoch)
CLF = Shape(
    f"(?P<time>[0-9]{{2}}/{MONTH}/[0-9]{{4}}:{CLOCK})(?: (?P<zone>{OFFSET}))?",
    _spelled("%d/%b/%Y:%H:%M:%S"),
)
SYSLOG = Shape(f"(?P<time>{MONTH_DAY} {CLOCK}){FRACTION}", _yearless("%Y %b %d %H:%M:%S"))
SYSLOG_YEAR = Shape(f"(?P<time>{MONTH_DAY},? [0-9]{{4}} {CLOCK}){FRACTION}", _spelled("%b %d %Y %H:%M:%S"))
JAVA_UTIL = Shape(f"(?P<time>{MONTH_DAY}, [0-9]{{4}} {LOOSE_CLOCK} [AP]M)", _spelled("%b %d, %Y %I:%M:%S %p"))
CTIME = Shape(
    rf"{WEEKDAY} (?P<time>{MONTH_DAY} {CLOCK})(?:\.(?P<fraction>[0-9]{{1,9}}))?"
    f" (?:(?P<zone>{ZONE_NAME}) )?(?P<year>[0-9]{{4}})",
    _year_last,
)
DAY_MONTH = Shape(
    f"(?:{WEEKDAY}, )?(?P<time>[0-9]{{1,2}}[- /]{MONTH}[- /][0-9]{{4}} {CLOCK}){FRACTION}"
    f"(?: (?P<zone>{OFFSET}|{ZONE_NAME}))?",
    _spelled(*DAY_FIRST),
)
MONTH_FIRST = Shape(f"(?P<time>[0-9]{{2}}-[0-9]{{2}} {CLOCK}){FRACTION}", _yearless("%Y %m-%d %H:%M:%S"))
SHORT_YEAR = Shape(f"(?P<time>[0-9]{{2}}/[0-9]{{2}}/[0-9]{{2}} {CLOCK}){FRACTION}", _two_digit_year)
SLASHED = Shape(f"(?P<time>[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}} {LOOSE_CLOCK}(?: [AP]M)?)", _spelled(*AMERICAN))
COMPACT_DATE = Shape(f"(?P<time>[0-9]{{8}}[-T ][0-9]{{1,2}}:[0-9]{{1,2}}:[0-9]{{1,2}}){TAIL}", _spelled(*COMPACT))
PACKED_TIME = Shape(f"(?P<time>[0-9]{{8}}[-T _][0-9]{{6}}){TAIL}", _spelled(*PACKED))
TIME_OF_DAY = Shape(f"(?P<time>{CLOCK}){FRACTION}", _never)
SHORT_PACKED = Shape("(?P<time>[0-9]{6} [0-9]{6})", _spelled("%y%m%d %H%M%S"))

_OTHERS = (
    *(CLF, SYSLOG, SYSLOG_YEAR, JAVA_UTIL, CTIME, DAY_MONTH, MONTH_FIRST, SHORT_YEAR, SLASHED, COMPACT_DATE),
    *(PACKED_TIME, SHORT_PACKED),
)
SHAPES = (ISO, NUMBER, ISO_ZONE, *_OTHERS)
"""All that a text can be that is nothing but a time."""

LEADING = (ISO_ZONE, ISO, EPOCH, *_OTHERS)
"""All that can begin a line; a number only where it can be nothing but an epoch."""
