"""Lines that no format takes: the line is the message, with whatever time, level and address can be seen in it."""

import polars as pl

from shared.parsing.clues import find_times, with_clues
from shared.parsing.columns import constant, with_fields
from shared.parsing.hints import Reference

PLAIN = "plain"


def read_plain(lines: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Adds `format`, the line as `message`, and what can be found in it."""
    fields = [
        constant("format", PLAIN, pl.String(), len(lines)),
        lines["text"].alias("message"),
        find_times(lines["text"], reference),
    ]
    return with_clues(with_fields(lines, fields))
