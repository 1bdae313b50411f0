"""What stands between a line's time and its message: level, thread, process, logger, host, in all their orders.

Each header is a Layout of the text behind the time. The richest come first; the last takes anything. The rarer ones
stand in groups behind a loose claim, so that what is looked for in most lines stays short.
"""

from shared.parsing.choice import Choice, Family, Precedence
from shared.parsing.formats.behind_times import OBJECT_OR_PAIRS
from shared.parsing.formats.level_dialects import PECULIAR
from shared.parsing.formats.level_letters import SHORT_LEVELS
from shared.parsing.formats.level_pieces import (
    AFTER_BRACKETS,
    BRACKETED,
    COLUMN_ENDS,
    DASH,
    DOTTED,
    FACILITY,
    GAP,
    HOST_WITH_A_DIGIT,
    LEVEL,
    LEVELED,
    MESSAGE,
    NAME,
    NAME_ENDS,
    NESTED,
    PATH,
    PID,
    REST,
    SENTENCE,
    START,
    STRUCTURED,
    TEXT,
    THREAD,
    WITHOUT_PID,
    WORDS,
    column,
    keyed,
)
from shared.parsing.layouts import Layout
from shared.parsing.severity import ANY_LEVEL, UPPER_LEVEL

CELL = rf"(?:\[{NESTED}\]|\([^()]*\)|\{{[^{{}}]*\}})"
MARKED = r"[A-Za-z0-9_./:@#$*-]*[0-9_./:@#][A-Za-z0-9_./:@#$*-]*"
BEFORE = (
    rf"(?:{CELL}|[a-z_]+=[^ \t]+|{MARKED}(?:[ ][A-Z_]{{2,}}){{0,2}}|main|root|kernel|"
    r"[A-Za-z]+(?:Thread|Worker|Executor)|"
    r"[A-Za-z_][A-Za-z0-9_-]*(?:[ \t]+[-:|]|[|:]|[ ][ ]|\t))"
)
"""What may stand before a level: a word only if it is marked as one of a head."""
BETWEEN = r"[ \t:,|-]*"
CLOSING = r"[\])>}*! \t|:,;]"
SOME_LEVEL = (
    rf"(?:[\[(<{{*]?[ ]*(?P<level>{UPPER_LEVEL}){CLOSING}+{DASH}|"
    rf"[\[(<][ ]*(?P<bracketed>{ANY_LEVEL}|[TVDIWEFCN])[ ]*[\])>]{GAP}*{DASH})"
)
CALLER = r"(?:[ \t]*\((?:[^()]|\([^()]*\))*\)|[ \t]+\[[^\[\]]*\])?"
LOGGER = r"(?P<logger>[A-Za-z_$][A-Za-z0-9_.$/@#-]*(?::[0-9]+)?)"
BEHIND = (
    rf"{CELL}(?:[ \t]*{CELL})*[ \t]*(?::|-+)[ \t]|"
    rf"[A-Za-z0-9_]+\[[^\[\]]*\]\[[^\[\]]*\][ \t]|"
    rf"[A-Za-z_][A-Za-z0-9_./-]*\.[A-Za-z]+:[0-9]+[ \t]|"
    rf"\[{NESTED}\](?:\[{NESTED}\])+:?"
)
"""What may stand between a level and the message, with something that ends it."""
FIRST_CELL = rf"\[{NESTED}\]:?|\([^() ]+\)(?:[ \t]+\[[^\[\] ]*\])?:?|\{{[^{{}} ]+\}}"
NAMED_CELL = r"\[[A-Za-z0-9_$-]*[.:0-9][A-Za-z0-9_.:$-]*\]"
"""Of columns before the level, one of which may be all that the message begins with, only what looks like a logger."""
AFTER_ALL = r"[ \t]*(?P<message>(?:[^ \t].*)?)$"


def _after(*patterns: str) -> tuple[Layout, ...]:
    """Headers with a level."""
    return tuple(Layout(LEVELED, START + pattern, key="level") for pattern in patterns)


