"""Records that the database refuses become rejected lines: nothing of their bytes is lost."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from shared.parsing import REJECTED_SCHEMA, ParsedBatch

REFUSED_BY_DATABASE = "refused_by_database"

MOST_REFUSED = 500
FEW = 10


def is_about_rows(refused: int, records: int) -> bool:
    """Whether it is the rows' fault: not if there are many, or most of a batch. Then it is the table's, or ours."""
    return refused <= min(MOST_REFUSED, max(FEW, records // 2))


def reject(parsed: ParsedBatch, refused: Mapping[int, str]) -> ParsedBatch:
    """The same lines, with the records at the places `refused` among the rejected ones, each with its detail."""
    places = pl.Series("place", list(refused), dtype=pl.UInt32)
    taken = parsed.records[places].with_columns(
        reason=pl.lit(REFUSED_BY_DATABASE),
        detail=pl.Series(list(refused.values()), dtype=pl.String),
        raw=pl.col("raw").fill_null(pl.col("message").cast(pl.Binary)),
    )
    stays = ~pl.int_range(len(parsed.records), dtype=pl.UInt32, eager=True).is_in(places.implode())
    rejected = pl.concat([parsed.rejected, taken.select(list(REJECTED_SCHEMA))]).sort("line_no")
    return replace(parsed, records=parsed.records.filter(stays), rejected=rejected)
