"""Rust and Go: tracing, env_logger, Go's log, zap's console, zerolog's, hclog, logrus on a terminal, gin and chi.

What they share is a short head; the fields they log follow the message.
"""

from collections.abc import Callable, Iterable

import polars as pl

from shared.parsing.choice import Choice, Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import fill, translate, with_fields
from shared.parsing.dates import spelled, year_first
from shared.parsing.durations import read_durations
from shared.parsing.formats.trailing import with_object, with_pairs
from shared.parsing.hints import Reference
from shared.parsing.layouts import Layout
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import CLOCK, ISO_DAY, ISO_OFFSET, Shape, iso

TRACING = "tracing"
ENV_LOGGER = "env_logger"
GO_LOG = "go_log"
ZAP = "zap"
ZEROLOG = "zerolog"
HCLOG = "hclog"
LOGRUS = "logrus"
GIN = "gin"
CHI = "chi"

LEVEL = "TRACE|DEBUG|INFO|WARN|ERROR"
ISO_TIME = iso()
ISO_HEAD = rf"{ISO_DAY}T{CLOCK}[.0-9]*{ISO_OFFSET}?"
SLASHED_HEAD = rf"[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} {CLOCK}"
SLASHED = Shape(rf"(?P<time>{SLASHED_HEAD})(?:\.(?P<fraction>[0-9]{{1,6}}))?", year_first)
GIN_TIME = Shape(rf"(?P<time>[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} - {CLOCK})", spelled("%Y/%m/%d - %H:%M:%S"))
KITCHEN = "[0-9]{1,2}:[0-9]{2}[AP]M"

NAME = "[A-Za-z_][A-Za-z0-9_.-]*"
SPAN_FIELDS = r"\{(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*\}"
SPANS = rf"(?P<spans>(?:{NAME}:)*{NAME}{SPAN_FIELDS}(?::{NAME}(?:{SPAN_FIELDS})?)*): "
THREAD = r"ThreadId\((?P<thread>[0-9]+)\) "
CRATE = "[a-z_][A-Za-z0-9_]*"
MODULE = rf"(?P<logger>{CRATE}(?:::[A-Za-z0-9_]+)+): "
TARGET = rf"(?P<logger>{CRATE}(?:::[A-Za-z0-9_]+)*): "
RUST_CALLER = r"(?P<caller>[^ :]+\.rs:[0-9]+): "
TRACING_HEADS = (
    f"{MODULE}(?:{RUST_CALLER})?",
    f"{SPANS}{TARGET}(?:{RUST_CALLER})?",
    f"{THREAD}(?:{SPANS})?{TARGET}(?:{RUST_CALLER})?",
    TARGET + RUST_CALLER,
)
"""Those that nothing but Rust writes; any other is left to what reads every level and logger."""
TRACING_LINES = tuple(
    Layout(TRACING, rf"^{ISO_TIME.pattern} +(?P<level>{LEVEL}) {head}(?P<message>.*)$", shape=ISO_TIME)
    for head in TRACING_HEADS
)
TRACING_BEGINS = (
    rf"{ISO_HEAD} +(?:{LEVEL}) (?:ThreadId\([0-9]+\) |(?:{NAME}:)*{NAME}\{{|{CRATE}::[A-Za-z0-9_:]*: |"
    rf"{CRATE}: [^ :]*\.rs:)"
)
ENV_LOGGER_LINE = rf"^\[{ISO_TIME.pattern} (?P<level>{LEVEL}) +(?P<logger>[A-Za-z0-9_:-]+)\] (?P<message>.*)$"
ENV_LOGGER_BEGINS = rf"\[{ISO_HEAD} (?:{LEVEL}) +[A-Za-z0-9_:-]+\] "
GO_LINE = rf"^{SLASHED.pattern} (?P<logger>[^ :]+\.go:[0-9]+): (?P<message>.*)$"
GO_BEGINS = rf"{SLASHED_HEAD}[.0-9]* [^ :]+\.go:[0-9]+: "

