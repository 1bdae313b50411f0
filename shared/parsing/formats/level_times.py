"""Where a line's time is: at its start in any spelling, or behind a level, tags, labels and columns.

All of these are choices of two steps: the time and what stands before it, then one of the headers that may follow it.
"""

from collections.abc import Iterable

from shared.parsing.choice import Choice, Family, Precedence, Steps
from shared.parsing.formats.level_epochs import LikelyEpochs
from shared.parsing.formats.level_headers import (
    CLOCK_HEADERS,
    HEADERS,
    HEADERS_AFTER_LEVEL,
    HEADERS_AFTER_NODE,
    HEADERS_OF_SYSLOG,
)
from shared.parsing.formats.level_pieces import DASH, GAP, LEVELED, REST
from shared.parsing.layouts import Layout
from shared.parsing.patterns import without_captures
from shared.parsing.severity import ANY_LEVEL
from shared.parsing.timestamps import (
    BARE_NUMBERS,
    EPOCH,
    ISO,
    ISO_MICROS,
    ISO_ZONE,
    LEADING,
    MONTH,
    SYSLOG_DATED,
    TIME_OF_DAY,
    WEEKDAY,
    Shape,
    any_time,
)

BLANK = r"[ \t]+"
OPENING = r"^[ \t]*(?:[\[(<*\"'][ ]?)?"
REST_OF_LINE = "(?P<rest>[^-+0-9A-Za-z.,:].*)?$"
LOOSE_REST = r"(?P<rest>(?:[^-+0-9A-Za-z.,:]|[-.,:][^-+0-9]).*)?$"
_MONTH = f"(?i-u:{MONTH})"
TIMEISH = (
    rf"(?:[0-9]{{4,5}}(?:[-/.](?:[0-9]{{1,2}}|{_MONTH})|[ ](?:[0-9]{{1,2}}[ ][0-9]|{_MONTH}))|"
    rf"[0-9]{{1,2}}(?:[-/.][0-9]{{1,2}}(?:[-/.](?:[0-9]{{2}}){{1,2}}[- T,]|(?:[.]?[ T]+|[-|])[0-9]{{1,2}}:)|"
    rf"[-/ .]?{_MONTH}|:[0-9]{{2}}:)|"
    r"1[0-9]{9}|[0-9]{8}[-T _:][0-9]|[0-9]{6} +[0-9]{1,2}:?[0-9]{2}|(?:19|20)[0-9]{12}|"
    rf"{_MONTH}[a-z]*[.]?[-/ ]+[0-9]|{WEEKDAY}[a-z]*[,.]? |@4)"
)
"""Loosely, how times begin."""
QUICK = (ISO_MICROS, ISO_ZONE, ISO, EPOCH)
"""The most frequent shapes; all others stand behind one loose claim."""


def _begun(shapes: Iterable[Shape], rest: str) -> list[Choice]:
    layouts = [Layout(LEVELED, f"{OPENING}{shape.pattern}{rest}", key=shape.key, shape=shape) for shape in shapes]
    return [LikelyEpochs(layout) if layout.shape is EPOCH else layout for layout in layouts]


_OTHERS = (ISO, EPOCH, *(shape for shape in LEADING if shape not in QUICK))
_TIMES: tuple[Choice, ...] = (
    *_begun(QUICK, REST_OF_LINE),
    Family(f"{OPENING}{TIMEISH}", Precedence(_begun(_OTHERS, LOOSE_REST))),
)
BEGUN = Family(f"{OPENING}{TIMEISH}", Precedence(_TIMES))
"""Lines that begin with a time."""
TIMED = (
    Steps(BEGUN, HEADERS),
    Steps(Layout(LEVELED, OPENING + TIME_OF_DAY.pattern + REST_OF_LINE, key="time"), CLOCK_HEADERS),
)

LABEL = r"(?:(?P<label>-|[A-Za-z][A-Za-z0-9_-]*)[ \t]+)?"
DATE = "(?P<date>[0-9]{4}[-./][0-9]{2}[-./][0-9]{2})"
NODE = r"(?P<hostname>[^ \t]+)[ \t]+"
COLLECTED = rf"^{LABEL}1[0-9]{{9}}(?:\.[0-9]+)?{BLANK}"
COLLECTED_BEGINS = (
    r"^(?:(?:-|[A-Za-z][A-Za-z0-9_-]*)[ \t]+)?1[0-9]{9}[. \t]|^[0-9]{1,12}[ \t]+[^ \t]+[ \t]+[^ \t]+[ \t]"
)


def _collected(before: str, shape: Shape, headers: Precedence) -> Steps:
    pattern = f"{COLLECTED}{before}{shape.pattern}{REST_OF_LINE}"
    return Steps(Layout(LEVELED, pattern, key=shape.key, shape=shape), headers)