def _columns(mark: str) -> Layout:
    """Between pipes, tabs or semicolons: as many words as there are before something that is more than a word."""
    cell = f"[^ {mark}]*"
    more = "".join(f"(?:(?P<column_{n}>{cell})[ ]*{mark}[ ]*)?" for n in (2, 3, 4, 5))
    return Layout(LEVELED, rf"^[\])]?[ ]*{mark}[ ]*(?P<column_1>{cell})[ ]*{mark}[ ]*{more}{REST}", key="column_1")


BETWEEN_PIPES = Family(
    r"^[\])]?[ ]*[|\t;]",
    Precedence(
        (
            # ActiveMQ, GlassFish: the message is not the last
            Layout(
                LEVELED,
                rf"^[ ]*\|[ ]*(?P<level>{UPPER_LEVEL})[ ]*\|[ ](?P<message>[^|]*[^| ])[ ]+\|[ ]+"
                rf"(?P<logger>{DOTTED}+)[ ]+\|[ ]+(?P<thread>[^|]+)$",
            ),
            Layout(
                LEVELED,
                rf"^\|(?P<level>{UPPER_LEVEL})\|(?P<product>[^|]*)\|(?P<logger>[^|]*)\|(?P<context>[^|]*_ThreadID=[^|]*)\|"
                r"(?P<message>.*?)(?:\|#\])?$",
            ),
            Layout(LEVELED, rf"{START}(?P<logger>[A-Za-z_][A-Za-z0-9_.]*)\|(?P<pid>[0-9]+)\|{REST}"),
            *_after(rf"{LEVEL}{PATH}[ \t]+-{MESSAGE}"),
            _columns("[|]"),
            _columns(r"\t"),
            _columns(";"),
        )
    ),
)
IN_CAPITALS = _after(
    # an exception's name is no logger's
    rf"{THREAD}[ \t]*{LEVEL}{SENTENCE}",
    rf"{LEVEL}{THREAD}[ \t:]*{SENTENCE}",
    # logback, log4j and Hadoop, Spring Boot, WildFly, ZooKeeper
    rf"{THREAD}[ \t]*{LEVEL}{NAME}{NAME_ENDS}{MESSAGE}",
    rf"{LEVEL}(?:{PID}(?:-+[ \t]+)?)?{THREAD}[ \t:]*{NAME}{NAME_ENDS}{MESSAGE}",
    rf"{LEVEL}\[(?P<logger>[^\]]*)\][ \t]+\((?P<thread>[^)]*)\){MESSAGE}",
    rf"{LEVEL}{THREAD}[ \t]+-+{MESSAGE}",
    # HDFS, oslo.log, Odoo
    rf"{PID}{LEVEL}{NAME}{NAME_ENDS}{MESSAGE}",
    rf"{PID}{LEVEL}{NAME}[ \t]+\[(?P<context>{NESTED})\]{MESSAGE}",
    rf"{PID}{LEVEL}(?P<database>[^ ]+)[ ](?P<logger>{DOTTED}+):{MESSAGE}",
    # Monolog
    rf"(?P<logger>[A-Za-z0-9_][A-Za-z0-9_-]*)\.(?P<level>{UPPER_LEVEL}):{MESSAGE}",
    # an exception, Spark and most, paths as of Rust and loguru
    rf"{LEVEL}{SENTENCE}",
    rf"{LEVEL}{NAME}{NAME_ENDS}{MESSAGE}",
    rf"{LEVEL}{PATH}(?::|[ \t]+-){MESSAGE}",
)
_COLUMNS_BEFORE = rf"{START}(?P<before>(?:{BEFORE}{BETWEEN})*?){SOME_LEVEL}"
ANY_HEAD = keyed(
    ("message", rf"{_COLUMNS_BEFORE}(?P<behind>(?:{CELL}[ \t]*)*){SENTENCE}"),
    (
        "logger",
        rf"{_COLUMNS_BEFORE}(?P<behind>(?:(?:{CELL}|[0-9]+[ \t]+-+|[0-9]+[ \t]+\[)[ \t:]*)*(?:\*[A-Z]+[ ])?){LOGGER}"
        rf"(?:{CALLER}[ \t]+-|[ \t]+:|:){MESSAGE}",
    ),
    (
        "logger",
        rf"{_COLUMNS_BEFORE}(?P<behind>(?:{CELL}[ \t]*)*)(?P<logger>{DOTTED}{{2,}})[ \t]+(?P<message>.*)$",
    ),
    ("behind", rf"{_COLUMNS_BEFORE}(?P<behind>{BEHIND}){AFTER_ALL}"),
    ("before", rf"{START}(?P<before>(?:{BEFORE}{BETWEEN})+?){SOME_LEVEL}(?P<behind>{NAMED_CELL})?{AFTER_ALL}"),
    ("behind", rf"{START}{SOME_LEVEL}(?P<behind>{FIRST_CELL}){AFTER_ALL}"),
)
"""Columns in any order, of which one is a level; `cells` finds out what the others are."""
PLAIN_LEVELS: tuple[Choice, ...] = (
    *_after(rf"{LEVEL}{WORDS}", rf"{LEVEL}{REST}"),
    Family(
        rf"{START}(?:[\[(<]|{ANY_LEVEL}[ |:\t])",
        Precedence(
            _after(
                rf"{BRACKETED}{GAP}*{DASH}{WORDS}",
                rf"(?P<level>{ANY_LEVEL})[ ]*[:|]{TEXT}",
                # columns padded with blanks
                rf"(?P<level>{ANY_LEVEL}){COLUMN_ENDS}(?P<logger>[A-Za-z][A-Za-z0-9_.]*){COLUMN_ENDS}{REST}",
                rf"(?P<level>{ANY_LEVEL}){COLUMN_ENDS}{REST}",
                rf"(?P<level>(?i-u:info|warn|debug))[ \t]+{WORDS}",
            )
        ),
    ),
)
LEVEL_HEADERS: tuple[Choice, ...] = (PECULIAR, *IN_CAPITALS, *SHORT_LEVELS, *ANY_HEAD, *PLAIN_LEVELS)

