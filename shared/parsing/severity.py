"""Level words and numbers in every common spelling, as OpenTelemetry's SeverityNumber (1-24)."""

import polars as pl

from shared.parsing.columns import constant, translate
from shared.parsing.patterns import one_of

WORDS: dict[str, int] = {
    **dict.fromkeys(("trace", "trc", "finest", "t"), 1),
    **dict.fromkeys(("verbose", "vrb", "finer", "v"), 2),
    **dict.fromkeys(("debug", "dbg", "fine", "d"), 5),
    "config": 8,
    **dict.fromkeys(("information", "informational", "info", "inf", "i", "log", "success", "audit"), 9),
    **dict.fromkeys(("notice", "n"), 10),
    **dict.fromkeys(("warning", "warn", "wrn", "w"), 13),
    **dict.fromkeys(("error", "err", "severe", "failure", "e"), 17),
    "dpanic": 18,
    **dict.fromkeys(("fatal", "ftl", "critical", "crit", "f", "c"), 21),
    "alert": 22,
    **dict.fromkeys(("emergency", "emerg", "panic"), 23),
}
"""In lower case. A word for "critical" is fatal, as in Python and .NET; otherwise OpenTelemetry's appendix."""

SPELLINGS = {spelling: n for word, n in WORDS.items() for spelling in (word, word.upper(), word.capitalize())}

SYSLOG = (21, 19, 18, 17, 13, 10, 9, 5)
"""By syslog severity 0-7, after OpenTelemetry's appendix."""

PRIORITIES = {str(priority): SYSLOG[priority % 8] for priority in range(24 * 8)}

PINO = {10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21}
"""By the numbers of pino and bunyan."""

LONG_WORDS = [word for word in WORDS if len(word) > 1 and word not in ("log", "dpanic")]
UPPER_LEVEL = f"(?:{one_of(word.upper() for word in LONG_WORDS)})"
ANY_LEVEL = f"(?i-u:{one_of(LONG_WORDS)})"
"""Patterns for level words in capitals, and in any case."""


def severity_of_words(words: pl.Series) -> pl.Series:
    """Severity (Int16) of level words in any case; null for any other."""
    severities = translate(words, SPELLINGS, pl.Int16())
    if severities.null_count() > words.null_count():
        return translate(words.str.to_lowercase(), SPELLINGS, pl.Int16())
    return severities


def severity_of_priorities(priorities: pl.Series) -> pl.Series:
    """Severity (Int16) of syslog's <PRI> numbers (text): facility * 8 + severity."""
    return translate(priorities, PRIORITIES, pl.Int16())


def severity_of_statuses(statuses: pl.Series) -> pl.Series:
    """Severity (Int16) that an HTTP status stands for: 5xx error, 4xx warn, any other info; null for none."""
    info = constant("severity", 9, pl.Int16(), len(statuses))
    return info.set(statuses >= 400, 13).set(statuses >= 500, 17).set(statuses.is_null(), None)
