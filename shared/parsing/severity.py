"""Level words and numbers in every common spelling, as OpenTelemetry's SeverityNumber (1-24)."""

import polars as pl

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

SYSLOG = (21, 19, 18, 17, 13, 10, 9, 5)
"""By syslog severity 0-7, after OpenTelemetry's appendix."""

PINO = {10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21}
"""By the numbers of pino and bunyan."""

LEVEL = (
    r"(?i-u:t(?:race|rc)|v(?:erbose|rb)|d(?:ebug|bg)|inf(?:o(?:rmation(?:al)?)?)?|notice|w(?:arn(?:ing)?|rn)"
    r"|e(?:rr(?:or)?|merg(?:ency)?)|s(?:evere|uccess)|f(?:atal|tl|ailure|ine(?:r|st)?)|c(?:rit(?:ical)?|onfig)"
    r"|a(?:lert|udit)|panic)"
)
"""A level word in any case, as a pattern that each byte decides."""


def severity_of_word(word: pl.Expr) -> pl.Expr:
    """Severity (Int16) of a level word in any case; null for any other."""
    return word.str.to_lowercase().replace_strict(WORDS, default=None, return_dtype=pl.Int16)


def severity_of_priority(priority: pl.Expr) -> pl.Expr:
    """Severity (Int16) of syslog's <PRI> number (text): facility * 8 + severity."""
    code = priority.cast(pl.Int64, strict=False) % 8
    return code.replace_strict(dict(enumerate(SYSLOG)), default=None, return_dtype=pl.Int16)


def severity_of_status(status: pl.Expr) -> pl.Expr:
    """Severity (Int16) that an HTTP status stands for: 5xx error, 4xx warn, any other info; null for none."""
    severity = pl.when(status >= 500).then(17).when(status >= 400).then(13).when(status.is_not_null()).then(9)
    return severity.cast(pl.Int16)
