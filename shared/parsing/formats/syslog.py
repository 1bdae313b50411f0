"""Syslog: RFC 5424, and RFC 3164 as it is sent (with <priority>) and as files have it (without)."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import translate, with_fields, without
from shared.parsing.layouts import Layout
from shared.parsing.lines import BOM
from shared.parsing.severity import UPPER_LEVEL
from shared.parsing.timestamps import ISO, MONTH, SYSLOG, SYSLOG_YEAR

RFC5424 = "syslog_rfc5424"
RFC3164 = "syslog_rfc3164"

FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
)
FACILITY_OF = {str(number * 8 + severity): name for number, name in enumerate(FACILITIES) for severity in range(8)}

PRIORITY = "<(?P<pri>[0-9]{1,3})>"
DATA = r"(?P<structured_data>-|(?:\[(?:[^\]\\\"]|\\.|\"(?:[^\"\\]|\\.)*\")*\])+)"
NEW = (
    rf"^{PRIORITY}1 (?:-|{ISO.pattern}) (?P<hostname>[^ ]+) (?P<logger>[^ ]+) (?P<process>[^ ]+) (?P<message_id>[^ ]+) "
    rf"{DATA}(?: (?P<message>.*))?$"
)
MESSAGE = r"(?:[ \t]+(?P<message>[^ \t].*)?)?$"
HOST = r" +(?P<hostname>[A-Za-z0-9_][^ \t]*)"
TAG = r" +(?P<logger>[^ \[:]+)(?:\[(?P<pid>[0-9]+)\])?(?: \((?P<context>[^)]*)\))?:"
SPACED_TAG = r" +(?P<logger>[^ \[:][^\[:]{0,63})\[(?P<pid>[0-9]+)\](?: \((?P<context>[^)]*)\))?:"
VERSIONED_TAG = r" +(?P<logger>[^ \[:]+) (?P<version>[0-9][0-9.]*):"
LEVEL_AT_HOST = rf" +(?P<level>{UPPER_LEVEL})[ \t:|]+(?P<message>.*)$"

_OLD_PREFIXES = (
    (rf"^(?:{PRIORITY})?{SYSLOG.pattern}", SYSLOG),
    (rf"^(?:{PRIORITY})?{SYSLOG_YEAR.pattern}", SYSLOG_YEAR),
    (rf"^{PRIORITY}{ISO.pattern}", ISO),
)
_OLD = tuple(
    Layout(RFC3164, prefix + rest, key="time", shape=shape)
    for prefix, shape in _OLD_PREFIXES
    for rest in (
        LEVEL_AT_HOST,
        TAG + MESSAGE,
        HOST + TAG + MESSAGE,
        HOST + SPACED_TAG + MESSAGE,
        HOST + VERSIONED_TAG + MESSAGE,
        HOST + MESSAGE,
    )
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    fields = [without(frame[name], "-") for name in ("message_id", "structured_data") if name in frame.columns]
    fields.append(frame["message"].str.strip_prefix(BOM))
    if "pri" in frame.columns:
        fields.append(translate(frame["pri"], FACILITY_OF, pl.String()).alias("facility"))
    if "process" in frame.columns:
        pid = frame["process"].cast(pl.Int64, strict=False).alias("pid")
        fields += [pid, without(frame["process"].set(pid.is_not_null(), None), "-")]
    return with_clues(with_fields(frame, fields))


_LAYOUTS = (
    Layout(RFC5424, NEW, key="pri", shape=ISO),
    *_OLD,
    Layout(RFC3164, rf"^{PRIORITY}(?P<message>.*)$"),
)
SYSLOG_LINES = Family(rf"^(?:<[0-9]{{1,3}}>|{MONTH} +[0-9]{{1,2}} )", Precedence(_LAYOUTS), _finish)
