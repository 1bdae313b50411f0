"""Android's logcat: threadtime, time and brief output."""

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.layouts import Layout
from shared.parsing.timestamps import ISO, MONTH_FIRST

LOGCAT = "logcat"

PRIORITY = "(?P<level>[VDIWEFA])"
PROCESS = r"[ \t]+(?P<pid>[0-9]+)[ \t]+(?P<thread>[0-9]+)[ \t]+"
TAG = r"(?P<logger>[^:]*):[ \t]*(?P<message>(?:[^ \t].*)?)$"
BRIEF = rf"{PRIORITY}/(?P<logger>[^(]*)\([ ]*(?P<pid>[0-9]+)\):[ \t]*(?P<message>(?:[^ \t].*)?)$"

_LAYOUTS = (
    *(Layout(LOGCAT, rf"^{shape.pattern}{PROCESS}{PRIORITY}[ ]{TAG}", shape=shape) for shape in (MONTH_FIRST, ISO)),
    *(Layout(LOGCAT, rf"^{shape.pattern}[ ]{BRIEF}", shape=shape) for shape in (MONTH_FIRST, ISO)),
    Layout(LOGCAT, rf"^{BRIEF}"),
)
LOGCAT_LINES = Family(Precedence(_LAYOUTS).claim, Precedence(_LAYOUTS), with_clues)
