"""The bytes of a batch to its lines, cut at LF only."""

import polars as pl

BOM = "\ufeff"
NUL_SHOWN = "\u2400"


def split_lines(body: bytes, first_line: int) -> pl.DataFrame:
    """One row a line: line_no (Int64, from `first_line`), line_count (Int32), text (String), raw (Binary).

    `text` is readable: without the CR of a CRLF, NUL shown as U+2400, broken UTF-8 as U+FFFD, and without the byte
    order mark of an input's first line. `raw` is the line's own bytes without its LF.
    """
    text, raw = _cut(body.removesuffix(b"\n"), first_line) if body else ([], None)
    texts = pl.Series("text", text, dtype=pl.String)
    return pl.DataFrame(
        [
            pl.int_range(first_line, first_line + len(text), dtype=pl.Int64, eager=True).alias("line_no"),
            pl.repeat(1, len(text), dtype=pl.Int32, eager=True).alias("line_count"),
            texts,
            texts.cast(pl.Binary).alias("raw") if raw is None else pl.Series("raw", raw, dtype=pl.Binary),
        ]
    )


def _cut(body: bytes, first_line: int) -> tuple[list[str], list[bytes] | None]:
    """The readable lines, and their bytes where any line's differ from its text."""
    decoded = body.decode("utf-8", "replace")
    readable = decoded.replace("\r\n", "\n").removesuffix("\r").replace("\0", NUL_SHOWN)
    if first_line == 1:
        readable = readable.removeprefix(BOM)
    exact = readable is decoded and ("\ufffd" not in decoded or decoded.encode() == body)
    return readable.split("\n"), None if exact else body.split(b"\n")
