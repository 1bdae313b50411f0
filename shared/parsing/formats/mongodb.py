"""MongoDB's text logs, up to 4.2; later ones are JSON."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import with_fields
from shared.parsing.dates import yearless
from shared.parsing.layouts import Layout
from shared.parsing.timestamps import CLOCK, ISO_DAY, MONTH_DAY, WEEKDAY, Shape, iso

MONGODB = "mongodb"

MILLIS = r"\.(?P<fraction>[0-9]{3})"
ZONE = r"(?P<zone>Z|[-+][0-9]{2}:?[0-9]{2})"
ISO_MILLIS = iso(fraction=MILLIS, zone=ZONE)
CTIME_MILLIS = Shape(rf"{WEEKDAY} (?P<time>{MONTH_DAY} {CLOCK}){MILLIS}", yearless("%Y %b %d %H:%M:%S"))
LEVEL = r" (?P<level>[FEWID])[1-5]? (?P<logger>[A-Z_]+|-) +"
REST = r"\[(?P<context>[^\]]+)\] ?(?P<message>.*)$"
MILLISECONDS = r" ([0-9]{1,12})ms$"

BEGINS = (
    rf"^(?:{ISO_DAY}T{CLOCK}\.[0-9]{{3}}(?:Z|[-+][0-9:]+)|{WEEKDAY} {MONTH_DAY} {CLOCK}\.[0-9]{{3}}) "
    r"[FEWID][1-5]? (?:[A-Z_]+|-) +\["
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    return with_clues(with_fields(frame, [frame["message"].str.extract(MILLISECONDS).alias("duration_ms")]))


_LAYOUTS = tuple(
    Layout(MONGODB, rf"^{shape.pattern}{LEVEL}{REST}", shape=shape) for shape in (ISO_MILLIS, CTIME_MILLIS)
)
MONGODB_LINES = Family(BEGINS, Precedence(_LAYOUTS), _finish)