ZAP_LEVEL = r"\t(?P<level>(?i-u:debug|info|warn|error|dpanic|panic|fatal))\t"
ZAP_REST = r"(?P<message>(?:[^\t{][^\t]*)?)(?:\t(?P<context>\{.*\}))?$"
ZAP_NAME = r"(?P<logger>[^\t :]+)\t"
ZAP_CALLER = r"(?P<caller>[^\t ]+\.go:[0-9]+)\t"
ZAP_RESTS = (f"(?:{ZAP_NAME})?{ZAP_CALLER}{ZAP_REST}", f"{ZAP_NAME}{ZAP_REST}", ZAP_REST)
ZAP_BEGINS = rf"(?:{ISO_HEAD}|1\.[0-9]+e\+09)\t(?i-u:debug|info|warn|error|d?panic|fatal)\t"

ZEROLOG_LEVEL = "(?P<level>TRC|DBG|INF|WRN|ERR|FTL|PNC)"
ZEROLOG_REST = rf" {ZEROLOG_LEVEL} (?:(?P<logger>[^ ]+\.go:[0-9]+) > )?(?P<message>.*)$"
ZEROLOG_LINES = (
    Layout(ZEROLOG, rf"^{ISO_TIME.pattern}{ZEROLOG_REST}", shape=ISO_TIME),
    Layout(ZEROLOG, rf"^{KITCHEN}{ZEROLOG_REST}"),
)
ZEROLOG_BEGINS = rf"(?:{KITCHEN}|{ISO_HEAD}) (?:TRC|DBG|INF|WRN|ERR|FTL|PNC) "
HCLOG_LINES = tuple(
    Layout(HCLOG, rf"^{ISO_TIME.pattern} {level} (?P<logger>[a-z][A-Za-z0-9_.-]*): (?P<message>.*)$", shape=ISO_TIME)
    for level in (r"\[(?P<level>INFO|WARN)\] ", r"\[(?P<level>ERROR|DEBUG|TRACE)\]")
)
HCLOG_BEGINS = rf"{ISO_HEAD} \[(?:INFO\] |WARN\] |ERROR\]|DEBUG\]|TRACE\]) [a-z][A-Za-z0-9_.-]*: "
LOGRUS_LEVELS = {"TRAC": "trace", "DEBU": "debug", "INFO": "info", "WARN": "warn", "ERRO": "error", "FATA": "fatal"}
LOGRUS_LEVEL = f"(?P<level>{'|'.join(LOGRUS_LEVELS)}|PANI)"
LOGRUS_LINES = (
    Layout(LOGRUS, rf"^{LOGRUS_LEVEL}\[{ISO_TIME.pattern}\] (?P<message>.*)$", shape=ISO_TIME),
    Layout(LOGRUS, rf"^{LOGRUS_LEVEL}\[[0-9]{{4,}}\] (?P<message>.*)$"),
)
GIN_LINE = (
    rf"^\[GIN\] {GIN_TIME.pattern} \| *(?P<status>[0-9]{{3}}) \| *(?P<took>[^ |]+) \| *(?P<client>[^ |]+) \| "
    r'*(?P<method>[A-Z]+) +"?(?P<url>[^" ]+)'
)
GIN_BEGINS = r"\[GIN\] [0-9]{4}/[0-9]{2}/[0-9]{2} - "
CHI_LINE = (
    rf'^{SLASHED.pattern} (?:\[(?P<request_id>[^\]]+)\] )?"(?P<method>[A-Z]+) (?P<url>[^" ]+)[^"]*" from '
    r"(?P<client>[^ ]+) - (?P<status>[0-9]{3}) (?P<bytes>[0-9]+)B in (?P<took>[^ ]+)$"
)
CHI_BEGINS = rf"{SLASHED_HEAD}[.0-9]* (?:\[[^\]]+\] )?\"[A-Z]+ [^\" ]+[^\"]*\" from "
LOGRUS_BEGINS = rf"(?:{'|'.join(LOGRUS_LEVELS)}|PANI)\[[0-9]{{4}}[-0-9T:Z.+]*\] "


