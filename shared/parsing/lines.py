"""The bytes of a batch to its lines, cut at LF only."""

from typing import AnyStr

import polars as pl

from shared.parsing.columns import constant

BOM = "\ufeff"
NUL_SHOWN = "\u2400"


def split_lines(body: bytes, first_line: int) -> pl.DataFrame:
    """One row a line: line_no (Int64, from `first_line`), line_count (Int32), text (String), raw (Binary).

    `text` is readable: without the CR of a CRLF, NUL shown as U+2400, broken UTF-8 as U+FFFD, and without the byte
    order mark of an input's first line. `raw` is the line's own bytes without its LF.
    """
    decoded = body.decode("utf-8", "replace")
    readable = _readable(decoded, first_line)
    exact = readable is decoded and ("\ufffd" not in decoded or decoded.encode() == body)
    text = pl.Series("text", _cut(readable, "\n", body), dtype=pl.String)
    return pl.DataFrame(
        [
            pl.int_range(first_line, first_line + len(text), dtype=pl.Int64, eager=True).alias("line_no"),
            constant("line_count", 1, pl.Int32(), len(text)),
            text,
            text.cast(pl.Binary).alias("raw") if exact else pl.Series("raw", _cut(body, b"\n", body), dtype=pl.Binary),
        ]
    )


def _readable(decoded: str, first_line: int) -> str:
    """The same number of lines; the very same object where there is nothing to change."""
    if first_line == 1:
        decoded = decoded.removeprefix(BOM)
    if "\r" in decoded:
        decoded = decoded.replace("\r\n", "\n").removesuffix("\r")
    return decoded.replace("\0", NUL_SHOWN)


def _cut(text: AnyStr, line_feed: AnyStr, body: bytes) -> list[AnyStr]:
    """The pieces of `text`, which is `body` or says the same."""
    pieces = text.split(line_feed)
    if not body or body.endswith(b"\n"):
        pieces.pop()
    return pieces
