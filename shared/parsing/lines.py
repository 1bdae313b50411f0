"""The bytes of a batch to its lines, cut at LF only; each line's text depends on its own bytes alone."""

import re
from contextlib import suppress
from typing import AnyStr

import polars as pl

from shared.parsing.columns import constant

BOM = "\ufeff"
NUL_SHOWN = "\u2400"
LF_SHOWN = "\u240a"

ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # colours and movements
    r"|\][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # titles and links
    r"|[PX^_][^\x1b\n]*\x1b\\|[ -/]*[0-~])?"
)
SPELLED_ESCAPE = re.compile(r"(?:\^\[|#033)\[[0-9;]*[A-Za-z]|(?<!\\)(?:\\u001[bB]\[[0-9;]*[A-Za-z])+")
"""As shells, rsyslog and JSON write the escape byte."""
MAY_BE_SPELLED = r"\^\[\[|#033\[|\\u001[bB]\["

LIKE_UTF8 = re.compile(rb"[\xc0-\xf7][\x80-\xbf]")
UNLIKE_WESTERN = re.compile(
    rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\x81\x83\x86-\x88\x8b\x8d\x8f\x90\x98\x9b\x9d\xad\xff]|[\x80-\xff]{4}"
)
"""What text in Windows-1252 hardly has: control characters, rare signs, four letters in a row that are not ASCII."""


def split_lines(body: bytes, first_line: int, charset: str | None = None) -> pl.DataFrame:
    """One row a line: line_no (Int64, from `first_line`), line_count (Int32), text (String), raw (Binary).

    `text` is readable: without the CR of a CRLF and without terminal escapes, NUL shown as U+2400, and without the byte
    order mark of an input's first line. Lines that are no UTF-8 are read as `charset`; without one as Windows-1252
    where that is plausible, else with U+FFFD for what is broken. `raw` is the line's own bytes without its LF.
    """
    decoded, is_exact = _decode(body, charset)
    readable = _readable(decoded, is_first=first_line == 1)
    is_exact = is_exact and readable is decoded
    text = pl.Series("text", _cut(readable, "\n", body), dtype=pl.String)
    own = text.cast(pl.Binary).alias("raw") if is_exact else pl.Series("raw", _cut(body, b"\n", body), dtype=pl.Binary)
    return pl.DataFrame(
        [
            pl.int_range(first_line, first_line + len(text), dtype=pl.Int64, eager=True).alias("line_no"),
            constant("line_count", 1, pl.Int32(), len(text)),
            _without_spelled_escapes(text),
            own,
        ]
    )


def readable_line(line: bytes, *, is_first: bool = False, charset: str | None = None) -> str:
    """The text of one line, without its LF, as `split_lines` tells it."""
    text = _readable(_decode_line(line, charset), is_first=is_first)
    return SPELLED_ESCAPE.sub("", text) if "[" in text else text


def original_text(raw: bytes, charset: str | None = None) -> str:
    """A record's own bytes as text, nothing left out; decoded line by line as `split_lines` does."""
    return _decode(raw, charset)[0]


def _decode(body: bytes, charset: str | None) -> tuple[str, bool]:
    """The same number of lines, and whether they are the very same bytes in UTF-8."""
    try:
        return body.decode(), True
    except UnicodeDecodeError:
        decoded = body.decode("utf-8", "replace").split("\n")
    pieces = body.split(b"\n")
    for place, text in enumerate(decoded):
        if "\ufffd" in text:
            decoded[place] = _decode_line(pieces[place], charset)
    return "\n".join(decoded), False


def _decode_line(line: bytes, charset: str | None) -> str:
    with suppress(UnicodeDecodeError):
        return line.decode()
    if charset:
        with suppress(LookupError, ValueError):
            text = line.decode(charset, "replace").replace("\n", LF_SHOWN)
            return text.encode("utf-8", "replace").decode()
    is_western = not LIKE_UTF8.search(line) and not UNLIKE_WESTERN.search(line)
    return line.decode("cp1252" if is_western else "utf-8", "replace")


def _readable(decoded: str, *, is_first: bool) -> str:
    """The same number of lines; the very same object where there is nothing to change."""
    if is_first:
        decoded = decoded.removeprefix(BOM)
    if "\x1b" in decoded:
        decoded = ESCAPE.sub("", decoded)
    if "\r" in decoded:
        decoded = decoded.replace("\r\n", "\n").removesuffix("\r")
    return decoded.replace("\0", NUL_SHOWN)


def _without_spelled_escapes(text: pl.Series) -> pl.Series:
    spelled = text.str.contains(MAY_BE_SPELLED)
    if not spelled.any():
        return text
    places = spelled.arg_true()
    return text.scatter(places, [SPELLED_ESCAPE.sub("", line) for line in text.gather(places)])


def _cut(text: AnyStr, line_feed: AnyStr, body: bytes) -> list[AnyStr]:
    """The pieces of `text`, which is `body` or says the same."""
    pieces = text.split(line_feed)
    if not body or body.endswith(b"\n"):
        pieces.pop()
    return pieces
