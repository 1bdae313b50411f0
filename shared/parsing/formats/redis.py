"""Redis, Sentinel and Valkey."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import translate, with_fields
from shared.parsing.dates import spelled, yearless
from shared.parsing.layouts import Layout
from shared.parsing.timestamps import CLOCK, MONTH, Shape

REDIS = "redis"

ROLES = {"X": "sentinel", "C": "child", "S": "replica", "M": "primary"}
LEVELS = {".": "debug", "-": "info", "*": "notice", "#": "warning"}
"""By the level's sign. Its "verbose" says less than "debug" does."""

MILLIS = r"(?:\.(?P<fraction>[0-9]{1,6}))?"
DATED = Shape(rf"(?P<time>[0-9]{{2}} {MONTH} [0-9]{{4}} {CLOCK}){MILLIS}", spelled("%d %b %Y %H:%M:%S"))
YEARLESS = Shape(rf"(?P<time>[0-9]{{2}} {MONTH} {CLOCK}){MILLIS}", yearless("%Y %d %b %H:%M:%S"))
PROCESS = r"(?:(?P<pid>[0-9]+):(?P<role>[XCSM])|\[(?P<old_pid>[0-9]+)\])"
REST = r" (?P<level>[.*#-]) (?P<message>.*)$"


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    pids = frame["pid"].zip_with(frame["pid"].is_not_null(), frame["old_pid"])
    roles = translate(frame["role"], ROLES, pl.String())
    levels = translate(frame["level"], LEVELS, pl.String())
    return with_clues(with_fields(frame.drop("old_pid"), [pids, roles, levels]))


_LAYOUTS = tuple(Layout(REDIS, rf"^{PROCESS} {shape.pattern}{REST}", shape=shape) for shape in (DATED, YEARLESS))
REDIS_LINES = Family(rf"^(?:[0-9]+:[XCSM]|\[[0-9]+\]) [0-9]{{2}} {MONTH} ", Precedence(_LAYOUTS), _finish)
