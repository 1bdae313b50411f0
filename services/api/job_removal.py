"""Taking a job out of everything: its row and all that hangs on it, its records, and its part of every chart."""

from uuid import UUID

from services.api.ledger import PLAN_FOR_BLOCK_RANGES
from shared.database import Connection

# Waits for the transactions that store a batch of the job just now; whatever of it comes later is stored nowhere.
LOCK_JOB = "SELECT 1 FROM jobs WHERE job_id = $1 FOR UPDATE"
FIND_DAYS = "SELECT DISTINCT stored_on FROM batches WHERE job_id = $1"
DELETE_JOB = "DELETE FROM jobs WHERE job_id = $1"
DELETE_RECORDS = "DELETE FROM log_records WHERE job_id = $1 AND stored_on = ANY ($2::date[])"

REMOVAL_TIMEOUT_SECONDS = 600
"""A job of a hundred million records takes minutes; no other statement may."""


async def remove_job(connection: Connection, job_id: UUID) -> bool:
    """Removes a job within the caller's transaction; False where there is none.

    Messages of it that are still in a queue are acknowledged by the workers without a trace. Raises what `connection`
    raises, also where somebody keeps the job locked: the transaction is then over and may be tried again.
    """
    if await connection.fetchval(LOCK_JOB, job_id) is None:
        return False
    days = [row["stored_on"] for row in await connection.fetch(FIND_DAYS, job_id)]
    await connection.execute(DELETE_JOB, job_id, timeout=REMOVAL_TIMEOUT_SECONDS)
    await connection.execute(PLAN_FOR_BLOCK_RANGES)
    await connection.execute(DELETE_RECORDS, job_id, days, timeout=REMOVAL_TIMEOUT_SECONDS)
    return True
