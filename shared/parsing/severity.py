"""Level words and numbers in every common spelling, as OpenTelemetry's SeverityNumber (1-24)."""

import polars as pl

WORDS: dict[str, int] = {
    **dict.fromkeys(("trace", "trc", "finest", "t"), 1),
    **dict.fromkeys(("finer", "verbose", "v", "vrb"), 2),
    **dict.fromkeys(("debug", "dbg", "fine", "d"), 5),
    "config": 8,
    **dict.fromkeys(("info", "inf", "information", "informational", "log", "i", "success", "audit"), 9),
    **dict.fromkeys(("notice", "n"), 10),
    **dict.fromkeys(("warn", "warning", "wrn", "w"), 13),
    **dict.fromkeys(("error", "err", "severe", "failure", "e"), 17),
    "dpanic": 18,
    **dict.fromkeys(("fatal", "ftl", "critical", "crit", "f", "c"), 21),
    "alert": 22,
    **dict.fromkeys(("emergency", "emerg", "panic"), 23),
}
"""In lower case. OpenTelemetry's appendix, but that a word for "critical" is fatal, as Python, .NET and most mean it."""

SYSLOG = (21, 19, 18, 17, 13, 10, 9, 5)
"""By syslog severity 0-7, after OpenTelemetry's appendix."""

PINO = {10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21}
"""By the numbers of pino and bunyan."""

LEVEL = (
    r"(?i-u:t(?:race|rc)|v(?:erbose|rb)|d(?:ebug|bg)|in(?:f(?:o(?:rmation(?:al)?)?)?)|notice|w(?:arn(?:ing)?|rn)"
    r"|e(?:rr(?:or)?|merg(?:ency)?)|s(?:evere|uccess)|f(?:atal|tl|ailure|ine(?:r|st)?)|c(?:rit(?:ical)?|onfig)"
    r"|a(?:lert|udit)|panic)"
)
"""A level word in any case, as a regular expression that is decided byte by byte."""


def severity_of_words(words: pl.Series) -> pl.Series:
    """Severity (Int16) of level words in any case; null for what is none."""
    return words.str.to_lowercase().replace_strict(WORDS, default=None, return_dtype=pl.Int16)


def severity_of_priorities(priorities: pl.Series) -> pl.Series:
    """Severity (Int16) of syslog's <PRI> numbers (text, facility * 8 + severity)."""
    codes = priorities.cast(pl.Int64, strict=False) % 8
    return codes.replace_strict(dict(enumerate(SYSLOG)), default=None, return_dtype=pl.Int16)


def severity_of_statuses(statuses: pl.Series) -> pl.Series:
    """Severity (Int16) that an HTTP status stands for: 5xx error, 4xx warn, any other info; null stays null."""
    frame = statuses.alias("status").to_frame()
    status = pl.col("status")
    word = pl.when(status >= 500).then(17).when(status >= 400).then(13).when(status.is_not_null()).then(9)
    return frame.select(word.cast(pl.Int16).alias("severity")).to_series()
