"""The captured parts of a time to a local time (Datetime[us]), null where it is impossible.

Parts are columns of text: `time` as it is written, or `year`, `month`, `day`, `clock` and `half` (AM or PM); of two
numbers of which one is the month `first`, `second` and the `mark` between them; `fraction`, or `millis` and `micros`,
which are numbers; `date`, a whole date elsewhere in the line. A column may be missing, and any value null.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import polars as pl

from shared.parsing.columns import fill, nothing, translate
from shared.parsing.hints import Reference

LocalTime: TypeAlias = Callable[[pl.DataFrame, Reference], pl.Series]
"""Captured parts to local times (Datetime[us]), null where impossible."""

PARTS_OF_TIME = frozenset(
    {"time", "fraction", "zone", "year", "month", "day", "clock", "half", "millis", "micros", "first", "second"}
    | {"mark", "date"}
)
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NUMBERS = {name: f"{number:02}" for number, name in enumerate(MONTH_NAMES, start=1)}
NUMBERED = {f"{number:02}": f"{number:02}" for number in range(1, 13)}
LEAP_CYCLE_YEARS = 8
"""The longest that one 29 February is from the next."""
HALF_A_YEAR = timedelta(days=183)
CENTURY_TURNS = "70"
TAI_EPOCH = 2**62 + 10
DATE_TIME = "%Y-%m-%d %H:%M:%S"
DATE_TIME_OF_12_HOURS = "%Y-%m-%d %I:%M:%S %p"


def spelled(*spellings: str) -> LocalTime:
    """`time` by the first spelling that fits it."""

    def local(parts: pl.DataFrame, _: Reference) -> pl.Series:
        return _add_fraction(_strptime(parts["time"], *spellings), parts)

    return local


def spelled_before(*spellings: str) -> LocalTime:
    """As `spelled`, but by the first that puts the time not after the reference, if there is one."""

    def local(parts: pl.DataFrame, reference: Reference) -> pl.Series:
        texts = parts["time"]
        times = _strptime(texts, *spellings)
        for spelling in spellings[1:]:
            times = _not_to_come(times, reference, partial(_strptime, texts, spelling))
        return _add_fraction(times, parts)

    return local


def year_first(parts: pl.DataFrame, _: Reference) -> pl.Series:
    """2024-01-31 10:00:00 with any separators: mostly those of the first."""
    texts = parts["time"]
    first = texts.drop_nulls().head(1).to_list()
    times = _strptime(texts, _separated(first[0] if first else ""))
    if times.null_count() > texts.null_count():
        others = texts.filter(times.is_null()).drop_nulls().str.replace_all("[0-9]", "0").unique()
        times = fill(times, _strptime(texts, *(_separated(text) for text in others)))
    times = _add_fraction(times, parts)
    return fill(times, _end_of_day(parts)) if times.null_count() > texts.null_count() else times


def _end_of_day(parts: pl.DataFrame) -> pl.Series:
    """24:00:00, and not a moment later, is the next day's midnight; null for any other time."""
    texts = parts["time"].set(~parts["time"].str.contains("24[:.]00[:.]00$"), None)
    if "fraction" in parts.columns:
        texts = texts.set(parts["fraction"].str.contains("[1-9]").fill_null(False), None)
    days = texts.str.head(len("2024-03-05")).str.replace_all("[/.]", "-")
    return _strptime(days + " 00:00:00", DATE_TIME) + timedelta(days=1)


def year_last(parts: pl.DataFrame, _: Reference) -> pl.Series:
    """`time` as in syslog, and `year`."""
    return _add_fraction(_strptime(parts["time"] + " " + parts["year"], "%b %d %H:%M:%S %Y"), parts)


def yearless(spelling: str) -> LocalTime:
    """`spelling` begins with %Y: the latest year that does not put the time in the future."""

    def local(parts: pl.DataFrame, reference: Reference) -> pl.Series:
        texts = parts["time"]
        times = _latest(len(texts), texts.null_count(), reference, lambda year: _strptime(f"{year} " + texts, spelling))
        return _add_fraction(times, parts)

    return local


def dated(spelling: str) -> LocalTime:
    """As `yearless`, but the year is that of `date`, which is of about the same day."""

    def local(parts: pl.DataFrame, _: Reference) -> pl.Series:
        days = parts["date"].str.replace_all("[./]", "-").str.to_datetime("%Y-%m-%d", time_unit="us", strict=False)
        years = days.dt.year()
        times = _strptime(years.cast(pl.String) + " " + parts["time"], spelling)
        for shift in (-1, 1):
            ahead = ((times - days) * -shift > HALF_A_YEAR).fill_null(False)
            if ahead.any():
                times = times.zip_with(
                    ~ahead, _strptime((years + shift).cast(pl.String) + " " + parts["time"], spelling)
                )
        return _add_fraction(times, parts)

    return local


def in_parts(parts: pl.DataFrame, reference: Reference) -> pl.Series:
    """`year` (four digits, or two), `month` (a name or a number), `day` and `clock`."""
    month, day = _month_number(parts["month"]), parts["day"].str.zfill(2)
    if "year" in parts.columns:
        return _add_fraction(_joined(_four_digits(parts["year"]), month, day, parts), parts)
    times = _latest(len(parts), day.null_count(), reference, lambda year: _joined(_same(year, day), month, day, parts))
    return _add_fraction(times, parts)


def numbered(parts: pl.DataFrame, reference: Reference) -> pl.Series:
    """`first` and `second` are month and day, in the order that is possible and, with a year, not to come.

    Where both are: day first where `mark` is a dot or a dash, month first otherwise and with AM or PM.
    """
    if "year" in parts.columns:
        times, others = _either_order(_four_digits(parts["year"]), parts)
        return _add_fraction(_not_to_come(times, reference, lambda: others), parts)
    times = _latest(
        len(parts), parts["first"].null_count(), reference, lambda y: _either_order(_same(y, parts["first"]), parts)[0]
    )
    return _add_fraction(times, parts)