def _scientific(parts: pl.DataFrame, _: Reference) -> pl.Series:
    """Seconds since 1970 as 1.7e+09, to the microsecond as far as it tells."""
    seconds = parts["time"].cast(pl.Float64, strict=False)
    return (seconds * 1e6).cast(pl.Int64).cast(pl.Datetime("us")).alias("time")


EPOCH_SECONDS = Shape(r"(?P<time>1\.[0-9]{1,16}e\+09)", _scientific)
ZAP_LAYOUTS = tuple(
    Layout(ZAP, rf"^{shape.pattern}{ZAP_LEVEL}{rest}", shape=shape)
    for rest in ZAP_RESTS
    for shape in (ISO_TIME, EPOCH_SECONDS)
)


def _read_callers(frame: pl.DataFrame) -> pl.DataFrame:
    """A caller stands for the logger where none is named."""
    if "caller" not in frame.columns:
        return with_clues(frame)
    loggers, callers = frame["logger"], frame["caller"]
    return with_clues(with_fields(frame, [fill(loggers, callers), callers.set(loggers.is_null(), None)]))


def _finish_zap(frame: pl.DataFrame) -> pl.DataFrame:
    return with_object(_read_callers(frame), "context")


def _finish_paired(frame: pl.DataFrame) -> pl.DataFrame:
    return with_pairs(_read_callers(frame))


def _finish_hclog(frame: pl.DataFrame) -> pl.DataFrame:
    """A colon stands between the message and the pairs."""
    paired = with_pairs(with_clues(frame))
    cut = paired["message"] != frame["message"]
    ends = paired["message"].str.strip_suffix(":").zip_with(cut, paired["message"])
    return with_fields(paired, [ends])


def _finish_logrus(frame: pl.DataFrame) -> pl.DataFrame:
    """Its levels are four letters, its messages padded."""
    paired = with_pairs(with_clues(with_fields(frame, [translate(frame["level"], LOGRUS_LEVELS, pl.String())])))
    return with_fields(paired, [paired["message"].str.strip_chars_end(" ")])


def _finish_access(frame: pl.DataFrame) -> pl.DataFrame:
    """The whole line stays the message."""
    statuses = frame["status"].cast(pl.Int16, strict=False)
    durations = read_durations(frame["took"]).alias("duration_ms")
    return with_fields(frame.drop("took"), [statuses, durations, severity_of_statuses(statuses)])


def _lines(begins: str, layouts: Iterable[Layout], finish: Callable[[pl.DataFrame], pl.DataFrame]) -> Family:
    return Family(f"^{begins}", Precedence(layouts), finish)


RUST_AND_GO: tuple[tuple[Choice, tuple[str, ...]], ...] = (
    (_lines(TRACING_BEGINS, TRACING_LINES, _finish_paired), (TRACING,)),
    (_lines(ENV_LOGGER_BEGINS, [Layout(ENV_LOGGER, ENV_LOGGER_LINE, shape=ISO_TIME)], with_clues), (ENV_LOGGER,)),
    (_lines(GO_BEGINS, [Layout(GO_LOG, GO_LINE, shape=SLASHED)], with_clues), (GO_LOG,)),
    (_lines(ZAP_BEGINS, ZAP_LAYOUTS, _finish_zap), (ZAP,)),
    (_lines(ZEROLOG_BEGINS, ZEROLOG_LINES, _finish_paired), (ZEROLOG,)),
    (_lines(HCLOG_BEGINS, HCLOG_LINES, _finish_hclog), (HCLOG,)),
    (_lines(LOGRUS_BEGINS, LOGRUS_LINES, _finish_logrus), (LOGRUS,)),
    (_lines(GIN_BEGINS, [Layout(GIN, GIN_LINE, key="status", shape=GIN_TIME)], _finish_access), (GIN,)),
    (_lines(CHI_BEGINS, [Layout(CHI, CHI_LINE, key="status", shape=SLASHED)], _finish_access), (CHI,)),
)
