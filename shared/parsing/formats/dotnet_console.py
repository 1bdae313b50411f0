""".NET's console logger: a level, a category and an event's number; the message is on the indented lines below."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import constant, with_fields
from shared.parsing.grouping import CONTINUATION
from shared.parsing.layouts import Layout
from shared.parsing.timestamps import CLOCK, ISO, ISO_DAY, ISO_ZONE, TIME_OF_DAY

DOTNET_CONSOLE = "dotnet_console"

LEVEL = "(?:info|warn|fail|crit|dbug|trce)"
EVENT = r"\[(?P<event_id>-?[0-9]{1,10})\]"
HEAD = rf"(?P<level>{LEVEL}): (?P<logger>[A-Za-z_][^ \[\]]*){EVENT}[ ]*$"
ONE_LINE = rf"(?P<level>{LEVEL}): (?P<logger>[A-Za-z_][^ .\[\]]*\.[^ \[\]]*){EVENT} (?P<message>.*[^ ].*)$"
"""Told from other lines of a level and a name only by a category of several parts."""
BEGINS = rf"^(?:\[?(?:{ISO_DAY}[T ])?{CLOCK}[^a-z]{{0,16}})?{LEVEL}: [A-Za-z_][^ \[\]]*\[-?[0-9]+\](?:[ ]|$)"
PADDING = "(?m)^ {6}"
"""What the logger puts before each line of a message."""


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """What is not said in the head's line is said below it."""
    fields = []
    if "message" in frame.columns:
        fields.append(frame["message"].fill_null(""))
    else:
        fields.append(constant("message", "", pl.String(), len(frame)))
    if CONTINUATION in frame.columns:
        fields.append(frame[CONTINUATION].str.replace_all(PADDING, ""))
    return with_clues(with_fields(frame, fields))


DOTNET_LINES = Family(
    BEGINS,
    Precedence(
        Layout(DOTNET_CONSOLE, f"^{before}{rest}", key="event_id", shape=shape)
        for rest in (HEAD, ONE_LINE)
        for before, shape in (
            ("", None),
            *((rf"\[?{shape.pattern}\]?[ ]?", shape) for shape in (ISO, ISO_ZONE, TIME_OF_DAY)),
        )
    ),
    _finish,
)
