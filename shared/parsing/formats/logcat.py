"""Android's logcat in all its outputs: threadtime, time, brief, tag, process, thread, long, and Android Studio's."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import with_fields
from shared.parsing.dates import yearless
from shared.parsing.layouts import Layout
from shared.parsing.timestamps import CLOCK, EPOCH, ISO, MONTH_FIRST, Shape

LOGCAT = "logcat"

PRIORITY = "(?P<level>[VDIWEFAS])"
USER = r"(?:(?P<user>[0-9]+|[a-z][a-z0-9_]*)[ \t]+)?"
PROCESS = r"[ \t]+(?P<pid>[0-9]+)[ \t]+(?P<thread>[0-9]+)[ \t]+"
TEXT = r"[ \t]*(?P<message>(?:[^ \t].*)?)$"
TAG = rf"(?P<logger>[^:]*):{TEXT}"
BRIEF = rf"{PRIORITY}/(?P<logger>[^(]*)\([ ]*(?P<pid>[0-9]+)\):{TEXT}"
SURE_TAG = r"(?:[A-Z][A-Za-z0-9_.$]{2}[A-Za-z0-9_.$-]*|[a-z][A-Za-z0-9_.$]{7}[A-Za-z0-9_.$-]*|libc|art|zygote)[ ]*"
SHORT_TAG = r"[A-Za-z][A-Za-z0-9_.$-]{0,6}"
"""Tags with neither a time nor a process before them: `I/O: error` and `A/B: test` have none. Short ones are padded."""
STUDIO = r"[ \t]+(?P<pid>[0-9]+)-(?P<thread>[0-9]+)"
PACKAGE = r"(?P<package>[^ \t/]+)"
ZONED = Shape(
    rf"(?P<time>[0-9]{{2}}-[0-9]{{2}} {CLOCK})\.(?P<fraction>[0-9]+) (?P<zone>[-+][0-9]{{4}})",
    yearless("%Y %m-%d %H:%M:%S"),
)
ISO_ZONED = Shape(
    rf"(?P<time>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {CLOCK})\.(?P<fraction>[0-9]+) (?P<zone>[-+][0-9]{{4}})", ISO.local
)
DATED = (MONTH_FIRST, ISO)
TIMED = (*DATED, ZONED, ISO_ZONED, EPOCH)

_LAYOUTS = (
    *(Layout(LOGCAT, rf"^{shape.pattern}{PROCESS}{PRIORITY}[ ]{TAG}", shape=shape) for shape in DATED),
    *(Layout(LOGCAT, rf"^{shape.pattern}[ ]{BRIEF}", shape=shape) for shape in DATED),
    Layout(LOGCAT, rf"^{BRIEF}"),
    *(
        Layout(
            LOGCAT,
            rf"^[ ]*{shape.pattern}[ \t]+{USER}(?P<pid>[0-9]+)[ \t]+(?P<thread>[0-9]+)[ \t]+{PRIORITY}[ ]{TAG}",
            shape=shape,
        )
        for shape in TIMED
    ),
    *(Layout(LOGCAT, rf"^{shape.pattern}{STUDIO}/{PACKAGE} {PRIORITY}/{TAG}", shape=shape) for shape in DATED),
    Layout(
        LOGCAT,
        rf"^{ISO.pattern}{STUDIO}[ \t]+(?P<logger>[^ \t]+)[ \t]+{PACKAGE}[ \t]+{PRIORITY}[ \t]+(?P<message>.*)$",
        shape=ISO,
    ),
    *(
        Layout(
            LOGCAT,
            rf"^\[ {shape.pattern}[ ]+(?P<pid>[0-9]+):[ ]*(?P<thread>[0-9]+) {PRIORITY}/(?P<logger>[^\]]*?)[ ]*\]"
            rf"{TEXT}",
            shape=shape,
        )
        for shape in DATED
    ),
    Layout(LOGCAT, rf"^{PRIORITY}/(?P<logger>{SURE_TAG}): (?P<message>.*)$"),
    Layout(LOGCAT, rf"^{PRIORITY}/(?P<logger>{SHORT_TAG})[ ]+: (?P<message>.*)$"),
    Layout(LOGCAT, rf"^{PRIORITY}\([ ]*(?P<pid>[0-9]+)\) (?P<message>.*)  \((?P<logger>[^()]*)\)$"),
    Layout(LOGCAT, rf"^{PRIORITY}\([ ]*(?P<pid>[0-9]{{2,}}):[ ]*(?P<thread>[0-9]{{2,}})\) (?P<message>.*)$"),
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """A for assert is logcat's own."""
    return with_clues(with_fields(frame, [frame["level"].str.replace("^[AS]$", "fatal")]))


LOGCAT_LINES = Family(Precedence(_LAYOUTS).claim, Precedence(_LAYOUTS), _finish)
