"""Level words and numbers in every common spelling, as OpenTelemetry's SeverityNumber (1-24)."""

import polars as pl

from shared.parsing.columns import constant, translate
from shared.parsing.patterns import one_of

OTEL_FIRST = {"trace": 1, "debug": 5, "info": 9, "warn": 13, "error": 17, "fatal": 21}

WORDS: dict[str, int] = {
    **dict.fromkeys(("trace", "trc", "trce", "finest", "silly", "t"), 1),
    **dict.fromkeys(("verbose", "vrb", "finer", "v"), 2),
    **dict.fromkeys(("debug", "dbg", "dbug", "fine", "detail", "d"), 5),
    **dict.fromkeys(("config", "conf"), 8),
    **dict.fromkeys(("information", "informational", "info", "inf", "i", "ii"), 9),
    **dict.fromkeys(("log", "success", "audit", "default"), 9),
    **dict.fromkeys(("notice", "note", "n"), 10),
    **dict.fromkeys(("warning", "warn", "wrn", "w", "ww", "deprecated"), 13),
    **dict.fromkeys(("error", "err", "eror", "severe", "failure", "failed", "fail", "e", "ee"), 17),
    "dpanic": 18,
    **dict.fromkeys(("fatal", "ftl", "critical", "crit", "fault", "assert", "f", "c"), 21),
    "alert": 22,
    **dict.fromkeys(("emergency", "emerg", "panic"), 23),
    **{f"{word}{n}": first + n - 1 for word, first in OTEL_FIRST.items() for n in range(1, 5)},
}
"""In lower case. A word for "critical" is fatal, as in Python and .NET; otherwise OpenTelemetry's appendix."""

SPELLINGS = {spelling: n for word, n in WORDS.items() for spelling in (word, word.upper(), word.capitalize())}

SYSLOG = (21, 19, 18, 17, 13, 10, 9, 5)
"""By syslog severity 0-7, after OpenTelemetry's appendix."""

PRIORITIES = {str(priority): SYSLOG[priority % 8] for priority in range(24 * 8)}

PINO = {10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21}
"""By the numbers of pino and bunyan."""

PLAIN_WORDS = (
    *(
        "trace",
        "trc",
        "trce",
        "verbose",
        "vrb",
        "debug",
        "dbg",
        "dbug",
        "information",
        "informational",
        "info",
        "inf",
        "notice",
    ),
    *("warning", "warn", "wrn", "error", "err", "severe"),
    *("fatal", "ftl", "critical", "crit", "emergency", "emerg", "panic", "alert"),
)
"""Levels wherever they stand as a label."""
CAPITAL_WORDS = (*PLAIN_WORDS, "finest", "finer", "fine", "config", "success", "audit", "failure")
"""Levels where they stand in capitals behind a time; elsewhere they are words like any other."""
UPPER_LEVEL = f"(?:{one_of(word.upper() for word in CAPITAL_WORDS)})"
ANY_LEVEL = f"(?i-u:{one_of(PLAIN_WORDS)})"
"""Patterns for level words in capitals, and in any case."""


def severity_of_words(words: pl.Series) -> pl.Series:
    """Severity (Int16) of level words in any case; null for any other."""
    severities = translate(words, SPELLINGS, pl.Int16())
    if severities.null_count() > words.null_count():
        return translate(words.str.to_lowercase(), SPELLINGS, pl.Int16())
    return severities


def severity_of_digits(digits: pl.Series) -> pl.Series:
    """Severity (Int16) of syslog's severity digits 0-7 (text), as in %SYS-5-CONFIG_I; null for any other."""
    return translate(digits, {str(digit): severity for digit, severity in enumerate(SYSLOG)}, pl.Int16())


def severity_of_priorities(priorities: pl.Series) -> pl.Series:
    """Severity (Int16) of syslog's <PRI> numbers (text): facility * 8 + severity."""
    return translate(priorities, PRIORITIES, pl.Int16())


def severity_of_statuses(statuses: pl.Series) -> pl.Series:
    """Severity (Int16) that an HTTP status stands for: 5xx error, 4xx warn, any other info; null for none."""
    info = constant("severity", 9, pl.Int16(), len(statuses))
    return info.set(statuses >= 400, 13).set(statuses >= 500, 17).set(statuses.is_null(), None)