BLANK = r"[\])]?[ ]"
TAGGED = Family(
    r"^[\])]?[ ](?:[^ ]+ ){0,2}[^ ]*[\]:]|^[ ](?:[^ ]+ ){4}\[",
    Precedence(
        keyed(
            # OpenWrt, syslog with a complete time, Heroku, Apple's NSLog
            (
                "level",
                rf"^{BLANK}(?P<facility>{FACILITY})\.(?P<level>[a-z]+) (?P<logger>[^ \[:]+)(?:\[(?P<pid>[0-9]+)\])?:"
                rf"{MESSAGE}",
            ),
            (
                "pid",
                rf"^{BLANK}(?P<hostname>[A-Za-z0-9][A-Za-z0-9_.:-]*) (?P<logger>[^ \[:]+)\[(?P<pid>[0-9]+)\]:?{TEXT}",
            ),
            ("logger", rf"^{BLANK}{HOST_WITH_A_DIGIT} (?P<logger>[a-z_][A-Za-z0-9_./()@-]*):{MESSAGE}"),
            ("logger", rf"^{BLANK}(?P<hostname>[A-Za-z0-9][A-Za-z0-9_.-]*) (?P<logger>{WITHOUT_PID}):{MESSAGE}"),
            (
                "pid",
                rf"^{BLANK}(?P<logger>[A-Za-z_][A-Za-z0-9_. -]*)\[(?P<pid>[0-9]+):(?P<thread>[0-9a-fx]+)\]"
                rf"(?:[ ]+\[(?P<context>[A-Za-z0-9_.-]+)\])?(?:[ ](?P<level>{ANY_LEVEL}):)?{TEXT}",
            ),
            ("pid", rf"^{BLANK}(?P<logger>[A-Za-z_][A-Za-z0-9_.-]*)\[(?P<pid>[0-9]+)\]:{TEXT}"),
            ("process", rf"^{BLANK}(?P<logger>[a-z][a-z0-9_-]*)\[(?P<process>[A-Za-z0-9_./-]+)\]:{TEXT}"),
            (
                "hostname",
                rf"^{BLANK}(?P<hostname>[^ ]+) (?P<logger>[^ ]+) (?P<process>[^ ]+) (?P<message_id>[^ ]+)"
                rf" {STRUCTURED}(?: (?P<message>.*))?$",
            ),
            # a file and its line
            ("logger", rf"{START}(?P<logger>[A-Za-z_$][A-Za-z0-9_$./-]*\.[A-Za-z]+:[0-9]+)(?:[ \t]+-|:){MESSAGE}"),
        )
    ),
)
_WORD = "(?:pid )?(?:[A-Za-z0-9_.,:/@#$-]{2,}|[0-9-])"
_COUNT = r"[0-9]+/[0-9]+"
_WITHOUT_A_LEVEL = (
    # a program and what it says
    Layout(LEVELED, rf"^\][ ]+(?P<logger>(?:[A-Za-z0-9_.()-]+|[^:\]]+[.]exe)(?: [*][0-9]+)?)[ ]+-[ ]+{REST}"),
    Layout(LEVELED, rf"^[ ](?P<logger>[A-Za-z][A-Za-z0-9_.]*)[ ]{{4,}}{REST}"),
    Layout(LEVELED, rf"^[ ](?P<context>[a-z_]+=[^ ]+(?: [a-z_]+=[^ ]+)*)[ ]\|{TEXT}"),
    Layout(LEVELED, rf"^[ ]\((?:pid:)?(?P<pid>[0-9]+)\){TEXT}"),
    # words in brackets; a count is the message's
    Layout(LEVELED, rf"{START}(?P<message>\[{_COUNT}\].*)$"),
    Layout(LEVELED, rf"{START}{column(1, _WORD)}(?:[ \t]*{column(2, _WORD)})?{AFTER_BRACKETS}"),
    Layout(LEVELED, rf"{START}{WORDS}"),
    Layout(LEVELED, rf"^[ \t]*{REST}"),
)

