"""Which lines below a header can be rows of it: those whose cells look like what the columns' names promise."""

from collections.abc import Mapping
from functools import cache

from shared.parsing.field_names import FALLBACK
from shared.parsing.fields import MILLISECONDS
from shared.parsing.headers import CLOUDFRONT, CSV, TSV, VPC_FLOW, W3C, Header, meanings_of
from shared.parsing.levels import MORE_WORDS
from shared.parsing.patterns import one_of
from shared.parsing.severity import WORDS
from shared.parsing.timestamps import MONTH_WORD, WEEKDAY
from shared.parsing.zones import ZONE_NAME

MOST_LOOKED_AT = 48
ENOUGH_BY_DIRECTIVE = 5
ENOUGH_BY_NAME = 3
NEAR_THE_BEGINNING = 5
"""Columns to check, and where: more of a line costs more, and would hardly tell more."""

NUMBER = r"[-+]?[0-9][0-9.]*(?:[eE][-+]?[0-9]+)?"
DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
ADDRESS = r"\[?[0-9A-Fa-fxX*]*[.:][0-9A-Fa-fxX*.:]*(?:%[0-9A-Za-z]+)?(?:\](?::[0-9]+)?)?"
METHOD = r"(?:\[[0-9]+\])?[A-Z][A-Za-z_-]*"
"""IIS has numbers before those of FTP, and for its channels words with small letters."""
WORD_OF_A_TIME = (
    rf"[TtZz]|[AaPp](?:\.[Mm]\.|[Mm])|{MONTH_WORD}|{WEEKDAY}[a-z]*|{ZONE_NAME}|[A-Z][a-z]+/[A-Za-z_/]+|"
    "at|st|nd|rd|th"
)
PIECE_OF_A_TIME = f"[-0-9:./+_ ]|{WORD_OF_A_TIME}"
TIME = rf"(?:{PIECE_OF_A_TIME})*[0-9](?:{PIECE_OF_A_TIME}|[()\[\]])*|{NUMBER} ?(?:[num\u00b5]?s|secs?)"
LEVEL = rf"[\[(<]*(?i-u:(?:loglevel\.)?{one_of(sorted({*WORDS, *MORE_WORDS}))})[\])>:]*|[0-9]+"
LOOSE_LEVEL = f"{LEVEL}|[A-Za-z][A-Za-z0-9_.-]*"
"""Enough where other columns are looked at as well: not all have a log's levels (Low, High, P1)."""
AMOUNT = rf"{NUMBER} ?[A-Za-z%\u00b5]*"
SPAN = r"(?:[0-9][0-9.:]* ?[A-Za-z\u00b5]*,? ?)+|P[0-9DTHMS.]+"
PROCESS = "(?:0x)?[0-9A-Fa-f]+"
STATUS = r"[0-9]{3}(?: [A-Za-z' -]+)?|[^ \",;|\t]+"
"""Of whatever: not only HTTP has them."""
NOTHING = r"-|[Nn]/?[Aa][Nn]?|NaN|[Nn]ull|NULL|[Nn]one|nil|\\N"

BY_DIRECTIVE: Mapping[str, str] = {
    **{"date": DATE, "time": CLOCK, "cs-method": METHOD},
    **dict.fromkeys(("timestamp", "datetime", "date-time"), TIME),
    **dict.fromkeys(("c-ip", "s-ip", "r-ip", "src-ip", "dst-ip", "client-ip", "client_ip", "server-ip"), ADDRESS),
    **dict.fromkeys(("sc-status", "sc-substatus", "sc-win32-status", "sc-bytes", "cs-bytes", "size"), NUMBER),
    **dict.fromkeys(("s-port", "c-port", "src-port", "dst-port", "time-taken"), NUMBER),
}
"""What the columns that a #Fields line names hold, by their names in lower case."""

OF_A_FLOW: Mapping[str, str] = {
    **dict.fromkeys(("srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr"), ADDRESS),
    **dict.fromkeys(("version", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end"), NUMBER),
}
BY_FIELD: Mapping[str, str] = {
    **{"time": TIME, "date": TIME, "level": LOOSE_LEVEL, "status": STATUS, "bytes": AMOUNT, "pid": PROCESS},
    **dict.fromkeys(MILLISECONDS, SPAN),
}
"""What columns hold whose names surely mean that field."""


@cache
def row_claim(header: Header) -> str:
    """A pattern that lines have to match to be rows under `header`; matches all where its names promise nothing."""
    promised = _first_promises(header)
    if not promised:
        return ""
    if header.separator == " ":
        ways = [_spaced(promised, " "), _quoted(promised, " "), _spaced(promised, "\t"), _quoted(promised, "\t")]
    elif header.separator == "\t":
        ways = [_spaced(promised, "\t"), _quoted(promised, "\t")]
    else:
        ways = [_quoted(promised, header.separator)]
    return "|".join(f"^(?:{way})" for way in ways)


def _first_promises(header: Header) -> list[str | None]:
    """Those of the columns up to the last that is checked."""
    promised = _promises(header)[:MOST_LOOKED_AT]
    places = [place for place, pattern in enumerate(promised) if pattern is not None]
    if header.format in (CSV, TSV):
        near = [place for place in places[:ENOUGH_BY_NAME] if place < NEAR_THE_BEGINNING]
        places = near or places[:1]
    return promised[: places[:ENOUGH_BY_DIRECTIVE][-1] + 1] if places else []


def _promises(header: Header) -> list[str | None]:
    """A pattern for the cells of each column, None for those that may hold anything."""
    if header.format in (W3C, CLOUDFRONT):
        return [BY_DIRECTIVE.get(name.lower()) for name in header.names]
    if header.format == VPC_FLOW:
        return [OF_A_FLOW.get(name.replace("_", "-")) for name in header.names]
    promised = [_by_meaning(name) for name in header.names]
    if sum(pattern is not None for pattern in promised) == 1:
        return [LEVEL if pattern == LOOSE_LEVEL else pattern for pattern in promised]
    return promised


def _by_meaning(name: str) -> str | None:
    surest = min(meanings_of(name), key=lambda meaning: meaning.rank, default=None)
    return BY_FIELD.get(surest.field) if surest and surest.rank < FALLBACK else None


def _spaced(promised: list[str | None], separator: str) -> str:
    """Cells between separators, where quotes mean nothing but around a whole value."""
    blank = "" if separator == " " else "?"
    cells = [f"[^{separator}\t]*" if pattern is None else f'"?(?:{pattern}|{NOTHING}){blank}"?' for pattern in promised]
    return _row(cells, separator)


def _quoted(promised: list[str | None], separator: str) -> str:
    """Cells between separators, where those inside quotes do not count."""
    pad, maybe = ("", "") if separator == " " else (" *", "?")
    any_text = f'{pad}"(?:[^"]|"")*"{pad}|[^"{separator}]*'
    cells = [
        any_text
        if pattern is None
        else f'{pad}(?:{pattern}|{NOTHING}){maybe}{pad}|{pad}"(?:{_with_commas(pattern)}|{NOTHING}){maybe}"{pad}'
        for pattern in promised
    ]
    return _row([f"(?:{cell})" for cell in cells], separator)


def _with_commas(pattern: str) -> str:
    """Times whose fractions, or days, are behind commas."""
    return pattern.replace(PIECE_OF_A_TIME, f"{PIECE_OF_A_TIME}|,")


def _row(cells: list[str], separator: str) -> str:
    between = f"[{separator}]"
    return between.join(cells) + f"(?:{between}|$)"
