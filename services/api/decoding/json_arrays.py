"""A JSON array to lines: each element on one of its own, whatever the array's layout.

An element keeps its bytes, but a newline in it becomes a space; brackets, commas and blanks between elements go.
Several arrays may follow each other. Where the input stops being an array of objects (it is damaged, or something
comes after it), it goes on as the text it is, until a line begins an object again: no byte that says something is lost.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto

LOOKBACK_BYTES = 256
"""More than `OBJECT_LINE` may span."""
BOM = b"\xef\xbb\xbf"
BLANK = rb"[ \t\r\n]*+"
STRING = rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
PLAIN = rb'[^"\[\]{}]*+'
NESTING = 8
"""Levels within an element that are read in one step; deeper ones take a step a bracket."""


def _nested(levels: int) -> bytes:
    inside = STRING if not levels else rb"(?:" + STRING + rb"|[\[{]" + _nested(levels - 1) + rb"[\]}])"
    return PLAIN + rb"(?:" + inside + PLAIN + rb")*+"


ARRAY = re.compile(BLANK + rb"\[" + BLANK + rb"\{" + BLANK + rb'["}]')
EMPTY_ARRAY = re.compile(BLANK + rb"\[" + BLANK + rb"\]" + BLANK + rb"\Z")
BLANKS = re.compile(BLANK)
SEPARATORS = re.compile(rb"[ \t\r\n,]*+")
ELEMENT = re.compile(rb"[ \t\r\n,]*+(\{" + _nested(NESTING) + rb"[\]}])")
STRUCTURE = re.compile(PLAIN + rb"(?:" + STRING + PLAIN + rb")*+")
REST_OF_STRING = re.compile(rb'[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+')
SCALAR = re.compile(rb"(?:true|false|null|-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,4})?)(?=[ \t\r\n,\]])")
LONGEST_SCALAR_BYTES = 100
OBJECT_LINE = re.compile(rb'\n(?=[ \t]{0,64}+\[?[ \t]{0,64}+\{[ \t\r\n]{0,64}+["}])')
MAYBE_OBJECT_LINE = re.compile(rb"\n[ \t]{0,64}+\[?[ \t]{0,64}+(?:\{[ \t\r\n]{0,64}+)?\Z")


def begins_array(head: bytes, *, is_whole: bool) -> bool:
    """Whether an input that begins with `head` is an array of objects; `[2024-…` and `[INFO]` are lines of text."""
    head = head.removeprefix(BOM)
    return bool(ARRAY.match(head) or (is_whole and EMPTY_ARRAY.match(head)))


class _Place(Enum):
    OUTSIDE = auto()
    """Where an array may begin."""
    BETWEEN = auto()
    """Where an element may begin, or the array end."""
    INSIDE = auto()
    """In an element's brackets."""
    STRING = auto()
    TEXT = auto()
    """What is no array."""


class JsonArrays:
    """Cuts arrays into lines; holds back a few bytes at most."""

    def __init__(self) -> None:
        self._place = _Place.OUTSIDE
        self._depth = 0
        self._held = b""
        self._out: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Takes the input's next bytes; yields what is decided."""
        return self._run(self._held + data, final=False)

    def flush(self) -> Iterator[bytes]:
        """The input is over: an element that is not is a line all the same."""
        return self._run(self._held, final=True)

    def _run(self, data: bytes, *, final: bool) -> Iterator[bytes]:
        steps = {
            _Place.OUTSIDE: self._outside,
            _Place.BETWEEN: self._between,
            _Place.INSIDE: self._inside,
            _Place.STRING: self._string,
            _Place.TEXT: self._text,
        }
        at: int | None = 0
        self._held = b""
        while at is not None and at < len(data):
            at = steps[self._place](data, at, final)
        if self._out:
            out, self._out = b"".join(self._out), []
            yield out

    def _outside(self, data: bytes, at: int, final: bool) -> int | None:
        """Blanks between arrays go."""
        at = _skip_blanks(data, at)
        if at == len(data):
            return None
        if not data.startswith(b"[", at):
            self._place = _Place.TEXT
            return at
        after = _skip_blanks(data, at + 1)
        if after == len(data) and not final:
            self._held = b"["
            return None
        if data[after : after + 1] in (b"{", b"]"):
            self._place = _Place.BETWEEN
        else:
            self._place = _Place.TEXT
            self._out.append(b"[")
        return after

    def _between(self, data: bytes, at: int, final: bool) -> int | None:
        out = self._out
        while element := ELEMENT.match(data, at):
            out += (element[1].replace(b"\n", b" "), b"\n")
            at = element.end()
        separators = SEPARATORS.match(data, at)
        at = separators.end() if separators else at
        if at == len(data):
            return None
        self._depth = 0
        match data[at : at + 1]:
            case b"]":
                self._place = _Place.OUTSIDE
                return at + 1
            case b"{" | b"[":
                self._place = _Place.INSIDE
            case b'"':
                self._place = _Place.STRING
                out.append(b'"')
                return at + 1
            case _:
                return self._scalar(data, at, final)
        return at

    def _inside(self, data: bytes, at: int, final: bool) -> int | None:
        start = at
        while found := STRUCTURE.match(data, at):
            at = found.end()
            if at == len(data):
                break
            byte = data[at : at + 1]
            at += 1
            if byte == b'"':
                self._place = _Place.STRING
                break
            self._depth += 1 if byte in b"[{" else -1
            if self._depth <= 0:
                self._emit(data[start:at])
                return self._end_element(at)
        self._emit(data[start:at])
        return at

    def _string(self, data: bytes, at: int, final: bool) -> int | None:
        rest = REST_OF_STRING.match(data, at)
        end = rest.end() if rest else at
        self._emit(data[at:end])
        if end == len(data):
            return None
        byte = data[end : end + 1]
        if byte == b"\\" and end + 1 == len(data) and not final:
            self._held = byte
            return None
        if byte == b'"':
            self._out.append(byte)
            self._place = _Place.INSIDE
            return self._end_element(end + 1) if not self._depth else end + 1
        # A string does not go over a line's end: this is no JSON, and no bracket after it can be trusted.
        self._place = _Place.TEXT
        return end

    def _scalar(self, data: bytes, at: int, final: bool) -> int | None:
        if found := SCALAR.match(data, at):
            self._out.append(found[0])
            return self._end_element(found.end())
        if len(data) - at < LONGEST_SCALAR_BYTES and not final:
            self._held = data[at:]
            return None
        self._place = _Place.TEXT
        return at

    def _text(self, data: bytes, at: int, final: bool) -> int | None:
        if begins := OBJECT_LINE.search(data, at):
            self._out.append(data[at : begins.end()])
            after = _skip_blanks(data, begins.end())
            self._place = _Place.OUTSIDE if data[after : after + 1] == b"[" else _Place.BETWEEN
            return begins.end()
        maybe = None if final else MAYBE_OBJECT_LINE.search(data, max(at, len(data) - LOOKBACK_BYTES))
        end = maybe.start() if maybe else len(data)
        self._out.append(data[at:end])
        self._held = data[end:]
        return None

    def _emit(self, part: bytes) -> None:
        if part:
            self._out.append(part.replace(b"\n", b" "))

    def _end_element(self, at: int) -> int:
        self._out.append(b"\n")
        self._place = _Place.BETWEEN
        return at


def _skip_blanks(data: bytes, at: int) -> int:
    blanks = BLANKS.match(data, at)
    return blanks.end() if blanks else at