HEADERS = Precedence((*OBJECT_OR_PAIRS, BETWEEN_PIPES, *LEVEL_HEADERS, TAGGED, *_WITHOUT_A_LEVEL))
"""What follows a time; the last takes anything."""

HEADERS_AFTER_LEVEL = Precedence(
    (
        *keyed(("logger", rf"{START}(?:{THREAD}[ \t:]*)?(?P<logger>{DOTTED}*(?::[0-9]+)?){NAME_ENDS}{MESSAGE}")),
        *HEADERS.choices,
    )
)
"""What follows a time that follows a level."""

CLOCK_HEADERS = Precedence(LEVEL_HEADERS)
"""What follows a time of day without a date: nothing without a level."""

HEADERS_AFTER_NODE = Precedence(
    (
        *keyed(
            # supercomputers: where, what kind, which part, how bad
            (
                "level",
                r"^[ \t]+(?P<hostname>[^ ]+)[ ]+(?P<facility>[A-Z_]+)[ ]+(?P<logger>[A-Z0-9_]+)[ ]+"
                rf"(?P<level>{UPPER_LEVEL}){MESSAGE}",
            ),
        ),
        *HEADERS.choices,
    )
)
"""What follows a complete time before which the node was named."""

_SOURCE = r"^[ \t]+(?P<source>[^ ]+)[ ]+"
HEADERS_OF_SYSLOG = Precedence(
    (
        *keyed(
            ("source", rf"{_SOURCE}(?P<logger>[^ \[:]+)(?:\[(?P<pid>[0-9]+)\])?:{MESSAGE}"),
            ("source", rf"{_SOURCE}(?P<logger>[^ \[:]+) (?P<version>[0-9][0-9.]*):{MESSAGE}"),
            ("source", rf"{_SOURCE}(?P<logger>[A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*){{1,2}}):{MESSAGE}"),
            ("source", rf"{_SOURCE}(?P<logger>[^ \[:][^\[:]{{0,63}})\[(?P<pid>[0-9]+)\]:?{MESSAGE}"),
            ("source", rf"^[ \t]+(?P<source>[^ ]+){MESSAGE}"),
        ),
    )
)
"""What follows the time in the syslog of many hosts, collected."""
