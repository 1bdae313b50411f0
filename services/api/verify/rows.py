"""A job's rows against its ledger, a stretch of batches at a time: each line there, in its batch, and there once."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import asyncpg

from services.api.export.stretches import Source
from services.api.verify.checks import SHOWN, Check, none_of, same, some_of
from services.api.verify.places import Ledger
from shared.database import Connection

BATCHES_AT_ONCE = 32
LAST_LINE = 2**63 - 1

FIND_BATCHES = """
SELECT batch_no, first_line, line_count, lines_stored, lines_rejected FROM batches
WHERE job_id = $1 AND batch_no >= $2 ORDER BY batch_no LIMIT $3
"""
# `place`: which of the batches, whose first lines are $5 and last lines $6, a line begins in; 0 = in none of them.
COUNT_LINES = """
WITH lines AS (
    SELECT line_no, line_count, true AS is_record FROM log_records
    WHERE job_id = $1 AND line_no BETWEEN $2 AND $3 AND stored_on = ANY ($4::date[])
    UNION ALL
    SELECT line_no, line_count, false FROM rejected_lines WHERE job_id = $1 AND line_no BETWEEN $2 AND $3
), behind AS (
    SELECT *, width_bucket(line_no, $5::bigint[]) AS batch, max(line_no + line_count) OVER (
        ORDER BY line_no, line_count ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS next_line
    FROM lines
), placed AS (
    SELECT *, CASE WHEN line_no <= ($6::bigint[])[batch] THEN batch ELSE 0 END AS place FROM behind
)
SELECT place, coalesce(sum(line_count) FILTER (WHERE is_record), 0)::bigint AS lines_stored,
    coalesce(sum(line_count) FILTER (WHERE NOT is_record), 0)::bigint AS lines_rejected,
    count(*) FILTER (WHERE line_no < next_line) AS repeated,
    sum(greatest(0, line_no + line_count - 1 - coalesce(($6::bigint[])[place], line_no - 1)))::bigint AS outside
FROM placed GROUP BY place
"""
HAS_STRAYS = """
SELECT EXISTS (
    SELECT FROM log_records
    WHERE job_id = $1 AND (stored_on < $2 OR stored_on > $3 OR stored_on = ANY ($4::date[])))
"""


class Lines(NamedTuple):
    """Lines `first` to `last` of the input, and of which batches' they are."""

    first: int
    last: int
    batches: Sequence[asyncpg.Record]


@dataclass(slots=True)
class RowCounts:
    """What the rows add up to so far; `unlike` are batches that are not as the ledger says, the first of them named."""

    lines_stored: int = 0
    lines_rejected: int = 0
    repeated: int = 0
    outside: int = 0
    unlike: int = 0
    named: list[str] = field(default_factory=list)
    has_strays: bool = False

    def add(self, batches: Sequence[asyncpg.Record], rows: Sequence[asyncpg.Record]) -> None:
        """Takes a stretch: its `batches` with lines of their own, by their first lines, and what was found of them."""
        found: Mapping[int, asyncpg.Record] = {row["place"]: row for row in rows}
        self.lines_stored += sum(row["lines_stored"] for row in rows)
        self.lines_rejected += sum(row["lines_rejected"] for row in rows)
        self.repeated += sum(row["repeated"] for row in rows)
        self.outside += sum(row["outside"] for row in rows)
        for place, batch in enumerate(batches, 1):
            self._compare(batch, found.get(place))

    def _compare(self, batch: asyncpg.Record, row: asyncpg.Record | None) -> None:
        stored, rejected = (row["lines_stored"], row["lines_rejected"]) if row else (0, 0)
        told = batch["lines_stored"], batch["lines_rejected"]
        if (stored, rejected) != told:
            self.unlike += 1
            if self.unlike <= SHOWN:
                where = f"batch {batch['batch_no']} (from line {batch['first_line']} on)"
                self.named.append(f"{where}: {stored} stored and {rejected} rejected, not {told[0]} and {told[1]}")


async def stretches(source: Source) -> AsyncIterator[Lines]:
    """All lines there may be, from the first to the last, some batches' at a time; what lies between two batches goes
    with the later one. Raises InputError (404) once the job is removed."""
    first, next_batch = 1, 0
    while True:
        async with source.connection() as connection:
            batches = await connection.fetch(FIND_BATCHES, source.job_id, next_batch, BATCHES_AT_ONCE)
        if len(batches) < BATCHES_AT_ONCE:
            yield Lines(first, LAST_LINE, batches)
            return
        last = max(first - 1, *(batch["first_line"] + max(batch["line_count"], 1) - 1 for batch in batches))
        yield Lines(first, last, batches)
        first, next_batch = last + 1, batches[-1]["batch_no"] + 1


async def count_rows(connection: Connection, source: Source, lines: Lines, days: list[date], counts: RowCounts) -> None:
    """Adds a stretch to `counts`."""
    own = sorted((batch for batch in lines.batches if batch["line_count"]), key=lambda batch: batch["first_line"])
    begin = [batch["first_line"] for batch in own]
    end = [batch["first_line"] + batch["line_count"] - 1 for batch in own]
    rows = await connection.fetch(COUNT_LINES, source.job_id, lines.first, lines.last, days, begin, end)
    counts.add(own, rows)


async def has_strays(connection: Connection, source: Source, days: list[date]) -> bool:
    """Whether there are records on days of which the ledger knows nothing."""
    first, last = (min(days), max(days)) if days else (date.max, date.max)
    between = {first + timedelta(days=number) for number in range((last - first).days)}
    found: bool = await connection.fetchval(HAS_STRAYS, source.job_id, first, last, sorted(between - set(days)))
    return found


def check_rows(ledger: Ledger, counts: RowCounts) -> list[Check]:
    """What has to hold of the rows. Pure."""
    told = some_of(counts.named, counts.unlike) if counts.unlike else None
    return [
        same("records", ledger.lines_stored, counts.lines_stored, told),
        same("rejected_lines", ledger.lines_rejected, counts.lines_rejected, told),
        none_of("batches_unlike_ledger", counts.unlike, told),
        none_of("lines_repeated", counts.repeated, "lines that are there more than once"),
        none_of("lines_out_of_place", counts.outside, "lines that are in no batch of the ledger"),
        same("days_in_ledger", expected=True, found=not counts.has_strays, detail="there are records on other days"),
    ]
