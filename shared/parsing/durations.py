"""Durations as text, to milliseconds."""

import re

import polars as pl

from shared.parsing.columns import translate

MILLISECONDS = {
    **{"ns": 1e-6, "us": 1e-3, "\u00b5s": 1e-3, "\u03bcs": 1e-3, "ms": 1.0},
    **{"s": 1e3, "m": 6e4, "h": 3.6e6, "": 1.0},
}
PART = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)(ns|us|\u00b5s|\u03bcs|ms|s|m|h|)", re.ASCII)


def milliseconds(text: str) -> float | None:
    """Milliseconds of a number, of a number with a unit, or of several (Go's 1m2.5s); None where it is neither.

    >>> milliseconds("1m2.5s")
    62500.0
    """
    total, at = 0.0, 0
    while at < len(text):
        part = PART.match(text, at)
        if part is None or (part[2] == "" and part.span() != (0, len(text))):
            return None
        total += float(part[1]) * MILLISECONDS[part[2]]
        at = part.end()
    return total if text else None


def read_durations(texts: pl.Series) -> pl.Series:
    """Milliseconds (Float64) of texts; null where a text is no duration."""
    return translate(texts, {text: milliseconds(text) for text in texts.drop_nulls().unique()}, pl.Float64())
