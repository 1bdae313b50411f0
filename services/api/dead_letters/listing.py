"""Dead letters as a list, newest first, and grouped by their reason."""

from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from services.api.context import Context
from services.api.dead_letters.filters import (
    MATCHES,
    NOT_OVER,
    LetterChoice,
    LetterFilter,
    LettersQuery,
    LetterState,
    for_scope,
)
from services.api.dead_letters.visibility import require_visible_job
from services.api.operations import Call, Nothing
from services.api.pages import Page, cut

MAX_DETAIL_CHARACTERS = 1000
"""In lists; the letter itself has all of it."""

COLUMNS = """
dead_letter_id, dead.job_id, jobs.file_name, batch_no, first_line, line_count, octet_length(body) AS body_bytes, reason,
state, jsonb_array_length(attempts) AS attempts, replays, dead_lettered_at, changed_at
"""
LIST_ALL = f"""
SELECT {COLUMNS}, left(detail, $10) AS detail
FROM (
    SELECT * FROM dead_letters AS dead WHERE {MATCHES} AND (dead_lettered_at, dead_letter_id) < ($7, $8)
) AS dead LEFT JOIN jobs ON jobs.job_id = dead.job_id
ORDER BY dead_lettered_at DESC, dead_letter_id DESC LIMIT $9
"""  # noqa: S608
# An owner's letters are found first and ordered then: going by the time leads past everybody's.
LIST_OWN = LIST_ALL.replace(") AS dead", "OFFSET 0) AS dead")
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
# Both stop at $1 or $2: more than that is just many.
COUNT_WAITING = """
SELECT count(*) FROM (SELECT FROM dead_letters WHERE state = 'waiting' LIMIT $1) AS waiting
"""
COUNT_OWN_WAITING = """
SELECT count(*) FROM (
    SELECT FROM dead_letters JOIN jobs USING (job_id) WHERE state = 'waiting' AND owner_id = $2 LIMIT $1
) AS waiting
"""
MOST_COUNTED = 10_000


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


class WaitingLetters(BaseModel):
    """How much there is to decide about."""

    waiting: int = Field(description=f"dead letters that wait; {MOST_COUNTED} where there are as many or more")


async def list_letters(context: Context, call: Call[LettersQuery, Nothing]) -> DeadLetterPage:
    """The dead letters of your jobs, newest first; operators see everybody's."""
    user = call.user
    wanted = LetterFilter.of(call.query, NOT_OVER)
    arguments = wanted.arguments(user.scope)
    limit = call.query.items(context.settings)
    scope = ("dead-letters", *arguments)
    died_at, letter_id = context.cursors.place(scope, call.query.cursor)
    statement = for_scope(LIST_OWN if user.scope else LIST_ALL, user.scope)
    async with context.searches, context.database.acquire() as connection:
        await require_visible_job(connection, user, wanted.job_id)
        rows = await connection.fetch(statement, *arguments, died_at, letter_id, limit + 1, MAX_DETAIL_CHARACTERS)
    page, last = cut(rows, limit)
    end = (last["dead_lettered_at"], last["dead_letter_id"]) if last else None
    return DeadLetterPage(
        items=[_letter(row) for row in page],
        next_cursor=context.cursors.after(scope, end) if end else None,
    )


async def group_letters(context: Context, call: Call[LetterChoice, Nothing]) -> DeadLetterGroups:
    """How many there are of each kind of failure."""
    user, most = call.user, context.settings.max_page_items
    wanted = LetterFilter.of(call.query, NOT_OVER)
    statement = for_scope(GROUP_LETTERS, user.scope)
    async with context.searches, context.database.acquire() as connection:
        await require_visible_job(connection, user, wanted.job_id)
        rows = await connection.fetch(statement, *wanted.arguments(user.scope), most, MAX_DETAIL_CHARACTERS)
    return DeadLetterGroups(items=[DeadLetterGroup.model_validate(dict(row)) for row in rows], next_cursor=None)


async def count_waiting(context: Context, call: Call[Nothing, Nothing]) -> WaitingLetters:
    """How many wait; cheap enough to be asked for every few seconds."""
    scope = call.user.scope
    async with context.database.acquire() as connection:
        if scope is None:
            waiting = await connection.fetchval(COUNT_WAITING, MOST_COUNTED)
        else:
            waiting = await connection.fetchval(COUNT_OWN_WAITING, MOST_COUNTED, scope)
    return WaitingLetters(waiting=waiting)


def _letter(row: asyncpg.Record) -> DeadLetter:
    return DeadLetter.model_validate(dict(row))
