"""Durations as text, to milliseconds."""

import re

import polars as pl

from shared.parsing.columns import translate

MILLISECONDS = {
    **dict.fromkeys(("ns", "nanos", "nanosecond", "nanoseconds"), 1e-6),
    **dict.fromkeys(("us", "\u00b5s", "\u03bcs", "micros", "microsecond", "microseconds"), 1e-3),
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "millisecond", "milliseconds"), 1.0),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1e3),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 6e4),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3.6e6),
    **dict.fromkeys(("d", "day", "days"), 8.64e7),
}
NUMBER = r"\d{1,15}(?:\.\d{1,15})?"
PLAIN = re.compile(rf"{NUMBER}(?:[eE][-+]?\d{{1,2}})?", re.ASCII)
PART = re.compile(rf"({NUMBER}) ?([a-z\u00b5\u03bc]{{1,12}}),? ?", re.ASCII)
ISO = re.compile(rf"P(?:(\d{{1,9}})D)?(?:T(?:(\d{{1,9}})H)?(?:(\d{{1,9}})M)?(?:({NUMBER})S)?)?", re.ASCII)
CLOCK = re.compile(r"(?:(\d{1,9})[.:])?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d{1,15})?)", re.ASCII)
LONGEST_CHARS = 64


def milliseconds(text: str, unit: float = 1.0) -> float | None:
    """Milliseconds of a number (of `unit` milliseconds), a number with a unit or several (Go's 1m2.5s), ISO 8601's
    PT0.5S or a clock's 00:00:01.5; None where a text is none of them.

    >>> milliseconds("1m2.5s"), milliseconds("0.25", 1000), milliseconds("PT0.5S")
    (62500.0, 250.0, 500.0)
    """
    if len(text) > LONGEST_CHARS:
        return None
    if PLAIN.fullmatch(text):
        return float(text) * unit
    if whole := ISO.fullmatch(text) or CLOCK.fullmatch(text):
        return _sum(whole.groups())
    return _spelled(text.lower())


def _sum(parts: tuple[str | None, ...]) -> float | None:
    """Days, hours, minutes, seconds; None where there is none of them."""
    sizes = (8.64e7, 3.6e6, 6e4, 1e3)
    known = [float(part) * size for part, size in zip(parts, sizes, strict=True) if part]
    return sum(known) if known else None


def _spelled(text: str) -> float | None:
    total, at = 0.0, 0
    while at < len(text):
        part = PART.match(text, at)
        if part is None or part[2] not in MILLISECONDS:
            return None
        total += float(part[1]) * MILLISECONDS[part[2]]
        at = part.end()
    return total if text else None


def read_durations(texts: pl.Series, unit: float = 1.0) -> pl.Series:
    """Milliseconds (Float64) of texts, numbers being of `unit` milliseconds; null where a text is no duration."""
    known = {text: milliseconds(text, unit) for text in texts.drop_nulls().unique()}
    return translate(texts, known, pl.Float64())
