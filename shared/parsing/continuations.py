"""Which lines go on with the record before them: frames of a trace, indented lines, DETAIL lines, an object's end.

What a line may be is told by that line alone (`look_at`); whether it goes on is decided by its record from its first
line on (`RecordLines`) and never by what follows. So grouping can begin at any record and come to the same. Of two
lines that are both nothing in particular, one right after the other, the second always begins a record; and a line
that shows a time, a level or a whole object at its start always does.

Lines that a container's runtime put a beginning before (Kubernetes' CRI, docker compose) are told by what follows it,
and go on only behind lines of the same stream or service.

Of a very long line only both its ends are looked at (`condensed`); the patterns take linear time all the same.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

HEAD_CHARS = 1024
TAIL_CHARS = 64
"""How much of a longer line is looked at, from its start and to its end."""
GAP = "\0"
"""Stands for the middle of such a line; no line's text contains it."""

MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
LEVEL = "(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|SEVERE|CRITICAL|FATAL|PANIC|ALERT|EMERG)"
QUIET_LEVEL = "(?i:trace|debug|info|notice|warn(?:ing)?|err(?:or)?|severe|crit(?:ical)?|fatal|panic)"
CLOCK = "[0-9]{2}:[0-9]{2}"

CRI = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})"
    r" (?:stdout|stderr) [FP](?::[^ \x00]*)?(?: |$)"
)
COMPOSE = r"[A-Za-z0-9][A-Za-z0-9_.-]*[-_][0-9]+ +\|(?: |$)"
WRAPPER = re.compile(
    CRI.replace("(?:stdout|stderr) [FP]", "(?P<stream>stdout|stderr) (?P<flag>[FP])") + f"|(?P<service>{COMPOSE})"
)

WHOLE_OBJECT = r"\{.*\}[ \t]*$"
ACCESS_LINE = rf"(?:[^ \t]+ ){{3,4}}\[[0-9]{{2}}/{MONTH}/"
BEGINNING = "|".join(
    (
        rf"[\[(<\"]?[0-9]{{4}}[-/.][0-9]{{2}}[-/.][0-9]{{2}}[T _-]?{CLOCK}",
        rf"[\[(]?[0-9]{{1,2}}[-/. ](?:{MONTH}|[0-9]{{2}})[-/. ][0-9]{{2,4}}[ :T]{CLOCK}",
        rf"[\[(]?(?:{WEEKDAY},? )?(?:{MONTH} {{1,2}}[0-9]{{1,2}}|[0-9]{{1,2}} {MONTH}),? (?:[0-9]{{4}},? )?{CLOCK}",
        rf"[\[(]?[0-9]{{2}}-[0-9]{{2}} {CLOCK}|[0-9]{{6}} [0-9]{{6}} |[0-9]{{10}}(?:\.[0-9]+)?[ \t]",
        rf"<[0-9]{{1,3}}>|[IWEF][0-9]{{4}} {CLOCK}|[DIWEFA], \[|(?:time|ts|timestamp|level|lvl)=",
        rf"[\[(<]?{LEVEL}[\])>]?(?:[ \t]*[:|]|[ \t]|$)",
        r"[0-9]+ [A-Z][a-z]+(?: [A-Za-z]+)?\t",  # MySQL's general log, within the same second
        ACCESS_LINE,
        WHOLE_OBJECT,
    )
)
"""How lines begin that never go on with another, whatever came before."""

KINDS = {
    "blank": r"[ \t]*$",
    "frame": (
        r"[ \t]+(?:at |from |File \"|#[0-9]|\.\.\. [0-9]|Caused by: |Suppressed: |\^|---|[0-9]+: "
        r"|/[^ ]*:[0-9]|thrown in )"
    ),
    "indented": r"[ \t]",
    "brace": r"\{[ \t]*$",
    "closing": r"[\"']?[}\])]+[,;]?[ \t]*$",
    "cause": r"Caused by: |Suppressed: |\.\.\. [0-9]+ (?:more|common)",
    "traceback": r"Traceback \(most recent call last\)",
    "chain": r"During handling of the above exception|The above exception was the direct cause",
    "exception": (
        r"(?:Exception in thread \"[^\"]*\" |(?:Uncaught|Unhandled)(?: exception[.:])? )?"
        r"(?:[A-Za-z_$][A-Za-z0-9_.$+`\\/:]*)?"
        r"(?:Exception|Error|Throwable|[a-z.]Fault|[a-z.]Warning|SystemExit|Interrupt)(?::? ?$|: | ?\()"
        r"|[A-Z][A-Za-z0-9]*(?:::[A-Z][A-Za-z0-9]*)+ \("
    ),
    "panic": "panic: |fatal error: |thread '",
    "stack": (
        r"at [A-Za-z_$<][^ ]*\(|at [^ A-Za-z/]*[A-Za-z/][^ ]*:[0-9]|#[0-9]+ |\{main\}|\[stacktrace\]|Stack trace:"
        r"|goroutine [0-9]+ \[|(?:\[[^\]]*\] )?PHP (?:Stack trace:| +[0-9]+\. )|stack backtrace:"
        r"|(?:from )?[^ :]+\.rb:[0-9]+:in "
    ),
    "late": (
        r"---|created by |panic\(|exit status |\[signal |note: run with |Node\.js v"
        r"|[A-Za-z_][A-Za-z0-9_/-]*\.[A-Za-z0-9_./*()\[\]{}, ?-]*\)$"
    ),
    "slow_query": r"# [A-Z][A-Za-z_@]*: |# administrator command: |SET timestamp=[0-9]|use [^ ]+;$",
}
"""What a line may be that goes on with another: the first that matches. For Python's regex and Rust's alike."""

