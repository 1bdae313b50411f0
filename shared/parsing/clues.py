"""What can be seen in free text: a level, a time, an address."""

from functools import reduce

import polars as pl

from shared.parsing.addresses import find_addresses
from shared.parsing.columns import fill, nothing, with_fields
from shared.parsing.hints import Reference
from shared.parsing.patterns import without_captures
from shared.parsing.severity import severity_of_digits, severity_of_priorities, severity_of_words
from shared.parsing.timestamps import WITHIN, read_times

LOUD = "TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|SEVERE|CRIT(?:ICAL)?|FATAL|PANIC|EMERG(?:ENCY)?"
QUIET = "(?i-u:trace|debug|info|notice|warn(?:ing)?|err(?:or)?|severe|crit(?:ical)?|fatal|panic|emerg)"
KIND_OF_ERROR = (
    "(?i-u:parse|syntax|compile|core|user|recoverable|catchable|uncaught|unhandled|unexpected|runtime|internal)"
)
SAYING = rf"(?:[A-Z]{{2,}}[ ]+)?(?:{KIND_OF_ERROR}[ ]+)*({QUIET}|(?i-u:deprecated))(?:[ ]error|\[[A-Z0-9]+\])?:"
"""What is said in the first words, before a colon: of which program, of which kind, how bad."""
BEFORE_A_LEVEL = r"(?:[a-z][a-z0-9_-]*(?:\([^()]*\))?(?:<[^<>]*>)*:[ ]|[0-9a-f]+:)?"
TOPICS = "[a-z]+,(?:[a-z0-9]+,)*(debug|info|warning|error|critical)(?:,[a-z0-9]+)*[ ]"
LEVEL_IN_TEXT = (
    rf"(?-u:\b)({LOUD})(?-u:\b)|"
    rf"^[ \t]*(?:(debug|info|warn|warning|error|fatal)[ \t]|{BEFORE_A_LEVEL}{SAYING}|{TOPICS})|"
    rf"[\[<(]({QUIET}|(?i-u:inf|wrn|dbg|ftl))[\])>]"
)
HEAD_CHARS = 200
"""Times and levels are looked for this far into a line."""
LONGEST_TIME = 48
CLOCK_OR_EPOCH = r"[0-9]:[0-9]{2}|[0-9]{10}\.[0-9]{3}|[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}[-T _]"
TIME_IN_TEXT = (
    rf"(?:^|[^0-9A-Za-z.])({'|'.join(without_captures(shape.pattern) for shape in WITHIN)})(?:[^0-9A-Za-z]|$)"
)


def with_clues(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds severity, and client_ip where no client is named; from the message what the fields do not tell.

    Severities and addresses that are there already stay.
    """
    message = frame["message"]
    fields = [_severities(frame, message)]
    if "client" not in frame.columns:
        found = find_addresses(message).alias("client_ip")
        fields.append(fill(frame["client_ip"], found) if "client_ip" in frame.columns else found)
    return with_fields(frame.drop("level", "level_digit", "pri", strict=False), fields)


def _severities(frame: pl.DataFrame, message: pl.Series) -> pl.Series:
    told = frame["severity"] if "severity" in frame.columns else nothing("severity", pl.Int16(), len(frame))
    for name, read in (
        ("level", severity_of_words),
        ("level_digit", severity_of_digits),
        ("pri", severity_of_priorities),
    ):
        if name in frame.columns:
            told = fill(told, read(frame[name]))
    return (fill(told, find_severities(message)) if told.null_count() else told).alias("severity")


def find_severities(texts: pl.Series) -> pl.Series:
    """Severity (Int16) of the first level in capitals, in brackets or before a colon at the start."""
    words = texts.str.head(HEAD_CHARS).str.extract_groups(LEVEL_IN_TEXT).struct.unnest()
    return severity_of_words(reduce(fill, words)).alias("severity")


def find_times(texts: pl.Series, reference: Reference) -> pl.Series:
    """The first complete time of a usual shape near each text's start, as logged_at; null where there is none."""
    heads = texts.str.head(HEAD_CHARS + LONGEST_TIME)
    likely = heads.str.contains(CLOCK_OR_EPOCH).fill_null(False)
    if not likely.any():
        return nothing("logged_at", pl.Datetime("us", "UTC"), len(texts))
    found = heads.set(~likely, None).str.extract(TIME_IN_TEXT)
    return read_times(found, reference)
