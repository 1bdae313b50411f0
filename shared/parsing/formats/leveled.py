"""Lines that no named format takes, read by structure: a time, and level, thread, logger, process and host around it.

`level_times` finds the time, `level_headers` tells what stands between it and the message. Here is what has no date,
and what is done to all of them in the end.
"""

import polars as pl

from shared.parsing.cells import with_kinds
from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import fill, nothing, with_fields, without
from shared.parsing.formats.level_pieces import (
    BRACKETED,
    CELL,
    DASH,
    DOTTED,
    GAP,
    LEVEL,
    LEVELED,
    MESSAGE,
    NAME,
    NAME_ENDS,
    TEXT,
    THREAD,
    THREAD_AND_CALLER,
    WORDS,
    column,
    keyed,
)
from shared.parsing.formats.level_times import LEAD_BEGINS, LED, TIMED, TIMEISH, WITH_AN_EPOCH
from shared.parsing.layouts import Layout
from shared.parsing.patterns import one_of
from shared.parsing.severity import ANY_LEVEL, PLAIN_WORDS, UPPER_LEVEL
from shared.parsing.timestamps import PACKED_YEARLESS

__all__ = ["LEVELED", "LEVELED_LINES"]

UPPER_PLAIN = f"(?:{one_of(word.upper() for word in PLAIN_WORDS)})"
PROCESS_NUMBER = "^[0-9]{1,10}$"
UPTIME = r"\[[ ]*(?P<uptime>[0-9]+\.[0-9]{3,9})\]"
TAGS = r"\[(?P<logger>[a-z0-9,+_]+)[ ]*\]"
UNTIMED_BEGINS = (
    rf"^[ \t]*[\[(<]?[ ]*(?:{ANY_LEVEL}[\])> \t|:,;]|[DIWEFTV]\]|[0-9])|^[EWIDV] \([0-9]|"
    rf"^[ \t]*\[[^\[\]]*\][ \t]*[\[(<]?{UPPER_LEVEL}|^[^ \t]+[ \t]*:[a-z]+[ ]*: \["
)
UNTIMED = Family(
    UNTIMED_BEGINS,
    Precedence(
        (
            # Chromium
            Layout(
                LEVELED,
                rf"^\[(?:(?P<pid>[0-9]+):(?:(?P<thread>[0-9]+):)?)?{PACKED_YEARLESS.pattern}:(?P<level>[A-Z]+)[0-9]*:"
                rf"(?P<logger>[^\]]+)\]{TEXT}",
                key="time",
                shape=PACKED_YEARLESS,
            ),
            *keyed(
                ("level", rf"^[ \t]*(?P<level>{ANY_LEVEL}):{NAME}:{TEXT}"),
                ("level", rf"^[ \t]*{THREAD}[ \t]*{LEVEL}{NAME}{NAME_ENDS}{MESSAGE}"),
                (
                    "level",
                    rf"^[ \t]*{LEVEL}{THREAD}[ \t:]*{NAME}(?:[ \t]*\((?:[^()]|\([^()]*\))*\))?{NAME_ENDS}{MESSAGE}",
                ),
                ("level", rf"^[ \t]*{LEVEL}(?P<logger>{DOTTED}+){NAME_ENDS}{MESSAGE}"),
                # the JVM's own
                ("level", rf"^\[(?P<uptime>[0-9.]+m?s)\]\[(?P<level>{ANY_LEVEL})[ ]*\]{TAGS}{TEXT}"),
                ("level", rf"^[ \t]*{BRACKETED}{column(1, CELL)}[ \t]*(?:{column(2, CELL)}[ \t]*)?{TEXT}"),
                ("level", rf"^[ \t]*[\[(<][ ]*(?P<level>{ANY_LEVEL})[ ]*[\])>]{GAP}*{DASH}{WORDS}"),
                ("level", rf"^[ \t]*\[(?P<level>[DIWEFTV])\][ \t]+{WORDS}"),
                ("level", rf"^[ \t]*(?P<level>{ANY_LEVEL})[ ]*[:|]{TEXT}"),
                ("level", rf"^[ \t]*(?P<level>{UPPER_PLAIN})[ \t]+{DASH}{WORDS}"),
                # ESP-IDF, Zephyr
                ("uptime", rf"^(?P<level>[EWIDV]) \((?P<uptime>[0-9]+)\) (?P<logger>[^ :]+):{TEXT}"),
                ("uptime", rf"^\[(?P<uptime>[0-9:.,]+)\] <(?P<level>{ANY_LEVEL})> (?P<logger>[^ :]+):{TEXT}"),
                # a time of day and no level
                ("time_of_day", rf"^\[(?P<time_of_day>[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:[.,][0-9]+)?)\]:?{TEXT}"),
                # Puma
                ("pid", r"^\[(?P<pid>[0-9]{2,8})\] [-+*!] (?P<message>.+)$"),
                # X.org, dmesg
                ("uptime", rf"^{UPTIME} \((?P<level>II|WW|EE)\){TEXT}"),
                ("uptime", rf"^{UPTIME}(?:\[[ ]*(?P<thread>[CT][0-9]+)\])?{TEXT}"),
                ("uptime", rf"^(?P<facility>[a-z0-9]+)[ ]*:(?P<level>[a-z]+)[ ]*:[ ]*{UPTIME}{TEXT}"),
            ),
        )
    ),
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    for name in ("letter", "bracketed"):
        if name in frame.columns:
            frame = with_fields(frame.drop(name), [fill(frame["level"], frame[name])])
    if "label" in frame.columns:
        frame = with_fields(frame, [without(frame["label"], "-")])
    frame = with_kinds(frame)
    if "thread" in frame.columns:
        frame = _with_caller(frame)
    for name in ("thread", "process"):
        if name in frame.columns:
            frame = _with_pid(frame, frame[name])
    return with_clues(frame)


def _with_caller(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with the loggers that are within a thread's name, in rows that have no other."""
    logger = frame["logger"] if "logger" in frame.columns else nothing("logger", pl.String(), len(frame))
    if not logger.null_count():
        return frame
    caller = frame["thread"].str.extract_groups(THREAD_AND_CALLER).struct.unnest()
    fits = caller["logger"].is_not_null() & logger.is_null()
    if not fits.any():
        return frame
    fields = [logger.zip_with(~fits, caller["logger"]), frame["thread"].zip_with(~fits, caller["thread"])]
    return with_fields(frame, fields)


def _with_pid(frame: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """`frame` with the texts that can be a process's number as the pid of rows without one, and only so."""
    pids = frame["pid"] if "pid" in frame.columns else nothing("pid", pl.String(), len(frame))
    fits = texts.str.contains(PROCESS_NUMBER).fill_null(False) & pids.is_null()
    if not fits.any():
        return frame
    numbers = texts.cast(pids.dtype, strict=False)
    return with_fields(frame, [pids.zip_with(~fits, numbers), texts.set(fits, None)])


LEVELED_LINES = Family(
    "|".join((rf"^[ \t]*[\[(<*\"']?[ ]*{TIMEISH}", LEAD_BEGINS, UNTIMED_BEGINS)),
    Precedence((WITH_AN_EPOCH, *TIMED, LED, UNTIMED)),
    _finish,
)
