"""Syslog: RFC 5424, and RFC 3164 as it is sent (with <priority>) and as files have it (without), with its dialects."""

import polars as pl

from shared.parsing.choice import Choice, Family, Precedence, Steps
from shared.parsing.clues import with_clues
from shared.parsing.columns import translate, with_fields, without
from shared.parsing.layouts import Layout
from shared.parsing.lines import BOM
from shared.parsing.severity import UPPER_LEVEL
from shared.parsing.timestamps import (
    CLOCK,
    FRACTION,
    ISO,
    MONTH,
    MONTH_DAY,
    MONTH_NAMED,
    MONTH_NAMED_YEARLESS,
    SYSLOG,
    SYSLOG_YEAR,
    SYSLOG_YEAR_BEHIND,
    Shape,
)

RFC5424 = "syslog_rfc5424"
RFC3164 = "syslog_rfc3164"

FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
)
FACILITY_OF = {str(number * 8 + severity): name for number, name in enumerate(FACILITIES) for severity in range(8)}

WITH_YEAR = Shape(f"(?P<time>{MONTH_DAY} [0-9]{{4}} {CLOCK}){FRACTION}", SYSLOG_YEAR.local)
PRIORITY = "<(?P<pri>[0-9]{1,3})>"
DATA = r"(?P<structured_data>-|(?:\[(?:[^\]\\\"]|\\.|\"(?:[^\"\\]|\\.)*\")*\])+)"
_NEW = (
    rf"(?P<version>1) (?:-|{ISO.pattern}) (?P<hostname>[^ ]+) (?P<logger>[^ ]+) (?P<process>[^ ]+)"
    rf" (?P<message_id>[^ ]+) {DATA}(?: (?P<message>.*))?$"
)
NEW = tuple(
    Layout(RFC5424, before + _NEW, key="version", shape=ISO)
    for before in (f"^{PRIORITY}", f"^[0-9]{{1,6}} {PRIORITY}", "^")
)
MESSAGE = r"(?:[ \t]+(?P<message>[^ \t].*)?)?$"
HOST = r" +(?P<hostname>[A-Za-z0-9_][^ \t\[\]]*)"
NO_ZONE = r" +(?P<hostname>[A-Za-z0-9_](?:[^ \t\[\]]*[^ \t\[\]:])?)"
CONTEXT = r"(?: \((?P<context>[^)]*)\))?"
TAG = rf" +(?P<logger>[^ \[:]+)(?:\[(?P<pid>[0-9]+)\])?{CONTEXT}:"
SPACED_TAG = rf" +(?P<logger>[^ \[:][^\[:]{{0,63}})\[(?P<pid>[0-9]+)\]{CONTEXT}:"
BARE_TAG = r" +(?P<logger>[^ \[:]+)\[(?P<pid>[0-9]+)\]"
THREADED_TAG = r" +(?P<logger>[^ \[:]+)\[(?P<pid>[0-9]+):(?P<thread>[0-9]+)\]:?"
VERSIONED_TAG = r" +(?P<logger>[^ \[:]+) (?P<version>[0-9][0-9.]*):"
TITLE_TAG = " +(?P<logger>[A-Z][a-z]+ [A-Z][a-z]+):"
FACILITY_AND_LEVEL = r"(?P<facility>[a-z][a-z0-9]*)\.(?P<level>[a-z]+)"
BSD = f" +<{FACILITY_AND_LEVEL}>"
SOLARIS = rf" \[ID (?P<message_id>[0-9]+) {FACILITY_AND_LEVEL}\]"
AIX = r" +(?P<facility>[a-z0-9|]+):(?P<level>[a-z]+)"
LEVEL_AT_HOST = rf" +(?P<level>{UPPER_LEVEL})[ \t:|]+(?P<message>.*)$"
MNEMONIC = r"(?P<logger>%[A-Z0-9_]+(?:-[A-Z0-9_]+)*-(?P<level_digit>[0-7])-[A-Z0-9_]+)[ ]?:"
SEQUENCE = "(?:(?P<sequence>[0-9]+): )?"
OTHER_TIME = rf"(?:[*.]?{MONTH}[ 0-9]+[0-9:.]+(?: [A-Z]+)?: )?"

