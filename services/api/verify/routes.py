"""The route: what is read of a job, one thing after the other, and what comes of it."""

from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field
from starlette.requests import Request

from services.api.context import Context
from services.api.export.stretches import Source
from services.api.jobs import JobStatus, require_job
from services.api.operations import Call, Nothing, Operation
from services.api.problems import not_found
from services.api.verify.checks import Check, same
from services.api.verify.content import check_content, require_client
from services.api.verify.places import FIND_JOB, check_places, read_ledger, read_places
from services.api.verify.rows import RowCounts, check_rows, count_rows, has_strays, stretches
from services.api.verify.sums import Spread, check_sums, count_records, read_rollups
from shared.summary import Summary, decode_summary

READ_SUMMARY = "SELECT summary FROM job_stats WHERE job_id = $1"


class Verification(BaseModel):
    """A job counted once more. Of one that is under way it says what does not hold yet."""

    job_id: UUID
    status: JobStatus
    adds_up: bool = Field(description="whether every check holds")
    checks: list[Check]


async def verify_job(context: Context, call: Call[Nothing, Nothing]) -> Verification:
    """Counts the job once more from its rows, which takes a few times as long as exporting it; raises InputError: 404
    if it is not there or not yours, 429 while another one of the user's goes on, 503 where too many of others' do."""
    source = Source(context, call.job_id, call.user.user_id)
    async with context.database.acquire() as connection:
        await require_job(connection, source.job_id, source.owner_id)
    async with context.verifications.take(source.owner_id):
        before = await _read_job(source)
        checks = [*await _recount(source, before, call.request), await check_content(source, before, call.request)]
        after = await _read_job(source)
    told = "it changed while it was counted; ask again"
    checks.append(same("unchanged", expected=True, found=tuple(before) == tuple(after), detail=told))
    adds_up = all(check.ok for check in checks)
    return Verification(job_id=source.job_id, status=after["status"], adds_up=adds_up, checks=checks)


async def _recount(source: Source, job: asyncpg.Record, request: Request) -> list[Check]:
    async with source.connection() as connection:
        ledger = await read_ledger(connection, source.job_id)
        places = await read_places(connection, source.job_id, job["batches_total"])
        body = await connection.fetchval(READ_SUMMARY, source.job_id)
        rollups = await read_rollups(connection, source)
        rows, counted = RowCounts(has_strays=await has_strays(connection, source, ledger.days)), Spread()
    async for lines in stretches(source):
        await require_client(request)
        async with source.connection() as connection:
            await count_rows(connection, source, lines, ledger.days, rows)
            await count_records(connection, source, lines, ledger.days, counted)
    summary = decode_summary(body) if body else Summary()
    return [*check_places(job, ledger, places), *check_rows(ledger, rows), *check_sums(summary, rollups, counted)]


async def _read_job(source: Source) -> asyncpg.Record:
    async with source.connection() as connection:
        job = await connection.fetchrow(FIND_JOB, source.job_id)
    if job is None:
        raise not_found()
    return job


OPERATIONS = (
    Operation(
        "GET",
        "/api/jobs/{job_id}/verify",
        "Whether everything of it adds up",
        "jobs",
        verify_job,
        Nothing,
        Nothing,
        Verification,
    ),
)