POSTGRES_DETAIL = "(?:DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION):  "
POSSIBLE = rf"^(?:(?:{CRI}|{COMPOSE})?(?:{'|'.join(KINDS.values())})|{CRI.replace('[FP]', 'P')})"
"""Matches, with POSTGRES_DETAIL, all lines that may go on, and those behind which any line may; few others."""

BLANK = rf"^{KINDS['blank']}"
TRACED = rf"^{KINDS['frame']}"
INDENTED_BEGINNING = rf"^[ \t]+(?:{BEGINNING})"
"""To tell lines of these kinds many at once: blank ones, and indented ones that begin no record, come in runs."""

_BEGINNING = re.compile(BEGINNING)
_INDENTED_BEGINNING = re.compile(INDENTED_BEGINNING)
_KINDS = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in KINDS.items()))
_POSTGRES_DETAIL = re.compile(POSTGRES_DETAIL)
_POSTGRES = re.compile(rf"(?:LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG[1-5]?):  |{POSTGRES_DETAIL}")
_PID = re.compile(r"\[([0-9]+)\]")
_DIGITS = re.compile("[0-9]+")
_CLOSED = re.compile(rf"[ \t]*{WHOLE_OBJECT}|{ACCESS_LINE}")
_SHOWS_TIME_OR_LEVEL = re.compile(
    rf"[ \t\[(<]*{QUIET_LEVEL}[\])>:|]|.{{0,160}}?(?:{CLOCK}:[0-9]{{2}}|\b{LEVEL}\b|\[{QUIET_LEVEL}\]|\blevel=)"
)

OPEN_A_TRACE = frozenset(("frame", "cause", "traceback", "chain", "exception", "panic", "stack"))
BARE_TRACES = frozenset(("cause", "traceback", "exception", "panic"))
ALWAYS_BEGIN = frozenset(("brace", "panic"))
INSIDE = frozenset(("blank", "frame", "indented"))
AWAIT_ANYTHING = frozenset((*INSIDE, "panic", "slow_query"))
"""Behind which a line that is nothing in particular may go on; behind the first three only under a `traceback`."""


class Sight(NamedTuple):
    """What a line may be: one of KINDS, `postgres_detail` or "", told by `content`.

    `wrapper`: whose line it is, for a container's; `is_partial`: the line goes on in the next one of the same.
    """

    kind: str
    content: str
    wrapper: str
    is_partial: bool

    @property
    def is_in_disguise(self) -> bool:
        """Whether it adds something else than its text."""
        return bool(self.wrapper) or self.kind == "postgres_detail"

    @property
    def added(self) -> str:
        """What it adds to its record's message."""
        if self.kind == "postgres_detail" and (detail := _POSTGRES_DETAIL.search(self.content)):
            return self.content[detail.start() :]
        return self.content

    def begins_surely(self, before: "Sight") -> bool:
        """Whether it begins a record behind the line `before`, whatever came before that."""
        if before.is_partial:
            return False
        return self.kind == "brace" or self.shows_beginning or (not self.kind and before.kind not in AWAIT_ANYTHING)

    @property
    def shows_beginning(self) -> bool:
        """Whether it is nothing that goes on, and begins as records do."""
        return not self.kind and _BEGINNING.match(condensed(self.content.lstrip(" \t"))) is not None


def condensed(text: str) -> str:
    """What of a line is looked at: all of it, or both its ends."""
    if len(text) <= HEAD_CHARS + TAIL_CHARS:
        return text
    return f"{text[:HEAD_CHARS]}{GAP}{text[-TAIL_CHARS:]}"


def look_at(text: str) -> Sight:
    """What the line `text` may be."""
    looked_at = condensed(text)
    if text[:1].isalnum() and (wrapped := WRAPPER.match(looked_at)):
        end = wrapped.end()
        wrapper, is_partial = wrapped["stream"] or wrapped["service"], wrapped["flag"] == "P"
        return Sight(_kind_of(looked_at[end:]), text[end:], wrapper, is_partial)
    return Sight(_kind_of(looked_at), text, "", is_partial=False)


def _kind_of(content: str) -> str:
    kinds = _KINDS.match(content)
    kind = (kinds and kinds.lastgroup) or ""
    if kind in ("frame", "indented") and _INDENTED_BEGINNING.match(content):
        return ""
    if not kind and ":  " in content and _POSTGRES_DETAIL.search(content):
        return "postgres_detail"
    return kind


@dataclass(frozen=True, slots=True)
class RecordBounds:
    """The most lines and bytes (with line ends) of a record of several lines; the next line begins another."""

    lines: int = 5000
    bytes: int = 256 * 1024


