"""Who did what to jobs, dead letters and webhook secrets: in the act's own transaction, and told those it concerns."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from services.api.auth.accounts import User
from services.api.context import Context
from services.api.operations import Call, Nothing, Operation
from services.api.pages import Page, PageQuery, cut
from shared.database import Connection

Action = Literal[
    "dead_letters.replay",
    "dead_letters.discard",
    "replay.cancel",
    "job.cancel",
    "job.retry",
    "job.delete",
    "webhook_secret.create",
    "webhook_secret.delete",
]
FIRST = 2**63 - 1

RECORD = """
INSERT INTO audit_events (user_id, action, job_id, replay_id, details) VALUES ($1, $2, $3, $4, $5)
"""
# $1: who asks, NULL = an operator; $2, $3: the job and the letter asked for; $4: whether they are theirs. An action on
# letters of several owners is seen by each of them, but what its filter was is not. Each branch is a look-up in one
# index, and only those that the question needs are run.
FIND_EVENTS = """
WITH found AS (
    (SELECT audit_id FROM audit_events
        WHERE $2::uuid IS NULL AND $3::uuid IS NULL AND $1::uuid IS NULL AND audit_id < $5
        ORDER BY audit_id DESC LIMIT $6)
    UNION (SELECT audit_id FROM audit_events
        WHERE $2 IS NULL AND $3 IS NULL AND user_id = $1 AND audit_id < $5
        ORDER BY audit_id DESC LIMIT $6)
    UNION (SELECT audit_id FROM jobs JOIN audit_events USING (job_id)
        WHERE $2 IS NULL AND $3 IS NULL AND owner_id = $1 AND audit_id < $5
        ORDER BY audit_id DESC LIMIT $6)
    UNION SELECT audit_id FROM audit_events WHERE job_id = $2
    UNION SELECT audit_id FROM dead_letters JOIN audited_letters USING (dead_letter_id) WHERE job_id = $2
    UNION SELECT audit_id FROM audit_events WHERE $2 IS NULL AND dead_letter_id = $3
    UNION SELECT audit_id FROM audited_letters WHERE $2 IS NULL AND dead_letter_id = $3
)
SELECT audit_id, happened_at, email AS user_email, action, job_id, dead_letter_id, replay_id,
    CASE WHEN is_own THEN details ELSE '{}' END AS details
FROM found JOIN audit_events USING (audit_id) LEFT JOIN users USING (user_id) CROSS JOIN LATERAL (
    SELECT $1::uuid IS NULL OR coalesce(audit_events.user_id = $1, false)
        OR EXISTS (SELECT FROM jobs WHERE jobs.job_id = audit_events.job_id AND jobs.owner_id = $1) AS is_own
) AS asked
WHERE (is_own OR $4)
    AND ($2 IS NULL OR $3 IS NULL OR dead_letter_id = $3
        OR EXISTS (SELECT FROM audited_letters AS met WHERE met.audit_id = found.audit_id AND met.dead_letter_id = $3))
    AND audit_id < $5
ORDER BY audit_id DESC LIMIT $6
"""
ARE_OWN = """
SELECT ($2::uuid IS NOT NULL OR $3::uuid IS NOT NULL)
    AND ($2 IS NULL OR EXISTS (SELECT FROM jobs WHERE job_id = $2 AND owner_id = $1))
    AND ($3 IS NULL OR EXISTS (
        SELECT FROM dead_letters JOIN jobs USING (job_id) WHERE dead_letter_id = $3 AND owner_id = $1))
"""


class AuditQuery(PageQuery):
    """Which events."""

    job_id: UUID | None = Field(None, description="what was done to this job and its dead letters")
    dead_letter_id: UUID | None = Field(None, description="what was done to this dead letter")


class AuditEvent(BaseModel):
    """One action of somebody's."""

    audit_id: int
    happened_at: datetime
    user_email: str | None = Field(description="null where the user is gone")
    action: Action
    job_id: UUID | None = Field(description="the job it was done to, which may be gone")
    dead_letter_id: UUID | None = Field(description="the one dead letter it was done to")
    replay_id: UUID | None
    details: dict[str, Any] = Field(description="such as the filter, and how many dead letters matched")


class AuditPage(Page[AuditEvent]):
    """A page of events."""


async def record(
    connection: Connection,
    user_id: UUID,
    action: Action,
    *,
    job_id: UUID | None = None,
    replay_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Keeps what the user did, if the transaction that `connection` is in is committed; `details` are JSON."""
    await connection.execute(RECORD, user_id, action, job_id, replay_id, details or {})


async def list_events(context: Context, call: Call[AuditQuery, Nothing]) -> AuditPage:
    """What you did, and what others did to your jobs, newest first; operators see all."""
    query, user = call.query, call.user
    limit = query.items(context.settings)
    scope = ("audit", user.scope, query.job_id, query.dead_letter_id)
    before = int(context.cursors.read(scope, query.cursor)[0]) if query.cursor else FIRST
    async with context.database.acquire() as connection:
        rows = await find_events(connection, user, query.job_id, query.dead_letter_id, before=before, limit=limit + 1)
    page, last = cut(rows, limit)
    return AuditPage(
        items=[AuditEvent.model_validate(dict(row)) for row in page],
        next_cursor=context.cursors.write(scope, [last["audit_id"]]) if last else None,
    )


async def find_events(
    connection: Connection,
    user: User,
    job_id: UUID | None,
    dead_letter_id: UUID | None,
    *,
    before: int = FIRST,
    limit: int,
) -> list[asyncpg.Record]:
    """The newest events with an `audit_id` below `before` that the user may see, as rows of `AuditEvent`'s fields."""
    are_own = await connection.fetchval(ARE_OWN, user.user_id, job_id, dead_letter_id)
    return await connection.fetch(FIND_EVENTS, user.scope, job_id, dead_letter_id, are_own, before, limit)


OPERATIONS = (
    Operation("GET", "/api/audit", "Who did what", "dead letters", list_events, AuditQuery, Nothing, AuditPage),
)
