"""klog and glog: Kubernetes' own components, and Google's loggers for C++ and Python."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import fill, with_fields
from shared.parsing.dates import spelled, yearless
from shared.parsing.formats.trailing import with_pairs
from shared.parsing.layouts import Layout
from shared.parsing.timestamps import CLOCK, Shape

KLOG = "klog"

MICROSECONDS = r"\.(?P<fraction>[0-9]{1,9})"
YEARLESS = Shape(rf"(?P<time>[0-9]{{4}} {CLOCK}){MICROSECONDS}", yearless("%Y %m%d %H:%M:%S"))
SHORT = Shape(rf"(?P<time>[0-9]{{6}} {CLOCK}){MICROSECONDS}", spelled("%y%m%d %H:%M:%S"))
DATED = Shape(rf"(?P<time>[0-9]{{8}} {CLOCK}){MICROSECONDS}", spelled("%Y%m%d %H:%M:%S"))
CALLER = r" +(?P<pid>[0-9]+) (?P<logger>[^ \]]+:[0-9]+)\] ?(?P<message>.*)$"
COCKROACH = (
    r" +(?P<pid>[0-9]+) (?P<logger>[^ \]]+:[0-9]+)\]?"
    r"(?: (?:\x{22ee} )?(?:\[(?P<context>[^\[\]]*)\] ?)?(?P<message>.*))?$"
)
"""With tags in brackets, behind a mark for lines of which parts can be taken out."""
QUOTED_KEY = r' "([A-Za-z_][A-Za-z0-9_.@/:-]*)"='
SENTENCE = r'^"((?:[^"\\]|\\.)*)"$'


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """A structured message is a quoted sentence, and pairs behind it."""
    structured = frame["message"].str.starts_with('"')
    frame = with_clues(frame)
    if not structured.any():
        return frame
    messages = frame["message"].str.replace_all(QUOTED_KEY, " $1=").zip_with(structured, frame["message"])
    paired = with_pairs(with_fields(frame, [messages]), structured)
    sentences = paired["message"].str.extract(SENTENCE).str.replace_all(r"\"", '"', literal=True)
    return with_fields(paired, [fill(sentences, paired["message"])])


_LAYOUTS = tuple(
    Layout(KLOG, rf"^(?P<level>[IWEFD]){shape.pattern}{caller}", shape=shape)
    for shape, caller in ((YEARLESS, CALLER), (DATED, CALLER), (SHORT, COCKROACH))
)
KLOG_LINES = Family(r"^[IWEFD][0-9]{4}(?:[0-9]{2}){0,2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.", Precedence(_LAYOUTS), _finish)
