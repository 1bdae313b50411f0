"""Taking jobs out of everything: their rows and all that hangs on them, and so their part of every chart."""

from collections.abc import Collection
from uuid import UUID

from shared.database import Connection

# Waits for the transactions that store a batch of such a job just now; whatever of it comes later is stored nowhere.
LOCK_JOBS = "SELECT job_id FROM jobs WHERE job_id = ANY ($1::uuid[]) ORDER BY job_id FOR UPDATE"
# Their records may be a hundred million: nothing leads to them without the job, and the aggregator deletes them.
LEAVE_RECORDS = """
INSERT INTO removed_jobs (job_id, stored_on)
SELECT DISTINCT job_id, stored_on FROM batches WHERE job_id = ANY ($1::uuid[]) AND lines_stored > 0
"""
BURY = "INSERT INTO job_tombstones (job_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING"
WAS_REMOVED = "SELECT EXISTS (SELECT FROM job_tombstones WHERE job_id = $1)"
"""Asked of a job that is not there: whether it was once. Tombstones are kept for longer than any message waits."""
DELETE_JOBS = "DELETE FROM jobs WHERE job_id = ANY ($1::uuid[])"

REMOVAL_TIMEOUT_SECONDS = 240
"""Rejected lines and rollups go with the job, and there may be millions of them."""


async def remove_jobs(connection: Connection, job_ids: Collection[UUID]) -> list[UUID]:
    """Removes those of the jobs that there are, within the caller's transaction, and answers their ids.

    Messages of theirs that are still in a queue are acknowledged by the workers without a trace. Raises what
    `connection` raises, also where somebody keeps a job locked: the transaction is then over and may be tried again.
    """
    found = [row["job_id"] for row in await connection.fetch(LOCK_JOBS, list(job_ids))]
    await connection.execute(LEAVE_RECORDS, found)
    await connection.execute(BURY, found)
    await connection.execute(DELETE_JOBS, found, timeout=REMOVAL_TIMEOUT_SECONDS)
    return found
