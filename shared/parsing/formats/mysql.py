"""MySQL and MariaDB: error log, general query log, and slow query log."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import translate, with_fields, without
from shared.parsing.dates import spelled
from shared.parsing.grouping import CONTINUATION
from shared.parsing.layouts import Layout
from shared.parsing.timestamps import CLOCK, ISO_DAY, Shape, iso

MYSQL = "mysql"
MYSQL_GENERAL = "mysql_general"
MYSQL_SLOW = "mysql_slow"

MODERN = iso("[T ]")
OLD = Shape(
    rf"(?P<time>(?:[0-9]{{6}} [ 0-9]|{ISO_DAY}  )[0-9]:[0-9]{{2}}:[0-9]{{2}})",
    spelled("%y%m%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"),
)
LEVELS = {"Note": "info", "System": "info", "Warning": "warn", "ERROR": "error"}

LEVEL = r"\[(?P<level>Note|System|Warning|ERROR)\]"
CODED = rf" (?P<thread>[0-9]+) {LEVEL} \[(?P<code>MY-[0-9]+)\] \[(?P<logger>[^\]]+)\] ?(?P<message>.*)$"
BARE = rf" (?P<thread>[0-9]+) {LEVEL} ?(?P<message>.*)$"
OLDEST = rf" (?:(?P<thread>[0-9]+) )?{LEVEL} ?(?P<message>.*)$"
COMMAND = r"\t+ *(?P<thread>[0-9]+) (?P<command>[A-Z][A-Za-z]+(?: [A-Za-z]+)?)(?:\t+(?P<message>.*))?$"
CONNECTED = r"^(?P<user_id>[^@ \t]+)@(?P<client>[^ \t]+)"

SLOW_HEAD = "^(?P<head># (?:User@Host|Query_time): )"
SLOW_USER = (
    r"(?m)^# User@Host: (?P<user_id>[^ \[\n]*)\[[^\]\n]*\] @ +(?P<host>[^ \[\n]*) *\[(?P<client>[^\]\n]*)\]"
    r"(?: +Id: +(?P<thread>[0-9]+))?"
)
SLOW_QUERY = (
    r"(?m)^# Query_time: +(?P<seconds>[0-9.]+) +Lock_time: +(?P<lock_seconds>[0-9.]+) +"
    r"Rows_sent: +(?P<rows_sent>[0-9]+) +Rows_examined: +(?P<rows_examined>[0-9]+)"
)

MODERN_DATE = rf"{ISO_DAY}[T ]{CLOCK}[.0-9]*(?:Z|[-+][0-9:]+)?"
OLD_DATE = rf"(?:[0-9]{{6}} [ 0-9]|{ISO_DAY}  )[0-9]:[0-9]{{2}}:[0-9]{{2}}"
ERROR_BEGINS = rf"^(?:{MODERN_DATE} [0-9]+|{OLD_DATE}(?: [0-9]+)?) \[(?:Note|System|Warning|ERROR)\]"


def _finish_errors(frame: pl.DataFrame) -> pl.DataFrame:
    """Its notes are information."""
    return with_clues(with_fields(frame, [translate(frame["level"], LEVELS, pl.String())]))


def _finish_general(frame: pl.DataFrame) -> pl.DataFrame:
    """What SQL says is no clue to a level or an address."""
    connects = frame["command"] == "Connect"
    connected = frame["message"].str.extract_groups(CONNECTED).struct.unnest()
    return with_fields(frame, [frame["message"].fill_null(""), *(column.set(~connects, None) for column in connected)])


def _finish_slow(frame: pl.DataFrame) -> pl.DataFrame:
    """Who asked and how long it took is in the lines that follow; they and the head are the message."""
    texts = frame["text"]
    if CONTINUATION in frame.columns:
        texts = texts + "\n" + frame[CONTINUATION].fill_null("")
    found = (texts.str.extract_groups(pattern).struct.unnest().get_columns() for pattern in (SLOW_USER, SLOW_QUERY))
    return with_fields(
        frame.drop("head", strict=False), [without(column, "") for columns in found for column in columns]
    )


MYSQL_ERRORS = Family(
    ERROR_BEGINS,
    Precedence(
        Layout(MYSQL, rf"^{shape.pattern}{rest}", shape=shape)
        for shape, rest in ((MODERN, CODED), (MODERN, BARE), (OLD, OLDEST))
    ),
    _finish_errors,
)
MYSQL_QUERIES = Family(
    rf"^(?:{MODERN_DATE}|{OLD_DATE})?\t+ *[0-9]+ [A-Z][A-Za-z]",
    Precedence(
        (
            *(
                Layout(MYSQL_GENERAL, rf"^{shape.pattern}{COMMAND}", key="thread", shape=shape)
                for shape in (MODERN, OLD)
            ),
            Layout(MYSQL_GENERAL, rf"^{COMMAND}", key="thread"),
        )
    ),
    _finish_general,
)
MYSQL_SLOW_QUERIES = Family(
    "^# (?:Time: +[0-9]{4}|User@Host: |Query_time: )",
    Precedence(
        (
            *(Layout(MYSQL_SLOW, rf"^# Time: +{shape.pattern}$", key="time", shape=shape) for shape in (MODERN, OLD)),
            Layout(MYSQL_SLOW, SLOW_HEAD, key="head"),
        )
    ),
    _finish_slow,
)