class RecordLines:
    """Follows the lines of one record after the other; bounded whatever the lines."""

    def __init__(self, bounds: RecordBounds) -> None:
        self._bounds = bounds
        self._first: Sight | None = None
        self._closed: bool | None = None
        self._lines = self._bytes = 0
        self._is_partial = self._in_trace = self._has_indented = self._in_python = False
        self._awaited = ""

    @property
    def is_bare_trace(self) -> bool:
        """Whether the record begins with the head of a trace, so that no line of a log tells its time or level."""
        return self._first is not None and self._first.kind in BARE_TRACES

    def begin(self, line: Sight, size_bytes: int) -> None:
        """Begins a record with `line`."""
        self._first = line
        self._closed = True if line.kind in ("blank", "closing") else None
        self._lines, self._bytes = 1, size_bytes
        self._in_trace = self._has_indented = self._in_python = False
        self._awaited = ""
        self._note(line)

    def goes_on(self, line: Sight, size_bytes: int) -> bool:
        """Whether `line` belongs to the record; if so, it is part of it from now on."""
        if self._first is None or self._lines >= self._bounds.lines or self._bytes + size_bytes > self._bounds.bytes:
            return False
        if not self._takes(self._first, line):
            return False
        self._lines += 1
        self._bytes += size_bytes
        self._note(line)
        return True

    def goes_on_inside(self, lines: int, size_bytes: int, *, in_trace: bool, last: Sight) -> bool:
        """As `goes_on`, for more indented lines behind one that is part of the record; for all of them or none.

        `in_trace`: whether any of them is one of a trace.
        """
        if self._lines + lines > self._bounds.lines or self._bytes + size_bytes > self._bounds.bytes:
            return False
        self._lines += lines
        self._bytes += size_bytes
        self._in_trace = self._in_trace or in_trace
        self._note(last)
        return True

    def _takes(self, first: Sight, line: Sight) -> bool:
        if line.wrapper != first.wrapper:
            return False
        if self._is_partial:
            return True
        if line.kind in ALWAYS_BEGIN:
            return False
        if self._awaited in ("tail", "message", "statement") and line.kind not in INSIDE and line.kind != "traceback":
            return not line.shows_beginning
        return bool(line.kind) and not self._is_closed(first) and self._takes_kind(first, line)

    def _takes_kind(self, first: Sight, line: Sight) -> bool:
        match line.kind:
            case "blank":
                return self._in_trace or first.kind == "brace"
            case "closing":
                return self._has_indented or self._in_trace or first.kind == "brace"
            case "chain" | "late":
                return self._in_trace
            case "traceback":
                return self._awaited == "traceback" or _shows_time_or_level(first)
            case "exception":
                return self._awaited == "head" or _shows_time_or_level(first)
            case "slow_query":
                return self._takes_slow_query(first, line)
            case "postgres_detail":
                return _postgres_process(first) == _postgres_process(line)
            case _:
                return True

    def _takes_slow_query(self, first: Sight, line: Sight) -> bool:
        if line.content.startswith("# User@Host"):
            return self._lines == 1 and first.content.startswith("# Time: ")
        return not line.content.startswith("# Time: ") and first.content.startswith(("# Time: ", "# User@Host"))

    def _is_closed(self, first: Sight) -> bool:
        """Whether the first line is complete: nothing of those formats is written on more lines."""
        if self._closed is None:
            self._closed = _CLOSED.match(condensed(first.content)) is not None
        return self._closed

    def _note(self, line: Sight) -> None:
        kind = line.kind
        self._is_partial = line.is_partial
        self._in_trace = self._in_trace or kind in OPEN_A_TRACE
        self._has_indented = self._has_indented or kind in ("indented", "frame")
        self._awaited = self._awaited_after(line)
        self._in_python = kind == "traceback" or (self._in_python and kind in INSIDE)
        if kind == "closing" and self._first is not None and self._first.kind == "brace":
            self._closed = True

    def _awaited_after(self, line: Sight) -> str:
        """What the next line, or one soon, is likely to be, and could not be told by itself."""
        match line.kind:
            case "blank":
                return self._awaited if self._awaited in ("head", "traceback") else ""
            case "indented" | "frame" if self._in_python:
                return "tail"
            case "frame" if line.content.lstrip(" \t").startswith("^"):
                return "head"
            case "chain":
                return "traceback"
            case "panic" if line.content.startswith("thread '") and line.content.endswith(":"):
                return "message"
            case "slow_query" if line.content.startswith("SET timestamp="):
                return "statement"
            case _:
                return ""


def _shows_time_or_level(line: Sight) -> bool:
    return _SHOWS_TIME_OR_LEVEL.match(condensed(line.content)) is not None


def _postgres_process(line: Sight) -> str | None:
    """What is the same before all lines of one message of PostgreSQL's; None for no such line."""
    content = condensed(line.content)
    told = _POSTGRES.search(content)
    if told is None:
        return None
    prefix = content[: told.start()]
    pid = _PID.search(prefix)
    return pid[1] if pid else _DIGITS.sub("0", prefix)
