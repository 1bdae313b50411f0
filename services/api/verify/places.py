"""A job's counters against its ledger and its dead letters: every batch in one place, every line in one batch."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from services.api.export.completeness import why_under_way
from services.api.verify.checks import Check, none_of, same, some_of
from shared.database import Connection
from shared.progress import TERMINAL

FIND_JOB = """
SELECT status, source, lines_read, lines_stored, lines_rejected, lines_dead_lettered, batches_total, batches_folded,
    batches_done, bytes_total, ends_in_newline, content_sha256, lines_sha256
FROM jobs WHERE job_id = $1
"""
COUNT_LEDGER = """
SELECT coalesce(sum(lines_stored), 0)::bigint AS lines_stored,
    coalesce(sum(lines_rejected), 0)::bigint AS lines_rejected,
    coalesce(array_agg(DISTINCT stored_on), '{}') AS days,
    (SELECT count(*) FROM partials WHERE job_id = $1) AS partials
FROM batches WHERE job_id = $1
"""
# A letter whose batch is in the ledger counts as stored. Any number an integer can hold may stand in a letter.
PLACES = """
WITH dead AS (
    SELECT batch_no::bigint AS batch_no, first_line, line_count FROM dead_letters AS letter
    WHERE job_id = $1
        AND NOT EXISTS (SELECT FROM batches WHERE batches.job_id = $1 AND batches.batch_no = letter.batch_no)
), places AS (
    SELECT batch_no, first_line, line_count FROM batches WHERE job_id = $1
    UNION ALL SELECT batch_no, first_line, line_count FROM dead WHERE batch_no IS NOT NULL
)
"""
COUNT_PLACES = "".join(
    (
        PLACES,
        """
, expected AS (
    SELECT coalesce($2::bigint, (SELECT max(batch_no) + 1 FROM places), 0) AS batches
), marks AS (
    SELECT batch_no FROM places, expected WHERE batch_no BETWEEN 0 AND batches - 1
    UNION SELECT batches FROM expected
), gaps AS (
    SELECT lag(batch_no, 1, -1::bigint) OVER (ORDER BY batch_no) + 1 AS first, batch_no AS until FROM marks
), first_gaps AS (
    SELECT * FROM gaps WHERE first < until ORDER BY first LIMIT 3
)
SELECT batches,
    (SELECT coalesce(sum(line_count), 0)::bigint FROM dead) AS lines_dead,
    (SELECT count(*) FROM dead WHERE batch_no IS NULL) AS unnumbered,
    (SELECT count(*) FROM places WHERE batch_no >= batches) AS beyond,
    (SELECT sum(until - first)::bigint FROM gaps) AS missing,
    ARRAY (
        SELECT batch_no FROM first_gaps, generate_series(first, least(until, first + 3) - 1) AS batch_no
        ORDER BY batch_no LIMIT 3
    ) AS first_missing
FROM expected
""",
    )
)
# Where one batch follows another, its lines begin where those of that end; where batches are missing in between, not
# before. Parts of an over-long line have no line of their own.
FIND_MISPLACED = "".join(
    (
        PLACES,
        """
, numbered AS (
    SELECT *, batch_no - row_number() OVER (ORDER BY batch_no) AS run FROM places WHERE first_line IS NOT NULL
), following AS (
    SELECT batch_no, first_line, lag(first_line + line_count, 1, 1::bigint) OVER (ORDER BY batch_no) AS next_line,
        run = lag(run, 1, -1::bigint) OVER (ORDER BY batch_no) AS is_next
    FROM numbered WHERE line_count > 0
)
SELECT batch_no FROM following
WHERE first_line < next_line OR is_next AND first_line > next_line ORDER BY batch_no
""",
    )
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger says: lines by what became of them, and the days they were stored on."""

    lines_stored: int
    lines_rejected: int
    days: list[date]
    partials: int


@dataclass(frozen=True, slots=True)
class Places:
    """Batches stored or dead-lettered, of `batches` that there have to be.

    `unnumbered` dead letters do not say which batch they are; `beyond` have a number that is too high; the lines of
    the `misplaced` ones overlap, or leave a gap.
    """

    batches: int
    lines_dead: int
    unnumbered: int
    beyond: int
    missing: int
    first_missing: list[int]
    misplaced: list[int]

    @property
    def found(self) -> int:
        """How many of them there are."""
        return self.batches - self.missing + self.unnumbered + self.beyond


async def read_ledger(connection: Connection, job_id: UUID) -> Ledger:
    """The ledger's sums."""
    (row,) = await connection.fetch(COUNT_LEDGER, job_id)
    return Ledger(**dict(row))


async def read_places(connection: Connection, job_id: UUID, batches_total: int | None) -> Places:
    """Where the batches are; `batches_total` is None where the input broke off."""
    (row,) = await connection.fetch(COUNT_PLACES, job_id, batches_total)
    misplaced = await connection.fetch(FIND_MISPLACED, job_id)
    return Places(**dict(row), misplaced=[found["batch_no"] for found in misplaced])


def check_places(job: asyncpg.Record, ledger: Ledger, places: Places) -> list[Check]:
    """What has to hold of the job's counters, its ledger and its dead letters. Pure."""
    accounted = job["lines_stored"] + job["lines_rejected"] + job["lines_dead_lettered"]
    is_accounted = job["lines_read"] == accounted
    waiting = f"the sums of {ledger.partials} batches are still to be added"
    told = waiting if ledger.partials else None
    return [
        _check_ended(job["status"], job["source"]),
        same("lines_read", job["lines_read"], accounted, "stored, rejected and dead-lettered lines together"),
        same("lines_stored", job["lines_stored"], ledger.lines_stored, told),
        same("lines_rejected", job["lines_rejected"], ledger.lines_rejected, told),
        same("lines_dead_lettered", job["lines_dead_lettered"], places.lines_dead, told),
        _check_batches(job["status"], places, is_accounted=is_accounted),
        none_of("batches_misplaced", len(places.misplaced), f"the lines of batch {some_of(places.misplaced)}"),
        none_of("partials", ledger.partials, waiting),
    ]


def _check_ended(status: str, source: str) -> Check:
    """What takes in deliveries until its day is over is not expected to have ended."""
    told = f"still under way: {why_under_way(status, source)}"
    if (status, source) == ("receiving", "github"):
        return Check(name="ended", expected=False, found=False, ok=True, detail=told)
    return same("ended", expected=True, found=status in TERMINAL, detail=told)


def _check_batches(status: str, places: Places, *, is_accounted: bool) -> Check:
    """Where nobody wants the others, or the sender never heard that they came in, none is missing."""
    reasons = {"cancelled": "it was cancelled", "interrupted": "its upload broke off"}
    if status == "cancelled" or (status == "interrupted" and is_accounted):
        told = f"{places.missing} of {places.batches} never taken in: {reasons[status]}" if places.missing else None
        expected = places.batches - places.missing
        return Check(name="batches", expected=expected, found=places.found, ok=places.found == expected, detail=told)
    if places.beyond:
        return same("batches", places.batches, places.found, f"{places.beyond} more than there should be")
    return same("batches", places.batches, places.found, f"missing: {some_of(places.first_missing, places.missing)}")
