"""PostgreSQL's log on stderr, with the values of log_line_prefix in common use, and its csvlog.

What makes a line PostgreSQL's is its level, a colon and two blanks.
"""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.columns import fill, translate, with_fields, without
from shared.parsing.layouts import Layout
from shared.parsing.severity import severity_of_words
from shared.parsing.timestamps import CLOCK, ISO_DAY, iso
from shared.parsing.zones import OFFSET, ZONE_NAME

POSTGRESQL = "postgresql"

LEVELS = ("LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO")
DEBUG = tuple(f"DEBUG{number}" for number in ("", *range(1, 6)))
PARTS = {word: word.lower() for word in ("DETAIL", "HINT", "STATEMENT", "CONTEXT", "QUERY", "LOCATION")}
"""Beginnings of lines that go on with the record before them: no levels."""

LEVEL_OF = {level: level for level in LEVELS} | dict.fromkeys(DEBUG, "DEBUG")
WORD = f"(?P<word>{'|'.join((*LEVELS, *PARTS))}|DEBUG[1-5]?)"
ANY_WORD = WORD.replace("?P<word>", "?:")

TIME = iso(" ", zone=f" (?:(?P<zone>{OFFSET}|{ZONE_NAME})|[A-Z]{{2,5}})")
AFTER_TIME = r"(?: \[[0-9]|:[^ \[]*\[[0-9]| [^ @]+@[^ ]+ | [a-z]+=)"
BEGINS = (
    rf"^(?:< ?)?{ISO_DAY} {CLOCK}[.0-9]* (?:{OFFSET}|[A-Z]{{2,5}})(?:{AFTER_TIME}|,\"?|[ >:]+{ANY_WORD}:  )|"
    r"^(?:LOG|ERROR|FATAL|PANIC|DETAIL|HINT|STATEMENT|CONTEXT|QUERY):  [^ ]"
)
PREFIXED = rf"^(?:< ?)?{TIME.pattern}(?P<context>(?:{AFTER_TIME}.*?)?)[ >:]+{WORD}:  (?P<message>.*)$"
BARE = r"^(?P<word>LOG|ERROR|FATAL|PANIC|DETAIL|HINT|STATEMENT|CONTEXT|QUERY):  (?P<message>[^ ].*)$"
CSV = (
    rf'^{TIME.pattern},(?:"(?P<user_id>[^"]*)")?,(?:"(?P<db>[^"]*)")?,(?P<pid>[0-9]*),(?:"(?P<client>[^"]*)")?,'
    rf'[0-9a-f.]*,[0-9]*,(?:"[^"]*")?,[^,]*,[^,]*,[0-9]*,{WORD},(?P<sqlstate>[0-9A-Z]{{5}}),'
    r'(?:"(?P<message>(?:[^"]|"")*).*)?$'
)

PID = r"\[([0-9]+)(?:-[0-9]+)?\]"
KEYED = {
    "user_id": "user=([^, ]+)",
    "db": "(?:db|database)=([^, ]+)",
    "app": "app=([^,]+?)(?:,| [a-z]+=|$)",
    "client": r"(?:client|host)=([^, (]+)",
}
AT = r"(?:^|[ :])(?P<user_id>[^ :@=,\[]+)@(?P<db>[^ :@,/]+)"
PEER = r"^:([^ (:]+)\([0-9]+\):"
HOST = r"host[= ]\"?([0-9a-fA-F.:]+)"
DURATION = r"^duration: ([0-9.]+) ms"


def _context(texts: pl.Series) -> list[pl.Series]:
    """Process, user, database, application and client, spelled as name=value or in their places."""
    named = texts.str.contains("=", literal=True)
    fields = {name: without(texts.str.extract(pattern), "[unknown]") for name, pattern in KEYED.items() if named.any()}
    places = texts.set(named, None)
    if places.str.contains("@", literal=True).any():
        found = [*places.str.extract_groups(AT).struct.unnest(), places.str.extract(PEER).alias("client")]
        fields |= {field.name: fill(fields.get(field.name, field), field) for field in found}
    return [texts.str.extract(PID).alias("pid"), *(field.alias(name) for name, field in fields.items())]


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """What SQL says is no clue to a level or an address."""
    if "context" in frame.columns:
        frame = with_fields(frame.drop("context"), _context(frame["context"]))
    message, word = frame["message"].fill_null(""), frame["word"]
    clients = message.str.extract(HOST).set(word.is_in(list(PARTS)), None)
    fields = [
        severity_of_words(translate(word, LEVEL_OF, pl.String())).alias("severity"),
        translate(word, PARTS, pl.String()).alias("part"),
        (fill(frame["client"], clients) if "client" in frame.columns else clients).alias("client"),
        message.str.extract(DURATION).alias("duration_ms"),
    ]
    if "sqlstate" in frame.columns:
        fields += [message.str.replace_all('""', '"', literal=True), without(frame["sqlstate"], "00000")]
    return with_fields(frame.drop("word"), fields)


_LAYOUTS = (
    Layout(POSTGRESQL, PREFIXED, key="word", shape=TIME),
    Layout(POSTGRESQL, CSV, key="word", shape=TIME),
    Layout(POSTGRESQL, BARE, key="word"),
)
POSTGRESQL_LINES = Family(BEGINS, Precedence(_LAYOUTS), _finish)