WITH_AN_EPOCH = Family(
    COLLECTED_BEGINS,
    Precedence(
        (
            _collected(f"(?:{DATE}{BLANK})?{NODE}", ISO, HEADERS_AFTER_NODE),
            _collected(f"{DATE}{BLANK}{NODE}", SYSLOG_DATED, HEADERS_OF_SYSLOG),
            _collected("", ISO, HEADERS),
            Layout(
                LEVELED,
                rf"^(?P<record>[0-9]{{1,12}}){BLANK}(?P<hostname>[^ \t\[]+(?:\[[^\[\]]*\][^ \t\[]*)?)"
                rf"{BLANK}(?P<logger>[^ \t]+){BLANK}"
                rf"(?:(?P<state>[^ \t]+){BLANK})?{EPOCH.pattern}{BLANK}(?:(?P<flag>[0-9]{{1,2}}){BLANK})?{REST}",
                key="record",
                shape=EPOCH,
            ),
        )
    ),
)
"""What supercomputers and clusters collect: an epoch among the columns, and mostly the node's own time: that counts."""

ANY_TIME = any_time(shape for shape in LEADING if shape not in BARE_NUMBERS)
MARKED = r"(?:-|[A-Za-z0-9_./@:#*=-]*[0-9_./@#*=][A-Za-z0-9_./@:#*=-]*)"
"""No word of a sentence: with a digit or a mark within."""
PIPED = r"(?:[0-9]+\|)?[A-Za-z0-9_./-]+[ ]*\|"
FILE = r"[A-Za-z0-9_./-]+\.[A-Za-z0-9]+:(?:[0-9]+:)?"


def _lead(lead: str, text: str = ".*[0-9A-Za-z]") -> Family:
    """Lines in which `lead` stands before a time, which has at least `text` behind it."""
    rest = rf"(?P<rest>[\[(<*]?(?:{ANY_TIME})[^-+0-9A-Za-z]{text}.*)$"
    if not text:
        rest = rf"(?P<rest>[\[(<*]?(?:{ANY_TIME})(?:[^-+0-9A-Za-z].*)?)$"
    whole = Layout(LEVELED, f"^{lead}{rest}", key="rest")
    return Family(without_captures(rf"^{lead}[\[(<*]?{TIMEISH}"), Precedence([whole]))


def _led(*leads: Family) -> Family:
    return Family("|".join(f"(?:{lead.claim})" for lead in leads), Precedence(leads))


LEAD_BEGINS = (
    rf"^[^ \t]+(?:[ \t|:]+[^ \t]+){{0,4}}[ \t|:]+[\[(<*]?{TIMEISH}|^[ ]*[^ \t]*[|:]{TIMEISH}|^#+<|"
    rf"^(?:[A-Z]+: )?\[[^\[\]]*\](?:[ ]?\[[^\[\]]*\])*[ \t:|-]*[\[(<]?{TIMEISH}"
)
_BY_A_LEVEL = _led(
    _lead(rf"[\[(<]?(?P<level>{ANY_LEVEL}){GAP}+{DASH}", text=""),
    _lead(rf"[\[(<]?(?P<level>{ANY_LEVEL}){GAP}+\[(?P<thread>[^\[\]]*)\][ \t:|-]*", text=""),
    _lead(r"(?:[\[(](?P<level>[DIWENCFTV])[\])]|(?P<letter>[DIWEFN]))[ ]"),
)
_BY_A_TAG = _led(
    _lead(r"[ ]*(?P<pid>[0-9]+):"),
    _lead(r"\[#\|"),
    _lead(rf"(?P<tag>{MARKED}(?:{BLANK}{MARKED}){{0,3}}){BLANK}(?:\|[ \t]*)?"),
    _lead(r"\[(?P<tag>[^\[\]]*)\][ \t:|-]*"),
    _lead(r"(?P<tag>(?:[A-Z]+: )?\[[^\[\]]*\](?:[ ]?\[[^\[\]]*\])*)[ \t:|-]*"),
    _lead(rf"(?P<tag>{PIPED}|{FILE})[ ]*"),
    _lead("#+[<]?"),
)
_BY_A_WORD = _lead(rf"(?P<tag>[A-Za-z][A-Za-z0-9_-]*:?){BLANK}")
LED = Family(
    LEAD_BEGINS,
    Precedence(
        (
            Steps(_BY_A_LEVEL, Precedence([Steps(BEGUN, HEADERS_AFTER_LEVEL)])),
            Steps(_BY_A_TAG, Precedence(TIMED)),
            # a plain word may begin a sentence: only where a level follows the time
            Steps(_BY_A_WORD, Precedence([Steps(BEGUN, CLOCK_HEADERS)])),
        )
    ),
)
"""Behind a level, tags or labels."""
