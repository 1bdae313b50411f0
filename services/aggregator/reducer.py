"""Partials to rollups and job state: a fold is one transaction, so a crash repeats all of it or nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from uuid import UUID

import asyncpg

from services.aggregator.closing import Ending, Tally, ending_after
from services.aggregator.fold_spans import FoldSpan
from shared.crash_points import crash_point
from shared.database import Connection, Database
from shared.progress import JobProgress, fetch_progress
from shared.summary import Partial, RollupRow, Summary, decode_summary, encode_summary

FIND_JOBS = """
SELECT DISTINCT job_id FROM partials
UNION SELECT job_id FROM dead_letters WHERE folded_at IS NULL AND job_id IS NOT NULL
UNION SELECT job_id FROM jobs WHERE status = 'processing' AND batches_done >= batches_total
"""
# NO KEY: the workers' foreign keys hold KEY SHARE locks on the job all the time it is being stored.
LOCK_JOB = "SELECT * FROM jobs WHERE job_id = $1 FOR NO KEY UPDATE SKIP LOCKED"
TAKE_PARTIALS = """
DELETE FROM partials WHERE job_id = $1 AND batch_no IN (
    SELECT batch_no FROM partials WHERE job_id = $1 ORDER BY batch_no LIMIT $2)
RETURNING batch_no, body, traceparent
"""
READ_SUMMARY = "SELECT summary FROM job_stats WHERE job_id = $1"
WRITE_SUMMARY = """
INSERT INTO job_stats (job_id, summary) VALUES ($1, $2)
ON CONFLICT (job_id) DO UPDATE SET summary = excluded.summary, updated_at = now()
"""
ADD_ROLLUPS = """
INSERT INTO rollups (job_id, dimension, bucket, value, records)
SELECT $1, * FROM unnest($2::text[], $3::timestamptz[], $4::text[], $5::bigint[])
ON CONFLICT (job_id, dimension, bucket, value) DO UPDATE SET records = rollups.records + excluded.records
"""
# A sealed job has no such batch: whoever published that, its lines are none of the job's.
DETACH_FOREIGN = """
UPDATE dead_letters SET job_id = NULL, folded_at = now(), changed_at = now() WHERE job_id = $1 AND batch_no >= $2
"""
# A letter whose batch is in the ledger counts as stored, from the fold of the batch's partial on: its lines are never
# in two places, and never in none. One statement, so that ledger, partials and letters are of one moment.
SETTLE_DEAD_LETTERS = """
WITH letters AS (
    SELECT dead_letter_id, line_count,
        EXISTS (SELECT FROM batches b WHERE b.job_id = d.job_id AND b.batch_no = d.batch_no)
        AND NOT EXISTS (SELECT FROM partials p WHERE p.job_id = d.job_id AND p.batch_no = d.batch_no) AS is_stored
    FROM dead_letters d WHERE job_id = $1 AND (state <> 'stored' OR folded_at IS NULL)
), settled AS (
    UPDATE dead_letters d SET folded_at = now(),
        state = CASE WHEN l.is_stored THEN 'stored' ELSE d.state END,
        body = CASE WHEN l.is_stored THEN '' ELSE d.body END,
        changed_at = CASE WHEN l.is_stored THEN now() ELSE d.changed_at END
    FROM letters l
    WHERE d.dead_letter_id = l.dead_letter_id AND (d.folded_at IS NULL OR l.is_stored AND d.state <> 'stored')
)
SELECT count(*) AS batches, coalesce(sum(line_count), 0)::bigint AS lines FROM letters WHERE NOT is_stored
"""
# Lines of a cancelled job that have no place are not missing: nobody wants them.
WRITE_JOB = """
UPDATE jobs SET
    batches_folded = $2, batches_done = $3, lines_stored = $4, lines_rejected = $5, lines_dead_lettered = $6,
    format_counts = $7,
    lines_read = CASE
        WHEN status = 'cancelled' THEN $10
        WHEN sealed_at IS NULL THEN greatest(lines_read, $10)
        ELSE lines_read
    END,
    started_at = coalesce(started_at, now()),
    status = coalesce($8::text, status),
    error_message = CASE WHEN $8::text IS NULL THEN error_message ELSE $9::text END,
    completed_at = CASE WHEN $8 LIKE 'completed%' THEN coalesce(completed_at, now())
        WHEN $8 = 'failed' THEN NULL ELSE completed_at END,
    failed_at = CASE WHEN $8 = 'failed' THEN coalesce(failed_at, now())
        WHEN $8 LIKE 'completed%' THEN NULL ELSE failed_at END
