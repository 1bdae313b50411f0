"""Giving up dead letters: their bytes go, and their lines stay counted as dead-lettered."""

from pydantic import BaseModel
from starlette.responses import Response

from services.api.auth.accounts import User
from services.api.context import Context
from services.api.dead_letters.filters import MATCHES, DiscardQuery, LetterFilter, for_scope
from services.api.dead_letters.refusals import refusal
from services.api.dead_letters.visibility import require_visible_job
from services.api.operations import Call, Nothing, path_id
from services.api.problems import not_found
from shared.database import BULK_SECONDS, Connection

# Only letters that wait: what is being replayed may be stored at any moment.
DISCARD = f"""
WITH discarded AS (
    UPDATE dead_letters AS dead SET state = 'discarded', body = '', changed_at = now()
    WHERE {MATCHES} AND dead.state = 'waiting' RETURNING dead_letter_id
), audited AS (
    INSERT INTO audit_events (user_id, action, job_id, dead_letter_id, details)
    SELECT $7, 'dead_letters.discard', coalesce($3, (SELECT job_id FROM dead_letters WHERE dead_letter_id = $2)), $2,
        jsonb_build_object('filter', $8::jsonb, 'letters', count(*))
    FROM discarded HAVING count(*) > 0 RETURNING audit_id
), linked AS (
    INSERT INTO audited_letters (dead_letter_id, audit_id) SELECT dead_letter_id, audit_id FROM discarded, audited
)
SELECT count(*) FROM discarded
"""  # noqa: S608
FIND_STATE = f"SELECT state FROM dead_letters AS dead WHERE {MATCHES}"  # noqa: S608


class Discarded(BaseModel):
    """How many were discarded."""

    discarded: int


async def discard_letters(context: Context, call: Call[DiscardQuery, Nothing]) -> Discarded:
    """Deletes the bytes of all that match and wait; their lines still count as dead-lettered; raises InputError: 404
    for a job that is not yours, 422 without a filter and without all=true."""
    wanted, user = LetterFilter.of(call.query), call.user
    async with context.searches, context.database.transaction() as connection:
        await require_visible_job(connection, user, wanted.job_id)
        return Discarded(discarded=await discard(connection, user, wanted))


async def discard_letter(context: Context, call: Call[Nothing, Nothing]) -> Response:
    """Deletes the bytes of one that waits; done twice it is the same as once; raises InputError: 404 if it is not
    there or not yours, 409 if it is stored or being replayed."""
    wanted, user = LetterFilter(dead_letter_id=path_id(call.request, "dead_letter_id")), call.user
    async with context.database.transaction() as connection:
        if not await discard(connection, user, wanted):
            state = await connection.fetchval(for_scope(FIND_STATE, user.scope), *wanted.arguments(user.scope))
            if state is None:
                raise not_found()
            if state != "discarded":
                raise refusal(state)
    return Response(status_code=204)


async def discard(connection: Connection, user: User, wanted: LetterFilter) -> int:
    """Discards those that match, that the user may see and that wait, audited; answers how many they were."""
    arguments = (*wanted.arguments(user.scope), user.user_id, wanted.described())
    statement = for_scope(DISCARD, user.scope)
    discarded: int = await connection.fetchval(statement, *arguments, timeout=BULK_SECONDS)
    return discarded
