"""A batch's records to its partial: grouped in Polars, counted into mergeable sketches."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl

from services.worker.summarise_events import with_events
from shared.parsing import ParsedBatch
from shared.parsing.formats.github import GITHUB
from shared.severity import level_of
from shared.summary import (
    Partial,
    RollupRow,
    Summary,
    count_distinct,
    count_frequent,
    sketch_latencies,
)

BUCKET_OF_TIME = pl.col("logged_at").dt.truncate("1m")
K = TypeVar("K")


def summarise(parsed: ParsedBatch, keywords: list[str]) -> Partial:
    """The sums of one batch. `keywords` are matched case-insensitively, counted once a record."""
    partial = _summarise(parsed, keywords)
    return with_events(partial, parsed.records) if GITHUB in parsed.format_counts else partial


def _summarise(parsed: ParsedBatch, keywords: list[str]) -> Partial:
    records = parsed.records
    groups = _group(records)
    keyworded = _keyword_hits(records, keywords)
    ips = _count(records["client_ip"])
    # An event's url is no request, and its duration no latency.
    requests = records.filter(pl.col("format") != GITHUB) if GITHUB in parsed.format_counts else records
    return Partial(
        summary=Summary(
            records=len(records),
            lines_stored=int(records["line_count"].sum()),
            lines_rejected=int(parsed.rejected["line_count"].sum()),
            levels=_sum(groups, lambda group: group.level),
            keywords=_count(keyworded["keyword"]),
            statuses=_sum(groups, lambda group: group.status),
            formats=parsed.format_counts,
            reject_reasons=_count(parsed.rejected["reason"]),
            ips=count_frequent(ips),
            distinct_ips=count_distinct(ips) if ips else b"",
            paths=count_frequent(_count(_paths(requests["url"]))),
            latencies=_latencies(requests["duration_ms"]),
            first_logged_at=_moment(records["logged_at"].min()),
            last_logged_at=_moment(records["logged_at"].max()),
        ),
        rollups=[
            *_rollups("level", _sum(groups, lambda group: (group.bucket, group.level))),
            *_rollups("status", _sum(groups, lambda group: (group.bucket, group.status))),
            *_rollups("keyword", _count_keywords(keyworded)),
        ],
    )


class _Group(NamedTuple):
    """Records of one minute, level and status; None where they have no time or no status."""

    bucket: datetime | None
    level: str
    status: str | None
    records: int


def _group(records: pl.DataFrame) -> list[_Group]:
    """A pass over the rows for all that is counted by closed sets; the few groups are added up in Python."""
    rows = records.lazy().group_by(BUCKET_OF_TIME, "severity", "status").len().collect().rows()
    return [
        _Group(bucket, level_of(severity), None if status is None else str(status), count)
        for bucket, severity, status, count in rows
    ]


def _sum(groups: list[_Group], key: Callable[[_Group], K | None]) -> dict[K, int]:
    """Records by key; those whose key is None are left out."""
    sums: dict[K, int] = {}
    for group in groups:
        name = key(group)
        if name is not None:
            sums[name] = sums.get(name, 0) + group.records
    return sums


def _rollups(dimension: str, counts: Mapping[tuple[datetime | None, str | None], int]) -> list[RollupRow]:
    return [
        RollupRow(dimension, bucket, value, records)
        for (bucket, value), records in counts.items()
        if bucket is not None and value is not None
    ]


def _count_keywords(keyworded: pl.DataFrame) -> dict[tuple[datetime | None, str | None], int]:
    rows = keyworded.lazy().group_by(BUCKET_OF_TIME, "keyword").len().collect().rows()
    return {(bucket, keyword): count for bucket, keyword, count in rows}


def _count(column: pl.Series) -> dict[str, int]:
    counts = column.drop_nulls().rename("value").value_counts(name="count")
    return dict(zip(counts["value"].cast(pl.String), counts["count"], strict=True))


def _keyword_hits(records: pl.DataFrame, keywords: list[str]) -> pl.DataFrame:
    """Columns logged_at and keyword (lower case): a row for each record and each different keyword in it."""
    wanted = [keyword.lower() for keyword in keywords]
    patterns = pl.lit(wanted, dtype=pl.List(pl.String))
    hit = records.filter(pl.col("message").str.contains_any(patterns, ascii_case_insensitive=True))
    found = pl.col("message").str.to_lowercase().str.extract_many(patterns, overlapping=True).list.unique()
    return hit.select("logged_at", found.alias("keyword")).explode("keyword").drop_nulls("keyword")


def _paths(urls: pl.Series) -> pl.Series:
    """Without their queries."""
    queried = urls.str.contains("?", literal=True)
    if not queried.any():
        return urls
    return urls.zip_with(~queried, urls.str.split_exact("?", 1).struct.field("field_0"))


def _latencies(durations_ms: pl.Series) -> bytes:
    return sketch_latencies(durations_ms.drop_nulls().cast(pl.Float32).to_numpy().astype(np.float32))


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