WHERE job_id = $1
"""


@dataclass(frozen=True, slots=True)
class Fold:
    """What one fold did: `partials` folded, the job's progress after it, and its end where that is another now."""

    partials: int
    progress: JobProgress
    ending: Ending | None


async def find_jobs(database: Database) -> list[UUID]:
    """Jobs with something to fold or to close."""
    async with database.acquire() as connection:
        return [row["job_id"] for row in await connection.fetch(FIND_JOBS)]


async def fold_job(database: Database, job_id: UUID, most_partials: int, span: FoldSpan) -> Fold | None:
    """Folds up to `most_partials` of a job; None where another aggregator has it or it is gone. `span` begins here."""
    async with database.transaction() as connection:
        job = await connection.fetchrow(LOCK_JOB, job_id)
        if job is None:
            return None
        taken = await connection.fetch(TAKE_PARTIALS, job_id, most_partials)
        taken.sort(key=itemgetter("batch_no"))
        span.begin(job_id, (row["traceparent"] for row in taken))
        bodies = [row["body"] for row in taken]
        stored = await connection.fetchval(READ_SUMMARY, job_id)
        summary, rollups = await asyncio.to_thread(merge, stored, bodies)
        if bodies:
            await connection.execute(WRITE_SUMMARY, job_id, encode_summary(summary))
            await _add_rollups(connection, job_id, rollups)
        ending = await _write_job(connection, job, summary, len(bodies))
        progress = await fetch_progress(connection, [job_id])
        crash_point("aggregator.folding")
    crash_point("aggregator.folded")
    return Fold(len(bodies), progress[0], ending)


def merge(stored: bytes | None, bodies: list[bytes]) -> tuple[Summary, dict[tuple[str, datetime, str], int]]:
    """The job's new summary, and what the partials add to its rollups."""
    partials = [Partial.decode(body) for body in bodies]
    earlier = [decode_summary(stored)] if stored else []
    summary = Summary.merged([*earlier, *(partial.summary for partial in partials)])
    return summary, sum_rollups(row for partial in partials for row in partial.rollups)


def sum_rollups(rows: Iterable[RollupRow]) -> dict[tuple[str, datetime, str], int]:
    """Records by (dimension, bucket, value)."""
    sums: dict[tuple[str, datetime, str], int] = defaultdict(int)
    for row in rows:
        sums[row.dimension, row.bucket, row.value] += row.records
    return sums


async def _add_rollups(connection: Connection, job_id: UUID, rollups: dict[tuple[str, datetime, str], int]) -> None:
    """In key order, so that two aggregators can never wait for each other in a circle."""
    keys = sorted(rollups)
    dimensions, buckets, values = ([key[part] for key in keys] for part in range(3))
    await connection.execute(ADD_ROLLUPS, job_id, dimensions, buckets, values, [rollups[key] for key in keys])


async def _write_job(connection: Connection, job: asyncpg.Record, summary: Summary, partials: int) -> Ending | None:
    batches_folded = job["batches_folded"] + partials
    await connection.execute(DETACH_FOREIGN, job["job_id"], job["batches_total"])
    dead = (await connection.fetch(SETTLE_DEAD_LETTERS, job["job_id"]))[0]
    tally = Tally(
        lines_read=job["lines_read"],
        lines_stored=summary.lines_stored,
        lines_rejected=summary.lines_rejected,
        lines_dead_lettered=dead["lines"],
        batches_dead_lettered=dead["batches"],
        batches_done=batches_folded + dead["batches"],
        batches_total=job["batches_total"],
        input_error=job["input_error"],
    )
    ending = ending_after(job["status"], tally)
    await connection.execute(
        WRITE_JOB,
        job["job_id"],
        batches_folded,
        tally.batches_done,
        tally.lines_stored,
        tally.lines_rejected,
        tally.lines_dead_lettered,
        summary.formats,
        ending.status if ending else None,
        ending.error_message if ending else None,
        tally.lines_accounted,
    )
    return ending if ending and ending.status != job["status"] else None
