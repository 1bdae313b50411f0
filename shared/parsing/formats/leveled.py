"""Lines of "time LEVEL message" in all its orders, with threads, loggers and process ids; also with no time at all.

A time at the line's start is read first, whatever its shape; what follows it is one of the headers below, the richest
first. Lines with a level or one tag before the time are read the same way.
"""

import polars as pl

from shared.parsing.choice import Family, Precedence, Steps
from shared.parsing.clues import with_clues
from shared.parsing.columns import fill, with_fields
from shared.parsing.layouts import Layout
from shared.parsing.patterns import without_captures
from shared.parsing.severity import ANY_LEVEL, UPPER_LEVEL
from shared.parsing.timestamps import LEADING, MONTH, TIME_OF_DAY, WEEKDAY

LEVELED = "leveled"

GAP = r"[\])> \t|:,;]"
DASH = r"(?:-+[ \t]+)?"
START = rf"^{GAP}*{DASH}"
LEVEL = rf"(?:[\[(<][ ]*)?(?P<level>{UPPER_LEVEL}){GAP}+{DASH}"
NESTED = r"(?:[^\[\]]|\[[^\[\]]*\])*"
THREAD = rf"\[(?P<thread>{NESTED})\]"
PID = r"(?P<pid>[0-9]+)[ \t]+"
NAME = r"(?P<logger>[A-Za-z_$][A-Za-z0-9_.$/@-]*)"
PATH = r"(?P<logger>[A-Za-z_$][A-Za-z0-9_.$/:@<>-]*[A-Za-z0-9_>])"
NAME_ENDS = r"(?:[ \t]+[-:]|:)"
COLUMN_ENDS = r"(?:\t|[ ]{2,})[ \t]*"
MESSAGE = r"(?:[ \t]+(?P<message>[^ \t].*)?)?$"
WORDS = r"(?P<message>[^\])> \t|:,;-].*)?$"
TEXT = r"[ \t]*(?P<message>(?:[^ \t].*)?)$"
REST = r"(?P<message>.*)$"
EXCEPTION = r"(?P<message>[A-Za-z_$][A-Za-z0-9_.$]*(?:Error|Exception|Throwable)(?:: .*)?)$"
CALLER = r"^(?P<thread>.*):(?P<logger>[A-Za-z_$][A-Za-z0-9_.$]*)@[0-9]+$"


def _headers(*patterns: str) -> tuple[Layout, ...]:
    return tuple(Layout(LEVELED, START + pattern, key="level") for pattern in patterns)


LEVEL_HEADERS = _headers(
    # logback, log4j and Hadoop, Spring Boot, WildFly, ZooKeeper
    rf"{THREAD}[ \t]*{LEVEL}{NAME}{NAME_ENDS}{MESSAGE}",
    rf"{LEVEL}(?:{PID}-+[ \t]+)?{THREAD}[ \t:]*{NAME}{NAME_ENDS}{MESSAGE}",
    rf"{LEVEL}\[(?P<logger>[^\]]*)\][ \t]+\((?P<thread>[^)]*)\){MESSAGE}",
    rf"{LEVEL}{THREAD}:?(?:[ \t]+-+)?{MESSAGE}",
    # HDFS, oslo.log
    rf"{PID}{LEVEL}{NAME}{NAME_ENDS}{MESSAGE}",
    rf"{PID}{LEVEL}{NAME}[ \t]+\[(?P<context>{NESTED})\]{MESSAGE}",
    rf"{PID}{LEVEL}{WORDS}",
    # Python, Monolog
    rf"{NAME}(?:[ \t]+[-:|]+|[:|])[ \t]*{LEVEL}{WORDS}",
    rf"(?P<logger>[A-Za-z0-9_][A-Za-z0-9_-]*)\.(?P<level>{UPPER_LEVEL}):{MESSAGE}",
    # an exception, Spark and most, paths as of Rust and loguru
    rf"{LEVEL}{EXCEPTION}",
    rf"{LEVEL}{NAME}{NAME_ENDS}{MESSAGE}",
    rf"{LEVEL}{PATH}(?::|[ \t]+-){MESSAGE}",
    # nothing but a level and a message
    rf"{THREAD}[ \t]*{LEVEL}{WORDS}",
    rf"{LEVEL}{WORDS}",
    rf"{LEVEL}{REST}",
    rf"[\[(<][ ]*(?P<level>{ANY_LEVEL})[ ]*[\])>]{GAP}*{DASH}{WORDS}",
    rf"(?P<level>{ANY_LEVEL})[ ]*[:|]{TEXT}",
    # columns padded with blanks
    rf"(?P<level>{ANY_LEVEL}){COLUMN_ENDS}(?P<logger>[A-Za-z][A-Za-z0-9_.]*){COLUMN_ENDS}{REST}",
    rf"(?P<level>{ANY_LEVEL}){COLUMN_ENDS}{REST}",
)
_HEADERS = (
    *LEVEL_HEADERS,
    Layout(LEVELED, rf"{START}(?P<logger>[A-Za-z_][A-Za-z0-9_.]*)\|(?P<pid>[0-9]+)\|{REST}"),
    Layout(LEVELED, rf"^ (?P<hostname>[A-Za-z0-9][A-Za-z0-9_.-]*) (?P<logger>[^ \[:]+)\[(?P<pid>[0-9]+)\]:{TEXT}"),
    Layout(LEVELED, rf"{START}{WORDS}"),
    Layout(LEVELED, rf"^{REST}"),
)
HEADERS = Precedence(_HEADERS)
"""What follows a time; the last takes anything."""

