"""What the heads of lines are made of, as pieces of regular expressions."""

from shared.parsing.layouts import Layout
from shared.parsing.patterns import one_of
from shared.parsing.severity import ANY_LEVEL, UPPER_LEVEL

LEVELED = "leveled"

GAP = r"[\])> \t|:,;]"
DASH = r"(?:-+>?[ \t]+)?"
START = rf"^{GAP}*{DASH}"
LEVEL = rf"(?:[\[(<][ ]*)?(?P<level>{UPPER_LEVEL}){GAP}+{DASH}"
BRACKETED = rf"[\[(<][ ]*(?P<level>{ANY_LEVEL}|[TVDIWEFC])[ ]*[\])>]"
NESTED = r"(?:[^\[\]]|\[[^\[\]]*\])*"
THREAD = rf"\[(?P<thread>{NESTED})\]"
PID = r"(?P<pid>[0-9]+)[ \t]+"
NAME = r"(?P<logger>[A-Za-z_$][A-Za-z0-9_.$/@#-]*)"
PATH = r"(?P<logger>[A-Za-z_$][A-Za-z0-9_.$/:@<>#-]*[A-Za-z0-9_>])"
DOTTED = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_$<][A-Za-z0-9_$<>]*)"
NAME_ENDS = r"(?:[ \t]+(?:-+|:)|:)"
COLUMN_ENDS = r"(?:\t|[ ]{2,})[ \t]*"
MESSAGE = r"(?:[ \t]+(?P<message>[^ \t].*)?)?$"
WORDS = r"(?P<message>[^\])> \t|:,;-].*)?$"
TEXT = r"[ \t]*(?P<message>(?:[^ \t].*)?)$"
AFTER_BRACKETS = r"(?:[ \t:]+-+[ \t])?[ \t:]*(?P<message>(?:[^ \t:].*)?)$"
REST = r"(?P<message>.*)$"
SENTENCE_HEADS = (
    *("Caused by", "Deprecated", "Detail", "Details", "Done", "Error", "Exception", "Failure", "Hint", "Invalid"),
    *("Missing", "Note", "OK", "Reason", "Request", "Response", "Result", "Start", "Status", "Stop", "Success"),
    *("Timeout", "Total", "Unable", "Unknown", "Usage", "Version", "Warning"),
    *("reason", "result", "start", "stop", "success", "total", "usage"),
)
"""What messages begin with, before a colon; components are not called so."""
PARTICIPLE = "[A-Z][a-z]+(?:ed|ing)|[a-z]{3,}ed"
SENTENCE = (
    r"(?P<message>(?:(?:[A-Za-z_$][A-Za-z0-9_.$]*(?:Error|Exception|Throwable|Warning)|"
    rf"{one_of(SENTENCE_HEADS)}|{PARTICIPLE})(?:: .*)?|[A-Za-z][A-Za-z0-9+.-]*://.*|"
    r"\[(?:[0-9]+/[0-9]+|[ ]*[0-9]+%|[a-z ])\].*))$"
)
"""Messages whose beginning looks like that of a head: an exception, a word before a colon, an address, a count."""
THREAD_AND_CALLER = r"^(?P<thread>.*):(?P<logger>[A-Za-z_$][A-Za-z0-9_.$]*)@[0-9]+$"
CELL = r"[^ \[\]]+"
WITHOUT_PID = "kernel|sudo|su|systemd|init|rsyslogd|CRON|dockerd"
FACILITY = "kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7]"
STRUCTURED = r"(?P<structured_data>(?:\[[A-Za-z0-9_.-]+(?:@[0-9]+)? (?:[^\]\\\"]|\\.|\"(?:[^\"\\]|\\.)*\")*\])+)"
HOST_WITH_A_DIGIT = r"(?P<hostname>[A-Za-z_.-]*[0-9][A-Za-z0-9_.:-]*)"


def column(number: int, pattern: str = r"[^\[\]]*") -> str:
    """One of the columns that `cells` sorts out, in brackets."""
    return rf"\[(?P<column_{number}>{pattern})\]"


def keyed(*patterns: tuple[str, str]) -> tuple[Layout, ...]:
    """Of patterns, each behind a group of it that takes part in every match."""
    return tuple(Layout(LEVELED, pattern, key=key) for key, pattern in patterns)
