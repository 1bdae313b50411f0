"""Windows' servicing and setup logs: CBS.log, dism.log, setupact.log.

Their columns have fixed widths: a level of 11, a code of 11 or nothing, a component of 7.
"""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.columns import fill, with_fields
from shared.parsing.layouts import Layout
from shared.parsing.severity import severity_of_words
from shared.parsing.timestamps import CLOCK, ISO

WINDOWS_CBS = "windows_cbs"

LEVEL = "(?P<level>Info|Error|Warning|Fatal|Perf|Debug)"
CODE = r"\[(?P<code>0x[0-9a-fA-F]+)\]"
COMPONENT = "(?P<logger>[A-Za-z][A-Za-z0-9_]*)"
TIME = rf"^(?P<time>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {CLOCK}), "
MESSAGE = r"(?P<message>(?:[^ ].*)?)$"

DISM = r"^(?P<logger>DISM [^:]*): PID=(?P<pid>[0-9]+) TID=(?P<thread>[0-9]+) (?P<message>.*)$"

_LAYOUTS = (
    Layout(WINDOWS_CBS, rf"{TIME}{LEVEL} +{CODE} {COMPONENT} +{MESSAGE}", shape=ISO),
    Layout(WINDOWS_CBS, rf"{TIME}{LEVEL} +{CODE} +{MESSAGE}", shape=ISO),
    Layout(WINDOWS_CBS, rf"{TIME}{LEVEL} {{12,18}}{COMPONENT} +{MESSAGE}", shape=ISO),
    Layout(WINDOWS_CBS, rf"{TIME}{LEVEL} {{3,11}}{COMPONENT} {{2,}}{MESSAGE}", shape=ISO),
    Layout(WINDOWS_CBS, rf"{TIME}{LEVEL} {{3,}}{MESSAGE}", shape=ISO),
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """DISM's lines name what spoke, its process and its thread. What looks like an address is a version."""
    fields = []
    spoke = frame["message"].str.extract_groups(DISM).struct.unnest()
    if spoke["message"].null_count() < len(frame):
        fields = [fill(column, frame[column.name]) if column.name in frame.columns else column for column in spoke]
    severity = severity_of_words(frame["level"]).alias("severity")
    return with_fields(frame.drop("level"), [*fields, severity])


BEGINS = rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {CLOCK}, (?:Info|Error|Warning|Fatal|Perf|Debug) {{3}}"
WINDOWS_CBS_LINES = Family(BEGINS, Precedence(_LAYOUTS), _finish)