REST_OF_LINE = "(?P<rest>[^-+0-9A-Za-z.,:].*)?$"
TIMED = (
    *(
        Steps(Layout(LEVELED, rf"^[\[(]?{shape.pattern}{REST_OF_LINE}", key="time", shape=shape), HEADERS)
        for shape in LEADING
    ),
    Steps(Layout(LEVELED, rf"^[\[(]?{TIME_OF_DAY.pattern}{REST_OF_LINE}", key="time"), Precedence(LEVEL_HEADERS)),
)

ANY_TIME = "|".join(without_captures(shape.pattern) for shape in LEADING)
BEFORE_TIME = rf"(?P<rest>[\[(]?(?:{ANY_TIME})(?:[^-+0-9A-Za-z].*)?)$"
LEADS = (
    rf"^[\[(<]?(?P<level>{ANY_LEVEL}){GAP}+{DASH}{BEFORE_TIME}",
    rf"^(?P<tag>[A-Za-z0-9_./@:-]*[0-9_./@:-][A-Za-z0-9_./@:-]*)[ \t]+(?:\|[ \t]+)?{BEFORE_TIME}",
)
LED = tuple(Steps(Layout(LEVELED, lead, key="rest"), Precedence(TIMED)) for lead in LEADS)

UNTIMED = tuple(
    Layout(LEVELED, rf"^[ \t]*{pattern}", key="level")
    for pattern in (
        rf"(?P<level>{ANY_LEVEL}):{NAME}:{TEXT}",
        rf"[\[(<][ ]*(?P<level>{ANY_LEVEL})[ ]*[\])>]{GAP}*{DASH}{WORDS}",
        rf"(?P<level>{ANY_LEVEL})[ ]*[:|]{TEXT}",
        rf"(?P<level>{UPPER_LEVEL})[ \t]+{DASH}{WORDS}",
    )
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    if "thread" in frame.columns and "logger" not in frame.columns:
        caller = frame["thread"].str.extract_groups(CALLER).struct.unnest()
        thread = fill(caller["thread"], frame["thread"])
        frame = with_fields(frame, [thread, caller["logger"]])
    return with_clues(frame)


BEGINS = (
    rf"^[ \t]*[\[(<]?[ ]*(?:[0-9]{{2}}|{WEEKDAY} |{MONTH} |{ANY_LEVEL}[\])> \t|:,;])|"
    rf"^[A-Za-z0-9_./@:-]+[ \t]+(?:\|[ \t]+)?[\[(]?(?:[0-9]{{2}}|{WEEKDAY} |{MONTH} )"
)
"""Loosely, how all of them begin."""

LEVELED_LINES = Family(BEGINS, Precedence((*TIMED, *LED, *UNTIMED)), _finish)
