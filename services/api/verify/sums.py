"""A job's summary and rollups against its records: counted once more by level and by status."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import asyncpg

from services.api.export.stretches import Source
from services.api.verify.checks import Check, differences, same, some_of
from services.api.verify.rows import Lines
from shared.database import Connection
from shared.severity import LEVELS, UNKNOWN
from shared.summary import Summary

DIMENSIONS = ("level", "status")
# Of a year of minutes nobody keeps all: `mix` is a sum that comes out the same only if each minute has as many records.
MINUTES = """
coalesce(sum(records) FILTER (WHERE bucket IS NOT NULL), 0)::bigint AS timed,
coalesce(sum(records::numeric * hashint8extended(extract(epoch FROM bucket)::bigint / 60, 0)), 0) AS mix
"""
COUNT_RECORDS = f"""
WITH cells AS (
    SELECT date_trunc('minute', logged_at, 'UTC') AS bucket, severity, status, count(*) AS records FROM log_records
    WHERE job_id = $1 AND line_no BETWEEN $2 AND $3 AND stored_on = ANY ($4::date[])
    GROUP BY 1, 2, 3
)
SELECT dimension, value, sum(records)::bigint AS records, {MINUTES}
FROM cells CROSS JOIN LATERAL (VALUES
    ('level', coalesce(($5::text[])[(severity + 3) / 4], $6)),
    ('status', status::text)
) AS counted (dimension, value)
WHERE value IS NOT NULL GROUP BY dimension, value
"""  # noqa: S608 - a constant
SUM_ROLLUPS = f"""
SELECT dimension, value, sum(records)::bigint AS records, {MINUTES}
FROM rollups WHERE job_id = $1 AND dimension = ANY ($2::text[]) GROUP BY dimension, value
"""  # noqa: S608 - a constant


class Sums(NamedTuple):
    """Records with one value: all of them, those with a time, and how these are spread over the minutes."""

    records: int = 0
    timed: int = 0
    mix: int = 0


@dataclass(slots=True)
class Spread:
    """Sums by dimension and value."""

    sums: dict[tuple[str, str], Sums] = field(default_factory=dict)

    def add(self, rows: Iterable[asyncpg.Record]) -> None:
        """Takes rows of one of the statements."""
        for row in rows:
            key = (row["dimension"], row["value"])
            before = self.sums.get(key, Sums())
            self.sums[key] = Sums(
                before.records + row["records"], before.timed + row["timed"], before.mix + int(row["mix"])
            )

    def records(self, dimension: str) -> dict[str, int]:
        """Records by value."""
        return {value: sums.records for (of, value), sums in self.sums.items() if of == dimension}

    def timed(self, dimension: str) -> dict[str, int]:
        """Records with a time by value; values that have none are left out."""
        return {value: sums.timed for (of, value), sums in self.sums.items() if of == dimension and sums.timed}

    def mixes(self, dimension: str) -> dict[str, int]:
        """How the records are spread over the minutes, by value."""
        return {value: sums.mix for (of, value), sums in self.sums.items() if of == dimension and sums.timed}


async def count_records(
    connection: Connection, source: Source, lines: Lines, days: list[date], counted: Spread
) -> None:
    """Adds the records of a stretch to `counted`."""
    place = (source.job_id, lines.first, lines.last, days)
    counted.add(await connection.fetch(COUNT_RECORDS, *place, list(LEVELS), UNKNOWN))


async def read_rollups(connection: Connection, source: Source) -> Spread:
    """What the rollups say."""
    told = Spread()
    told.add(await connection.fetch(SUM_ROLLUPS, source.job_id, list(DIMENSIONS)))
    return told


def check_sums(summary: Summary, rollups: Spread, counted: Spread) -> list[Check]:
    """What has to hold of summary and rollups. Pure."""
    levels = differences(summary.levels, counted.records("level"))
    statuses = differences(summary.statuses, counted.records("status"))
    return [
        same("summary_records", summary.records, sum(counted.records("level").values())),
        _check("summary_levels", summary.levels, counted.records("level"), levels),
        _check("summary_statuses", summary.statuses, counted.records("status"), statuses),
        *(_check_rollups(dimension, rollups, counted) for dimension in DIMENSIONS),
    ]


def _check_rollups(dimension: str, rollups: Spread, counted: Spread) -> Check:
    told, found = rollups.timed(dimension), counted.timed(dimension)
    wrong = differences(told, found)
    if not wrong:
        mixes, own_mixes = rollups.mixes(dimension), counted.mixes(dimension)
        wrong = [f"{value}: as many, but at other minutes" for value in told if mixes[value] != own_mixes[value]]
    return _check(f"rollups_{dimension}", told, found, wrong)


def _check(name: str, told: dict[str, int], found: dict[str, int], wrong: list[str]) -> Check:
    detail = some_of(wrong) if wrong else None
    return Check(name=name, expected=sum(told.values()), found=sum(found.values()), ok=not wrong, detail=detail)
