"""Lines that no format takes: the line is the message, with whatever time, level and address can be seen in it."""

import polars as pl

from shared.parsing.addresses import find_addresses
from shared.parsing.hints import Reference
from shared.parsing.severity import severity_in_text

PLAIN = "plain"


def read_plain(lines: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Every line as a record."""
    return with_clues(lines.with_columns(pl.lit(PLAIN).alias("format"), pl.col("text").alias("message")))
