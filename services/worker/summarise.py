"""A batch's records to its partial: grouped in Polars, counted into mergeable sketches."""

from datetime import datetime

import numpy as np
import polars as pl

from shared.parsing import ParsedBatch
from shared.severity import level_of
from shared.summary import (
    Partial,
    RollupRow,
    Summary,
    count_distinct,
    count_frequent,
    sketch_latencies,
)

BUCKET = "1m"


def summarise(parsed: ParsedBatch, keywords: list[str]) -> Partial:
    """The sums of one batch. `keywords` are matched case-insensitively, counted once a record."""
    records = parsed.records
    keyworded = _keyword_hits(records, keywords)
    ips = _count(records["client_ip"])
    return Partial(
        summary=Summary(
            records=len(records),
            lines_stored=int(records["line_count"].sum()),
            lines_rejected=int(parsed.rejected["line_count"].sum()),
            levels=_levels(_count(records["severity"].fill_null(0))),
            keywords=_count(keyworded["keyword"]),
            statuses=_count(records["status"]),
            formats=parsed.format_counts,
            reject_reasons=_count(parsed.rejected["reason"]),
            ips=count_frequent(ips),
            distinct_ips=count_distinct(ips) if ips else b"",
            paths=count_frequent(_count(_paths(records["url"]))),
            latencies=_latencies(records["duration_ms"]),
            first_logged_at=_moment(records["logged_at"].min()),
            last_logged_at=_moment(records["logged_at"].max()),
        ),
        rollups=[
            *_rollups(records, "severity", "level"),
            *_rollups(records, "status", "status"),
            *_rollups(keyworded, "keyword", "keyword"),
        ],
    )


def _count(column: pl.Series) -> dict[str, int]:
    counts = column.drop_nulls().rename("value").value_counts(name="count")
    return dict(zip(counts["value"].cast(pl.String), counts["count"], strict=True))


def _levels(by_severity: dict[str, int]) -> dict[str, int]:
    levels: dict[str, int] = {}
    for severity, count in by_severity.items():
        level = level_of(int(severity))
        levels[level] = levels.get(level, 0) + count
    return levels


def _keyword_hits(records: pl.DataFrame, keywords: list[str]) -> pl.DataFrame:
    """Columns logged_at and keyword (lower case): a row for each record and each different keyword in it."""
    wanted = [keyword.lower() for keyword in keywords]
    hit = records.filter(pl.col("message").str.contains_any(keywords, ascii_case_insensitive=True))
    found = pl.col("message").str.to_lowercase().str.extract_many(wanted, overlapping=True).list.unique()
    return hit.select("logged_at", found.alias("keyword")).explode("keyword").drop_nulls("keyword")


def _paths(urls: pl.Series) -> pl.Series:
    return urls.str.split_exact("?", 1).struct.field("field_0")


def _latencies(durations_ms: pl.Series) -> bytes:
    return sketch_latencies(durations_ms.drop_nulls().cast(pl.Float32).to_numpy().astype(np.float32))


def _rollups(records: pl.DataFrame, column: str, dimension: str) -> list[RollupRow]:
    grouped = (
        records.lazy()
        .select(pl.col("logged_at").dt.truncate(BUCKET).alias("bucket"), pl.col(column).alias("value"))
        .filter(pl.col("bucket").is_not_null())
    )
    if dimension == "level":
        grouped = grouped.with_columns(pl.col("value").fill_null(0))
    rows = grouped.drop_nulls().group_by("bucket", "value").len().collect().rows()
    if dimension != "level":
        return [RollupRow(dimension, bucket, str(value), records) for bucket, value, records in rows]
    return _level_rollups(rows)


def _level_rollups(rows: list[tuple[datetime, int, int]]) -> list[RollupRow]:
    """Severities share levels (info and notice, say), so rows of the same level add up."""
    sums: dict[tuple[datetime, str], int] = {}
    for bucket, severity, records in rows:
        key = (bucket, level_of(severity))
        sums[key] = sums.get(key, 0) + records
    return [RollupRow("level", bucket, level, records) for (bucket, level), records in sums.items()]


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
