"""What a job's owner may do to it: cancel it, retry what of it died, delete it."""

from typing import Any
from uuid import UUID

import asyncpg
from starlette.responses import Response

from services.api.audit import record
from services.api.context import Context
from services.api.dead_letters.filters import LetterFilter
from services.api.dead_letters.replaying import call_back, start_replay, why_nothing
from services.api.jobs import FIND_JOB, Job, read_job
from services.api.operations import Call, Nothing, Operation
from services.api.problems import not_found
from services.api.replays import Replay
from shared.database import Connection, Database
from shared.errors import InputError
from shared.job_removal import remove_jobs
from shared.progress import fetch_progress, removed

# A cancelled job has read what has its place by then: the rest is not missing, nobody wants it any more. The workers
# that store a batch of it just now hold KEY SHARE locks, for which this does not wait.
CANCEL = """
UPDATE jobs SET status = 'cancelled', failed_at = now(), error_message = 'cancelled by its owner', notice = NULL,
    lines_read = lines_stored + lines_rejected + lines_dead_lettered
WHERE job_id = $1 AND owner_id = $2 AND status IN ('receiving', 'processing') RETURNING job_id
"""
# After the job, which a fold may hold for long: whoever has a feed keeps deliveries waiting, of other jobs too. Those
# who enter them need no more than KEY SHARE of the job.
CLOSE_FEED = """
UPDATE webhook_feeds SET closed_at = now() WHERE job_id = $1 AND owner_id = $2 AND closed_at IS NULL
"""
# Waits for the transactions that store a batch of it just now: whether one is stored is certain then.
LOCK_UNCONFIRMED = """
SELECT job_id FROM jobs WHERE job_id = $1 AND EXISTS (SELECT FROM webhook_batches b WHERE b.job_id = jobs.job_id)
FOR UPDATE
"""
# What nobody was told to be in, and is not, may be delivered again: to the next job.
DROP_UNCONFIRMED = """
WITH dropped AS (DELETE FROM webhook_batches WHERE job_id = $1 RETURNING job_id, batch_no)
DELETE FROM webhook_deliveries d USING dropped
WHERE d.job_id = dropped.job_id AND d.batch_no = dropped.batch_no
    AND NOT EXISTS (SELECT FROM batches b WHERE b.job_id = dropped.job_id AND b.batch_no = dropped.batch_no)
"""
HAS_DEAD_LETTERS = "SELECT EXISTS (SELECT FROM dead_letters WHERE job_id = $1)"
NOTHING_DEAD = "None of it is dead-lettered"
NOTHING_TO_RETRY = {
    "completed": "Every line of it is stored.",
    "completed_with_errors": f"{NOTHING_DEAD}; rejected lines stay as they are.",
    "failed": f"{NOTHING_DEAD}: what it lacks is nowhere. {{again}}",
    "cancelled": "It was cancelled. {again}",
    "interrupted": "Its upload broke off. {again}",
}
"""What to say by status where there is no dead letter; `again` is how to have it all the same."""
SEND_AGAIN = {"github": "Delete it, and have GitHub send its deliveries again."}
SEND_FILE_AGAIN = "Send its file again."


async def cancel_job(context: Context, call: Call[Nothing, Nothing]) -> Job:
    """Stops a job: what is stored of it stays, the rest is not taken in; done twice it is the same as once; raises
    InputError: 404 if it is not there or not yours, 409 once it has ended otherwise."""
    async with context.database.transaction() as connection:
        is_new = await _cancel(connection, call)
        job = await _find(connection, call)
        if job["status"] != "cancelled":
            raise InputError(409, "Job ended", f"It is {job['status']} already; only what is under way is cancelled.")
        states = await fetch_progress(connection, [call.job_id])
    for progress in states if is_new else []:
        await context.announce(progress)
    await _forget_unconfirmed(context.database, call.job_id)
    return read_job(job)


async def retry_job(context: Context, call: Call[Nothing, Nothing]) -> Replay:
    """Replays the job's dead letters; raises InputError: 404 if it is not there or not yours, 409 where there is
    nothing of it that could be tried again."""
    wanted = LetterFilter(job_id=call.job_id)
    async with context.database.transaction() as connection:
        job = await _find(connection, call)
        replay = await start_replay(connection, call.user, wanted, "job.retry")
        if replay is None:
            again = SEND_AGAIN.get(job["source"], SEND_FILE_AGAIN)
            told = NOTHING_TO_RETRY.get(job["status"], f"{NOTHING_DEAD}.").format(again=again)
            if await connection.fetchval(HAS_DEAD_LETTERS, call.job_id):
                told = await why_nothing(connection, call.user, wanted)
            raise InputError(409, "Nothing to retry", told)
    return replay


async def delete_job(context: Context, call: Call[Nothing, Nothing]) -> Response:
    """Deletes a job, whatever its state: its lines, dead letters and part in every chart; raises InputError: 404 if it
    is not there or not yours."""
    async with context.database.transaction() as connection:
        # The workers leave it alone from then on, so that its row can be locked. This may be all that happens.
        await _cancel(connection, call)
    async with context.database.transaction() as connection:
        job = await _find(connection, call)
        states = await fetch_progress(connection, [call.job_id])
        if not await remove_jobs(connection, [call.job_id]):
            raise not_found()
        await record(connection, call.user.user_id, "job.delete", job_id=call.job_id, details=_details(job))
    for progress in states:
        await context.announce(removed(progress))
    return Response(status_code=204)


async def _cancel(connection: Connection, call: Call[Nothing, Nothing]) -> bool:
    """Whether the job was under way until now; then it is audited."""
    job_id = await connection.fetchval(CANCEL, call.job_id, call.user.user_id)
    if job_id is not None:
        await call_back(connection, job_id)
        details = _details(await _find(connection, call))
        await record(connection, call.user.user_id, "job.cancel", job_id=job_id, details=details)
    await connection.execute(CLOSE_FEED, call.job_id, call.user.user_id)
    return job_id is not None


async def _forget_unconfirmed(database: Database, job_id: UUID) -> None:
    """Of a cancelled job. Where this does not come about, the outbox publishes them, and no worker stores them."""
    async with database.transaction() as connection:
        if await connection.fetchval(LOCK_UNCONFIRMED, job_id) is not None:
            await connection.execute(DROP_UNCONFIRMED, job_id)


async def _find(connection: Connection, call: Call[Nothing, Nothing]) -> asyncpg.Record:
    job = await connection.fetchrow(FIND_JOB, call.job_id, call.user.user_id)
    if job is None:
        raise not_found()
    return job


def _details(job: asyncpg.Record) -> dict[str, Any]:
    """What the audit keeps of a job that may be gone."""
    return {name: job[name] for name in ("file_name", "lines_stored", "lines_rejected", "lines_dead_lettered")}


ONE = "/api/jobs/{job_id}"
OPERATIONS = (
    Operation("DELETE", ONE, "Delete it with all it has", "jobs", delete_job, Nothing, Nothing, None, 204),
    Operation("POST", ONE + "/cancel", "Stop it", "jobs", cancel_job, Nothing, Nothing, Job, conflicts=True),
    Operation(
        "POST",
        ONE + "/retry",
        "Replay its dead letters",
        "jobs",
        retry_job,
        Nothing,
        Nothing,
        Replay,
        202,
        conflicts=True,
    ),
)
