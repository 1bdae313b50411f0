"""Times in their usual spellings, to UTC.

A Shape's pattern captures the parts of a time that `dates` knows, and `zone`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from shared.parsing.columns import fill, nothing, within
from shared.parsing.dates import (
    LocalTime,
    dated,
    epoch,
    in_parts,
    never,
    numbered,
    spelled,
    spelled_before,
    tai64n,
    year_first,
    year_last,
    yearless,
)
from shared.parsing.hints import Reference
from shared.parsing.patterns import one_of, without_captures
from shared.parsing.zones import OFFSET, SPELLED_ZONE, ZONE_NAME, to_utc

MICROSECOND = timedelta(microseconds=1)
EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_1 = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH_START) // MICROSECOND
YEAR_9999_ENDS = (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) - EPOCH_START) // MICROSECOND


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to write a time: `pattern` captures its parts, `local` reads them."""

    pattern: str
    local: LocalTime

    @property
    def key(self) -> str:
        """A part that every time of this shape has."""
        return "time" if "(?P<time>" in self.pattern else "clock"

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


def any_time(shapes: Iterable[Shape]) -> str:
    """A pattern without captures for a time of any of the shapes."""
    return "|".join(without_captures(shape.pattern) for shape in shapes)


CLOCK = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
MONTH = one_of(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
WEEKDAY = one_of(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
FRACTION = "(?:[.,:](?P<fraction>[0-9]{0,9}))?"
TAIL = f"{FRACTION}(?:(?P<zone>[Zz]|{OFFSET}),?)?"

ISO_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
ISO_OFFSET = f"(?:Z|{OFFSET})"
POINT = r"(?:\.(?P<fraction>[0-9]{1,9}))?"
ANY_OFFSET = f"(?P<zone>{ISO_OFFSET})?"

DATE_FIRST = "[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}[-Tt _:][0-9]{2}[:.][0-9]{2}[:.][0-9]{2}"
MONTH_DAY = f"{MONTH} +[0-9]{{1,2}}"

MONTH_WORD = (
    "(?i-u:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
NAMED_MONTH = f"(?P<month>{MONTH_WORD})"
ON_A_DAY = f"(?:{WEEKDAY}[a-z]*[,.]? +)?"
DAY = "(?P<day>[0-9]{1,2})"
YEAR = "(?P<year>[0-9]{4})"
SOME_YEAR = "(?P<year>[0-9]{4}|[0-9]{2})"
HALF = r"(?: ?(?P<half>[AaPp](?:\.[Mm]\.|[Mm])))?"
LOOSE_CLOCK = "(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)"
DOTTED_CLOCK = r"(?P<clock>[0-9]{1,2}[:.][0-9]{2}[:.][0-9]{2}|[0-9]{1,2}:[0-9]{2})"
WHOLE_CLOCK = "(?P<clock>[0-9]{1,2}:[0-9]{2}:[0-9]{2})"
DIGITS = "(?:[.,:](?P<fraction>[0-9]{1,9})[0-9]*)?"
ZONED = f"(?P<zone>{SPELLED_ZONE}|[Zz]|{OFFSET})?"
AT = "(?:,? at | -- | @ |[-Tt_,] *| +)"
OF_A_DAY = f"{DIGITS}{HALF}{ZONED}"

COMPACT = ("%Y%m%d-%H:%M:%S", "%Y%m%d %H:%M:%S", "%Y%m%dT%H:%M:%S", "%Y%m%d:%H:%M:%S", "%Y%m%d_%H:%M:%S")
PACKED = ("%Y%m%dT%H%M%S", "%Y%m%d-%H%M%S", "%Y%m%d %H%M%S", "%Y%m%d_%H%M%S", "%Y%m%d:%H%M%S")


def iso(between: str = "T", *, fraction: str = POINT, zone: str = ANY_OFFSET) -> Shape:
    """A day as ISO_DAY, `between` (a pattern), a clock; what can follow as patterns that capture `fraction`, `zone`."""
    return Shape(f"(?P<time>{ISO_DAY}{between}{CLOCK}){fraction}{zone}", year_first)


ISO = Shape(f"(?P<time>{DATE_FIRST}){TAIL}", year_first)
ISO_ZONE = Shape(f"(?P<time>{DATE_FIRST}){FRACTION}(?P<zone>{SPELLED_ZONE})", year_first)
ISO_MICROS = Shape(f"(?P<time>{DATE_FIRST}) us=(?P<micros>[0-9]{{1,6}})", year_first)
ISO_LOOSE = Shape(
    f"{ON_A_DAY}(?P<year>[0-9]{{4,5}})[-/. ](?P<month>{MONTH_WORD}|[0-9]{{1,2}})[-/. ]{DAY}{AT}{LOOSE_CLOCK}{OF_A_DAY}",
    in_parts,
)
EPOCH = Shape(r"(?P<time>1[0-9]{9}(?:[0-9]{3}){0,3})(?:\.(?P<fraction>[0-9]{1,9}))?", epoch)
SURE_EPOCH = Shape(r"(?P<time>1[0-9]{9})\.(?P<fraction>[0-9]{3,9})", epoch)
NUMBER = Shape(
    r"(?P<time>-?(?:[0-9]{9,13}|[0-9]{15,16}|[0-9]{18,19}|(?:[03-9]|1[0-8]|2[1-9])[0-9]{12}(?:[0-9]{3})?))(?:\.(?P<fraction>[0-9]{1,9})[0-9]*)?",
    epoch,
)
TAI64N = Shape("@(?P<time>4[0-9a-f]{23})", tai64n)
CLF = Shape(
    f"(?P<time>[0-9]{{2}}/{MONTH}/[0-9]{{4}}:{CLOCK})(?: (?P<zone>{OFFSET}))?",
    spelled("%d/%b/%Y:%H:%M:%S"),
)
CLF_FRACTION = Shape(
    rf"(?P<time>[0-9]{{2}}/{MONTH}/[0-9]{{4}}:{CLOCK})(?:[.,](?P<fraction>[0-9]{{1,9}}))?(?: (?P<zone>{OFFSET}))?",
    CLF.local,
)
SYSLOG = Shape(f"(?P<time>{MONTH_DAY} {CLOCK}){FRACTION}", yearless("%Y %b %d %H:%M:%S"))
SYSLOG_DATED = Shape(f"(?P<time>{MONTH_DAY} {CLOCK}){FRACTION}", dated("%Y %b %d %H:%M:%S"))
SYSLOG_YEAR = Shape(f"(?P<time>{MONTH_DAY},? [0-9]{{4}} {CLOCK}){FRACTION}", spelled("%b %d %Y %H:%M:%S"))
SYSLOG_YEAR_BEHIND = Shape(
    f"(?P<time>{MONTH_DAY} {CLOCK}){FRACTION} (?P<year>(?:19|20)[0-9]{{2}})",
    year_last,
)
CTIME = Shape(
    rf"{WEEKDAY} (?P<time>{MONTH_DAY} {CLOCK})(?:\.(?P<fraction>[0-9]{{1,9}}))?"
    f" (?:(?P<zone>{ZONE_NAME}|{OFFSET}) )?(?P<year>[0-9]{{4}})(?: us=(?P<micros>[0-9]{{1,6}}))?",
    year_last,
)
YEAR_BEHIND = Shape(
    rf"{ON_A_DAY}{NAMED_MONTH} +{DAY},? {LOOSE_CLOCK}{DIGITS}{HALF} (?P<year>(?:19|20)[0-9]{{2}})"
    f"(?: (?P<zone>{OFFSET}|{ZONE_NAME}))?",
    in_parts,
)
DAY_MONTH = Shape(f"{ON_A_DAY}{DAY}[- /.]?{NAMED_MONTH}[- /,]*{SOME_YEAR}{AT}{DOTTED_CLOCK}{OF_A_DAY}", in_parts)
DAY_MONTH_YEARLESS = Shape(f"{ON_A_DAY}{DAY}[- /.]?{NAMED_MONTH}{AT}{WHOLE_CLOCK}{OF_A_DAY}", in_parts)
MONTH_NAMED = Shape(
    f"{ON_A_DAY}{NAMED_MONTH}[-/ ]+{DAY}(?:st|nd|rd|th)?[-/ ,]+{YEAR}{AT}{LOOSE_CLOCK}{OF_A_DAY}", in_parts
)
MONTH_NAMED_YEARLESS = Shape(f"{ON_A_DAY}{NAMED_MONTH}[- ]+{DAY},? +{WHOLE_CLOCK}{OF_A_DAY}", in_parts)
MONTH_FIRST = Shape(f"(?P<time>[0-9]{{2}}-[0-9]{{2}} {CLOCK}){FRACTION}", yearless("%Y %m-%d %H:%M:%S"))
SHORT_YEAR = Shape(
    f"(?P<time>[0-9]{{2}}/[0-9]{{2}}/[0-9]{{2}} {CLOCK}){FRACTION}",
    spelled_before("%y/%m/%d %H:%M:%S", "%m/%d/%y %H:%M:%S", "%d/%m/%y %H:%M:%S"),
)
SHORT_DASHED = Shape(
    f"(?P<time>[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}} {CLOCK}){FRACTION}",
    spelled_before("%y-%m-%d %H:%M:%S", "%d-%m-%y %H:%M:%S", "%m-%d-%y %H:%M:%S"),
)
NUMBERED = Shape(
    f"{ON_A_DAY}(?P<first>[0-9]{{1,2}})(?P<mark>[-/.])(?P<second>[0-9]{{1,2}})[-/.]{SOME_YEAR}"
    f"{AT}{LOOSE_CLOCK}{OF_A_DAY}",
    numbered,
)
NUMBERED_YEARLESS = Shape(
    rf"(?P<first>[0-9]{{1,2}})[-/.](?P<second>[0-9]{{1,2}})(?P<mark>\.? |[-|]){WHOLE_CLOCK}{DIGITS}{HALF}", numbered
)
COMPACT_DATE = Shape(
    "(?P<time>[0-9]{8}[-T _:][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2})(?::(?P<millis>[0-9]{1,3})|[.,](?P<fraction>[0-9]{0,9}))?"
    f"(?:(?P<zone>[Zz]|{OFFSET}),?)?",
    spelled(*COMPACT),
)
PACKED_TIME = Shape(f"(?P<time>[0-9]{{8}}[-T _:][0-9]{{6}}){TAIL}", spelled(*PACKED))
PACKED_DIGITS = Shape("(?P<time>(?:19|20)[0-9]{12})(?P<fraction>[0-9]{3})?", spelled("%Y%m%d%H%M%S"))
SHORT_PACKED = Shape("(?P<time>[0-9]{6} [0-9]{6})", spelled("%y%m%d %H%M%S"))
SHORT_COMPACT = Shape(f"(?P<time>[0-9]{{6}} +[0-9]{{1,2}}:[0-9]{{2}}:[0-9]{{2}}){DIGITS}", spelled("%y%m%d %H:%M:%S"))
PACKED_YEARLESS = Shape(r"(?P<time>[0-9]{4}/[0-9]{6})(?:\.(?P<fraction>[0-9]{1,9}))?", yearless("%Y %m%d/%H%M%S"))
CLOCK_FIRST = Shape(
    f"{WHOLE_CLOCK}{DIGITS}{HALF},? +(?P<year>[0-9]{{4}})[-/.](?P<month>[0-9]{{1,2}})[-/.]{DAY}", in_parts
)
CLOCK_NAMED = Shape(f"{WHOLE_CLOCK}{DIGITS}{HALF},? +{DAY}[- /]{NAMED_MONTH}[- /]{YEAR}", in_parts)
CLOCK_NUMBERED = Shape(
    f"{WHOLE_CLOCK}{DIGITS}{HALF},? +(?P<first>[0-9]{{1,2}})(?P<mark>[-/.])(?P<second>[0-9]{{1,2}})[-/.]{SOME_YEAR}",
    numbered,
)
TIME_OF_DAY = Shape(f"(?P<time>{CLOCK}){FRACTION}", never)

WITH_A_YEAR = (
    *(
        CLF_FRACTION,
        CTIME,
        DAY_MONTH,
        MONTH_NAMED,
        YEAR_BEHIND,
        SHORT_YEAR,
        SHORT_DASHED,
        NUMBERED,
        COMPACT_DATE,
        PACKED_TIME,
    ),
    *(CLOCK_FIRST, CLOCK_NAMED, CLOCK_NUMBERED, TAI64N, ISO_LOOSE),
)
WITHOUT_A_YEAR = (SYSLOG, MONTH_NAMED_YEARLESS, DAY_MONTH_YEARLESS, MONTH_FIRST, NUMBERED_YEARLESS)
BARE_NUMBERS = (PACKED_DIGITS, SHORT_PACKED, SHORT_COMPACT)

SHAPES = (ISO, NUMBER, ISO_ZONE, ISO_MICROS, *WITH_A_YEAR, *WITHOUT_A_YEAR, *BARE_NUMBERS)
"""All that a text can be that is nothing but a time."""

LEADING = (ISO_MICROS, ISO_ZONE, ISO, EPOCH, *WITH_A_YEAR, *WITHOUT_A_YEAR, *BARE_NUMBERS)
"""All that can begin a line; a number only where it can be nothing but an epoch."""

WITHIN = (
    *(ISO_MICROS, ISO_ZONE, ISO, SURE_EPOCH, CLF_FRACTION, CTIME, DAY_MONTH, MONTH_NAMED, YEAR_BEHIND, NUMBERED),
    ISO_LOOSE,
)
"""What is a time wherever it stands."""
