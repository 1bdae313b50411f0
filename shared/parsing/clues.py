"""What can be seen in free text: a level, a time, an address."""

import polars as pl

from shared.parsing.addresses import find_addresses
from shared.parsing.columns import fill, nothing, with_fields
from shared.parsing.hints import Reference
from shared.parsing.severity import severity_of_priorities, severity_of_words
from shared.parsing.timestamps import CLF, CTIME, ISO

LOUD = "TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|SEVERE|CRIT(?:ICAL)?|FATAL|PANIC|EMERG(?:ENCY)?"
QUIET = "(?i-u:trace|debug|info|notice|warn(?:ing)?|err(?:or)?|severe|crit(?:ical)?|fatal|panic|emerg)"
LEVEL_IN_TEXT = (
    rf"(?-u:\b)({LOUD})(?-u:\b)|^[ \t]*((?:debug|info|warn|warning|error|fatal)[ \t]|{QUIET}:)|[\[<(]({QUIET})[\])>]"
)
HEAD_CHARS = 200
"""Times and levels are looked for this far into a line."""


def with_clues(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds severity, and client_ip where no client is named; from the message what the fields do not tell."""
    message = frame["message"]
    fields = [_severities(frame, message)]
    if "client" not in frame.columns:
        fields.append(find_addresses(message).alias("client_ip"))
    return with_fields(frame.drop("level", "pri", strict=False), fields)


def _severities(frame: pl.DataFrame, message: pl.Series) -> pl.Series:
    told = nothing("severity", pl.Int16(), len(frame))
    if "level" in frame.columns:
        told = severity_of_words(frame["level"])
    elif "pri" in frame.columns:
        told = severity_of_priorities(frame["pri"])
    return (fill(told, find_severities(message)) if told.null_count() else told).alias("severity")


def find_severities(texts: pl.Series) -> pl.Series:
    """Severity (Int16) of the first level in capitals, in brackets or before a colon at the start."""
    words = texts.str.head(HEAD_CHARS).str.extract_groups(LEVEL_IN_TEXT).struct.unnest()
    loud, start, bracket = words
    return severity_of_words(fill(fill(loud, start.str.strip_chars_end(" \t:")), bracket)).alias("severity")


def find_times(texts: pl.Series, reference: Reference) -> pl.Series:
    """The first complete time of a usual shape near each text's start, as logged_at; null where there is none."""
    heads = texts.str.head(HEAD_CHARS)
    times = nothing("logged_at", pl.Datetime("us", "UTC"), len(texts))
    for shape in (ISO, CLF, CTIME):
        pattern = rf"(?:^|[^0-9A-Za-z.]){shape.pattern}"
        near = heads.str.contains(pattern)
        if times.null_count() and near.any():
            parts = texts.str.extract_groups(pattern).struct.unnest()
            times = fill(times, shape.read(parts, reference).set(~near, None))
    return times
