"""Dead letters as a list, newest first, and grouped by their reason."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from services.api.context import Context
from services.api.cursors import Position
from services.api.dead_letters.filters import MATCHES, NOT_OVER, LetterChoice, LetterFilter, LettersQuery, LetterState
from services.api.dead_letters.visibility import require_visible_job
from services.api.operations import Call, Nothing
from services.api.pages import Page, cut

MAX_DETAIL_CHARACTERS = 1000
"""In lists; the letter itself has all of it."""

COLUMNS = """
dead_letter_id, dead.job_id, jobs.file_name, batch_no, first_line, line_count, octet_length(body) AS body_bytes, reason,
state, jsonb_array_length(attempts) AS attempts, replays, dead_lettered_at, changed_at
"""
LIST_LETTERS = f"""
SELECT {COLUMNS}, left(detail, $10) AS detail
FROM dead_letters AS dead LEFT JOIN jobs ON jobs.job_id = dead.job_id
WHERE {MATCHES} AND (dead_lettered_at, dead_letter_id) < ($7, $8)
ORDER BY dead_lettered_at DESC, dead_letter_id DESC LIMIT $9
"""  # noqa: S608
GROUP_LETTERS = f"""
SELECT grouped.*, left(newest.detail, $8) AS detail
FROM (
    SELECT reason, count(*) AS letters, sum(line_count)::bigint AS lines, count(DISTINCT job_id) AS jobs,
        min(dead_lettered_at) AS first_at, max(dead_lettered_at) AS last_at,
        (array_agg(dead_letter_id ORDER BY dead_lettered_at DESC, dead_letter_id DESC))[1] AS newest_id
    FROM dead_letters AS dead WHERE {MATCHES}
    GROUP BY reason ORDER BY letters DESC, reason LIMIT $7
) AS grouped JOIN dead_letters AS newest ON newest.dead_letter_id = newest_id
ORDER BY letters DESC, grouped.reason
"""  # noqa: S608
START = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


class DeadLetter(BaseModel):
    """A line batch that no worker could store."""

    dead_letter_id: UUID
    job_id: UUID | None = Field(description="null where it does not tell, or the job is not known; operators see those")
    file_name: str | None
    batch_no: int | None = Field(description="its place among the job's batches, from 0")
    first_line: int | None = Field(description="its first line's place in the input, from 1")
    line_count: int
    body_bytes: int = Field(description="bytes kept, compressed; 0 once they are stored or discarded")
    reason: str = Field(description="the kind of failure")
    detail: str = Field(description="what went wrong")
    state: LetterState
    attempts: int = Field(description="how often workers tried")
    replays: int = Field(description="how often it was replayed")
    dead_lettered_at: datetime
    changed_at: datetime


class DeadLetterPage(Page[DeadLetter]):
    """A page of dead letters."""


class DeadLetterGroup(BaseModel):
    """The dead letters with the same reason."""

    reason: str
    letters: int
    lines: int
    jobs: int = Field(description="jobs they belong to")
    first_at: datetime
    last_at: datetime
    detail: str = Field(description="of the newest")


class DeadLetterGroups(Page[DeadLetterGroup]):
    """The groups, the largest first; there is never a second page."""


async def list_letters(context: Context, call: Call[LettersQuery, Nothing]) -> DeadLetterPage:
    """The dead letters of your jobs, newest first; operators see everybody's."""
    user, cursor = call.user, call.query.cursor
    wanted = LetterFilter.of(call.query, NOT_OVER)
    arguments = wanted.arguments(user.scope)
    limit = call.query.items(context.settings)
    scope = ("dead-letters", *arguments)
    died_at, letter_id = _position(context.cursors.read(scope, cursor)) if cursor else START
    async with context.searches, context.database.acquire() as connection:
        await require_visible_job(connection, user, wanted.job_id)
        rows = await connection.fetch(LIST_LETTERS, *arguments, died_at, letter_id, limit + 1, MAX_DETAIL_CHARACTERS)
    page, last = cut(rows, limit)
    position: Position = [last["dead_lettered_at"].isoformat(), str(last["dead_letter_id"])] if last else []
    return DeadLetterPage(
        items=[_letter(row) for row in page],
        next_cursor=context.cursors.write(scope, position) if last else None,
    )


async def group_letters(context: Context, call: Call[LetterChoice, Nothing]) -> DeadLetterGroups:
    """How many there are of each kind of failure."""
    user, most = call.user, context.settings.max_page_items
    wanted = LetterFilter.of(call.query, NOT_OVER)
    async with context.searches, context.database.acquire() as connection:
        await require_visible_job(connection, user, wanted.job_id)
        rows = await connection.fetch(GROUP_LETTERS, *wanted.arguments(user.scope), most, MAX_DETAIL_CHARACTERS)
    return DeadLetterGroups(items=[DeadLetterGroup.model_validate(dict(row)) for row in rows], next_cursor=None)


def _letter(row: asyncpg.Record) -> DeadLetter:
    return DeadLetter.model_validate(dict(row))


def _position(position: Position) -> tuple[datetime, UUID]:
    died_at, letter_id = position
    return datetime.fromisoformat(str(died_at)), UUID(str(letter_id))