_CISCO_REST = rf"(?:{HOST})?[ ]+{SEQUENCE}{OTHER_TIME}{MNEMONIC}{MESSAGE}"
_COMMON = (
    LEVEL_AT_HOST,
    _CISCO_REST,
    TAG + MESSAGE,
    HOST + TAG + SOLARIS + MESSAGE,
    HOST + TAG + MESSAGE,
)
_ALL = (
    *_COMMON,
    BSD + HOST + TAG + MESSAGE,
    HOST + AIX + TAG + MESSAGE,
    HOST + SPACED_TAG + MESSAGE,
    THREADED_TAG + MESSAGE,
    HOST + THREADED_TAG + MESSAGE,
    HOST + BARE_TAG + MESSAGE,
    HOST + VERSIONED_TAG + MESSAGE,
    HOST + TITLE_TAG + MESSAGE,
    BARE_TAG + MESSAGE,
    HOST + MESSAGE,
    " +(?P<message>-.*)$",
)


def _rests(*rests: str) -> Precedence:
    keys = (next(name for name in ("logger", "hostname", "message") if f"<{name}>" in rest) for rest in rests)
    return Precedence(Layout(RFC3164, f"^{rest}", key=key) for key, rest in zip(keys, rests, strict=True))


_RESTS = _rests(*_ALL)
_RESTS_WITH_A_HOST = _rests(
    *(rest.replace(HOST, NO_ZONE) for rest in _ALL if rest not in (TAG + MESSAGE, THREADED_TAG + MESSAGE))
)
_OLD: tuple[Choice, ...] = (
    Steps(
        Layout(
            RFC3164,
            rf"^(?:{PRIORITY})?{SYSLOG_YEAR_BEHIND.pattern}(?P<rest> .*)$",
            key="time",
            shape=SYSLOG_YEAR_BEHIND,
        ),
        _RESTS,
    ),
    *(Layout(RFC3164, rf"^(?:{PRIORITY})?{SYSLOG.pattern}{rest}", key="time", shape=SYSLOG) for rest in _COMMON),
    *(
        Steps(Layout(RFC3164, f"{prefix}(?P<rest> .*)$", key="time", shape=shape), rests)
        for prefix, shape, rests in (
            (rf"^(?:{PRIORITY})?{SYSLOG.pattern}", SYSLOG, _RESTS),
            (rf"^(?:{PRIORITY})?{WITH_YEAR.pattern}", WITH_YEAR, _RESTS_WITH_A_HOST),
            (rf"^{PRIORITY}{ISO.pattern}", ISO, _RESTS),
        )
    ),
)
_CISCO = tuple(
    Layout(
        RFC3164,
        rf"^(?:{PRIORITY})?{SEQUENCE}(?:(?P<hostname>[A-Za-z][^ :]*): )?[*.]?{shape.pattern}: {MNEMONIC}{MESSAGE}",
        key="clock",
        shape=shape,
    )
    for shape in (MONTH_NAMED_YEARLESS, MONTH_NAMED)
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    fields = [without(frame[name], "-") for name in ("message_id", "structured_data") if name in frame.columns]
    fields.append(frame["message"].str.strip_prefix(BOM))
    if "pri" in frame.columns:
        fields.append(translate(frame["pri"], FACILITY_OF, pl.String()).alias("facility"))
    if "process" in frame.columns:
        pid = frame["process"].cast(pl.Int64, strict=False).alias("pid")
        fields += [pid, without(frame["process"].set(pid.is_not_null(), None), "-")]
        frame = frame.drop("version")
    return with_clues(with_fields(frame, fields))


_LAYOUTS: tuple[Choice, ...] = (
    *NEW,
    *_CISCO,
    *_OLD,
    Layout(RFC3164, rf"^{PRIORITY}\[[ ]*(?P<uptime>[0-9]+\.[0-9]{{6}})\]{MESSAGE}", key="pri"),
    Layout(RFC3164, rf"^{PRIORITY}(?P<logger>[A-Za-z_][A-Za-z0-9_./-]*)\[(?P<pid>[0-9]+)\]:{MESSAGE}", key="pri"),
    Layout(RFC3164, rf"^{PRIORITY}(?P<message>.*)$"),
)
BEGINS = (
    rf"^(?:<[0-9]{{1,3}}>|(?:[0-9]+: )?[*.]?{MONTH} +[0-9]{{1,2}} |[0-9]{{1,6}} <[0-9]{{1,3}}>1 |"
    r"1 (?:-|[0-9]{4}-[0-9]{2}-) ?)"
)
SYSLOG_LINES = Family(BEGINS, Precedence(_LAYOUTS), _finish)
