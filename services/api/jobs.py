"""Jobs as their owners see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from services.api.context import Context
from services.api.operations import Call, Nothing, Operation
from services.api.pages import Page, PageQuery, comma_separated, cut
from services.api.problems import not_found
from shared.database import Connection

JobStatus = Literal[
    "receiving", "processing", "completed", "completed_with_errors", "failed", "cancelled", "interrupted"
]

SELECT = """
SELECT job_id, file_name, source, status, error_message, CASE status WHEN 'receiving' THEN notice END AS notice,
lines_read, lines_stored, lines_rejected, lines_dead_lettered, bytes_received, bytes_total, format_counts,
encode(content_sha256, 'hex') AS content_sha256, created_at, started_at, completed_at, failed_at FROM jobs
"""
FIND_JOB = SELECT + "WHERE job_id = $1 AND owner_id = $2"
LIST_JOBS = (
    SELECT
    + """
WHERE owner_id = $1 AND (created_at, job_id) < ($2, $3) AND ($4::text[] IS NULL OR status = ANY ($4))
ORDER BY created_at DESC, job_id DESC LIMIT $5
"""
)
OWNS_JOB = "SELECT 1 FROM jobs WHERE job_id = $1 AND owner_id = $2"
JOB_CHARSET = "SELECT charset FROM jobs WHERE job_id = $1 AND owner_id = $2"


class Job(BaseModel):
    """One input being ingested. Once it has ended, read = stored + rejected + dead-lettered lines."""

    job_id: UUID
    file_name: str
    source: str = Field(description="how it came in")
    status: JobStatus
    error_message: str | None = Field(description="why it failed or was broken off")
    notice: str | None = Field(description="what holds its upload up just now")
    lines_read: int
    lines_stored: int
    lines_rejected: int
    lines_dead_lettered: int
    bytes_received: int
    bytes_total: int | None = Field(description="null until it is known")
    format_counts: dict[str, int] = Field(description="lines by detected format")
    content_sha256: str | None = Field(description="hash of the input's bytes, unpacked; null until all are received")
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    failed_at: datetime | None


class JobPage(Page[Job]):
    """A page of jobs."""


class JobsQuery(PageQuery):
    """Which jobs."""

    status: Annotated[list[JobStatus], comma_separated] | None = Field(None, description="only jobs in these states")


async def list_jobs(context: Context, call: Call[JobsQuery, Nothing]) -> JobPage:
    """The user's jobs, newest first."""
    limit = call.query.items(context.settings)
    scope = ("jobs", call.user.user_id, call.query.status)
    created_at, job_id = context.cursors.place(scope, call.query.cursor)
    async with context.database.acquire() as connection:
        rows = await connection.fetch(LIST_JOBS, call.user.user_id, created_at, job_id, call.query.status, limit + 1)
    page, last = cut(rows, limit)
    return JobPage(
        items=[read_job(row) for row in page],
        next_cursor=context.cursors.after(scope, (last["created_at"], last["job_id"])) if last else None,
    )


async def get_job(context: Context, call: Call[Nothing, Nothing]) -> Job:
    """One job of the user's."""
    async with context.database.acquire() as connection:
        row = await connection.fetchrow(FIND_JOB, call.job_id, call.user.user_id)
    if row is None:
        raise not_found()
    return read_job(row)


def job_links(job_id: UUID) -> dict[str, str]:
    """Where a job is to be seen."""
    return {
        "self": f"/api/jobs/{job_id}",
        "lines": f"/api/jobs/{job_id}/lines",
        "stats": f"/api/stats/{job_id}",
        "stream": f"/stream/{job_id}",
    }


async def require_job(connection: Connection, job_id: UUID, owner_id: UUID) -> None:
    """Raises InputError (404) unless the job exists and is the owner's."""
    if await connection.fetchval(OWNS_JOB, job_id, owner_id) is None:
        raise not_found()


async def find_charset(connection: Connection, job_id: UUID, owner_id: UUID) -> str | None:
    """What the job's lines are in that are no UTF-8, where that is known; raises InputError (404) as `require_job`."""
    row = await connection.fetchrow(JOB_CHARSET, job_id, owner_id)
    if row is None:
        raise not_found()
    charset: str | None = row["charset"]
    return charset


def read_job(row: asyncpg.Record) -> Job:
    """From a row of SELECT."""
    return Job.model_validate(dict(row))


OPERATIONS = (
    Operation("GET", "/api/jobs", "Your jobs, newest first", "jobs", list_jobs, JobsQuery, Nothing, JobPage),
    Operation("GET", "/api/jobs/{job_id}", "One job", "jobs", get_job, Nothing, Nothing, Job),
)
