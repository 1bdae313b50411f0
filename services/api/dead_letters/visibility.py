"""Whose jobs a filter may name."""

from uuid import UUID

from services.api.auth.accounts import User
from services.api.problems import not_found
from shared.database import Connection

IS_VISIBLE = "SELECT 1 FROM jobs WHERE job_id = $1 AND ($2::uuid IS NULL OR owner_id = $2)"


async def require_visible_job(connection: Connection, user: User, job_id: UUID | None) -> None:
    """Raises InputError (404) where a job is named whose dead letters the user may not see, or that is not there."""
    if job_id is not None and await connection.fetchval(IS_VISIBLE, job_id, user.scope) is None:
        raise not_found()