def never(parts: pl.DataFrame, _: Reference) -> pl.Series:
    """A time of day on no known day."""
    return nothing("time", pl.Datetime("us"), len(parts))


def epoch(parts: pl.DataFrame, _: Reference) -> pl.Series:
    """Seconds, milli-, micro- or nanoseconds since 1970, by magnitude."""
    number = pl.col("time").cast(pl.Int64, strict=False)
    size = pl.max_horizontal(number, -1 - number)  # no abs(): the least of all numbers has none
    unit = pl.when(size < 10**11).then(10**6).when(size < 10**14).then(10**3).otherwise(1)
    micros = pl.when(size < 10**17).then(number * unit).otherwise(number // 1000)
    part = pl.col("fraction").fill_null("").str.pad_end(6, "0").str.head(6).cast(pl.Int64) * unit // 10**6
    return parts.select((micros + part * number.sign()).cast(pl.Datetime("us"))).to_series()


def tai64n(parts: pl.DataFrame, _: Reference) -> pl.Series:
    """The 24 hexadecimal digits that multilog and s6-log write."""
    digits = parts["time"]
    seconds = digits.str.slice(0, 16).str.to_integer(base=16, dtype=pl.Int64, strict=False) - TAI_EPOCH
    nanos = digits.str.slice(16, 8).str.to_integer(base=16, dtype=pl.Int64, strict=False)
    possible = seconds.is_between(0, 10**11) & (nanos < 10**9)
    return (seconds.set(~possible, None) * 10**6 + nanos // 1000).cast(pl.Datetime("us"))


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
    for name in ("fraction", "millis", "micros"):
        if name in parts.columns and parts[name].null_count() < len(parts):
            times = times + _micros(parts[name].fill_null(""), name).cast(pl.Duration("us"))
    return times


def _micros(digits: pl.Series, name: str) -> pl.Series:
    if name != "fraction":
        digits = digits.str.zfill(3 if name == "millis" else 6)
    return digits.str.pad_end(6, "0").str.head(6).cast(pl.Int64)


def _separated(text: str) -> str:
    """The spelling of a text like 0000-00-00 00:00:00 with its separators."""
    separators = text[4::3] or "-- ::"
    return "".join(f"%{part}{after}" for part, after in zip("YmdHMS", [*separators, ""], strict=True))


def _latest(length: int, nulls: int, reference: Reference, read: Callable[[int], pl.Series]) -> pl.Series:
    """What `read` makes of each time in the latest year that does not put it after the reference."""
    times = nothing("time", pl.Datetime("us"), length)
    for year in _years_until(reference.latest):
        if times.null_count() == nulls:
            break
        found = read(year)
        times = fill(times, found.set(found > reference.latest, None))
    return times


def _not_to_come(times: pl.Series, reference: Reference, read: Callable[[], pl.Series]) -> pl.Series:
    """`times`, but those after the reference as `read` has them, where that is not after it."""
    if reference.latest is None:
        return times
    ahead = (times > reference.latest).fill_null(False)
    if not ahead.any():
        return times
    others = read()
    return times.zip_with(~(ahead & (others <= reference.latest).fill_null(False)), others)


def _years_until(latest: datetime | None) -> Iterable[int]:
    """Backwards, as many as it takes to meet a 29 February."""
    return range(latest.year, max(latest.year - LEAP_CYCLE_YEARS - 1, 0), -1) if latest else ()


def _same(year: int, column: pl.Series) -> pl.Series:
    return pl.Series("year", [f"{year:04}"]).new_from_index(0, len(column))


def _four_digits(years: pl.Series) -> pl.Series:
    short = years.str.len_bytes() == 2
    if not short.any():
        return years
    recent = (years < CENTURY_TURNS).fill_null(False)
    return years.zip_with(~short.fill_null(False), ("20" + years).zip_with(recent, "19" + years))


def _month_number(months: pl.Series) -> pl.Series:
    names = months.str.head(3).str.to_lowercase()
    return fill(translate(names, MONTH_NUMBERS, pl.String()), translate(months.str.zfill(2), NUMBERED, pl.String()))


def _joined(year: pl.Series, month: pl.Series, day: pl.Series, parts: pl.DataFrame) -> pl.Series:
    clock = parts["clock"].str.replace_all(".", ":", literal=True)
    clock = (clock + ":00").zip_with((clock.str.len_bytes() <= len("00:00")).fill_null(False), clock).str.zfill(8)
    texts = year + "-" + month + "-" + day + " " + clock
    times = _strptime(texts, DATE_TIME)
    if "half" not in parts.columns or parts["half"].null_count() == len(parts):
        return times
    halves = parts["half"].str.head(1).str.to_uppercase() + "M"
    return fill(_strptime(texts + " " + halves, DATE_TIME_OF_12_HOURS), times)


def _either_order(year: pl.Series, parts: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The times in the order that is preferred and possible, and in the other."""
    first, second, mark = parts["first"].str.zfill(2), parts["second"].str.zfill(2), parts["mark"]
    month_first = _joined(year, first, second, parts)
    day_first = _joined(year, second, first, parts)
    prefer_day = mark.is_in([".", "-", ". "]) if "year" in parts.columns else mark == ". "
    if "half" in parts.columns:
        prefer_day &= parts["half"].is_null()
    prefer_day = prefer_day.fill_null(False)
    others = month_first.zip_with(prefer_day, day_first)
    return fill(day_first.zip_with(prefer_day, month_first), others), others
