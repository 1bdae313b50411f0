"""Marking dead letters for the aggregator to publish once more.

A letter can be replayed while it waits. One that is being replayed cannot, until REPLAY_AGAIN_MINUTES after it was
published: a second copy then is harmless, since the ledger takes one. Never: stored or discarded ones, those of a
cancelled job, and those that do not say which batch of which job they are, since workers would drop them.
"""

from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg

from services.api.audit import Action
from services.api.auth.accounts import User
from services.api.context import Context
from services.api.dead_letters.filters import MATCHES, LetterFilter, ReplayQuery, for_scope
from services.api.dead_letters.refusals import REPLAY_AGAIN_MINUTES, nothing_to_replay, refusal
from services.api.dead_letters.visibility import require_visible_job
from services.api.operations import Call, Nothing, path_id
from services.api.problems import not_found
from services.api.replays import Replay, replay_links
from shared.database import BULK_SECONDS, Connection
from shared.errors import InputError

REPLAY_AGAIN_AFTER = timedelta(minutes=REPLAY_AGAIN_MINUTES)

# Why the letter `dead` cannot be replayed, NULL where it can; $7 = REPLAY_AGAIN_AFTER.
HINDRANCE = """
CASE
    WHEN dead.state IN ('stored', 'discarded') THEN dead.state
    WHEN coalesce(lower(dead.headers ->> 'job_id') <> dead.job_id::text
        OR dead.headers ->> 'batch_no' <> dead.batch_no::text, true) THEN 'unaddressed'
    WHEN EXISTS (SELECT FROM jobs WHERE jobs.job_id = dead.job_id AND jobs.status = 'cancelled') THEN 'cancelled'
    WHEN dead.state = 'replaying' AND dead.replay_id IS NOT NULL
        AND coalesce(dead.published_at > now() - $7::interval, true) THEN 'replaying'
END
"""
START = f"""
WITH marked AS (
    UPDATE dead_letters AS dead
    SET state = 'replaying', replay_id = $8, published_at = NULL, replays = replays + 1, changed_at = now()
    WHERE {MATCHES} AND {HINDRANCE} IS NULL RETURNING dead_letter_id
), started AS (
    INSERT INTO replays (replay_id, user_id, filter, total) SELECT $8, $9, $10, count(*) FROM marked HAVING count(*) > 0
    RETURNING total, created_at
), audited AS (
    INSERT INTO audit_events (user_id, action, job_id, dead_letter_id, replay_id, details)
    SELECT $9, $11, coalesce($3, (SELECT job_id FROM dead_letters WHERE dead_letter_id = $2)), $2, $8,
        jsonb_build_object('filter', $10::jsonb, 'letters', total)
    FROM started RETURNING audit_id
), linked AS (
    INSERT INTO audited_letters (dead_letter_id, audit_id) SELECT dead_letter_id, audit_id FROM marked, audited
)
SELECT total, created_at FROM started
"""  # noqa: S608
WAIT_AGAIN = """
UPDATE dead_letters SET state = 'waiting', changed_at = now() WHERE job_id = $1 AND state = 'replaying'
"""
COUNT_HINDRANCES = f"""
SELECT coalesce({HINDRANCE}, 'ready') AS hindrance, count(*) AS letters FROM dead_letters AS dead
WHERE {MATCHES} GROUP BY 1 ORDER BY 2 DESC, 1
"""  # noqa: S608


async def start_replay(
    connection: Connection, user: User, wanted: LetterFilter, action: Action = "dead_letters.replay"
) -> Replay | None:
    """Marks the letters that match, that `user` may see and that can be replayed; audited as `action`.

    In the caller's transaction, once for all letters. None where there is no such letter: nothing is written then, and
    `why_nothing` says why.
    """
    replay_id = uuid4()
    matching = wanted.arguments(user.scope)
    marking = (REPLAY_AGAIN_AFTER, replay_id, user.user_id, wanted.described(), action)
    statement = for_scope(START, user.scope)
    row = await connection.fetchrow(statement, *matching, *marking, timeout=BULK_SECONDS)
    return _started(replay_id, wanted, row) if row else None


async def call_back(connection: Connection, job_id: UUID) -> None:
    """Lets the letters of a job that is being cancelled wait again: what is published of them, workers drop."""
    await connection.execute(WAIT_AGAIN, job_id, timeout=BULK_SECONDS)


async def why_nothing(connection: Connection, user: User, wanted: LetterFilter) -> str:
    """Why nothing that matches can be replayed, for people."""
    return nothing_to_replay(await _hindrances(connection, user, wanted))


async def replay_letters(context: Context, call: Call[ReplayQuery, Nothing]) -> Replay:
    """Replays all dead letters that match, without a filter every one that waits; raises InputError: 404 for a job
    that is not yours, 409 where there is nothing to replay."""
    wanted, user = LetterFilter.of(call.query), call.user
    async with context.searches, context.database.transaction() as connection:
        await require_visible_job(connection, user, wanted.job_id)
        replay = await start_replay(connection, user, wanted)
        if replay is None:
            raise InputError(409, "Nothing to replay", await why_nothing(connection, user, wanted))
    return replay


async def replay_letter(context: Context, call: Call[Nothing, Nothing]) -> Replay:
    """Replays one dead letter; raises InputError: 404 if it is not there or not yours, 409 if it cannot be replayed
    or is being replayed already."""
    wanted, user = LetterFilter(dead_letter_id=path_id(call.request, "dead_letter_id")), call.user
    async with context.database.transaction() as connection:
        replay = await start_replay(connection, user, wanted)
        if replay is None:
            hindrances = await _hindrances(connection, user, wanted)
            raise refusal(hindrances[0][0]) if hindrances else not_found()
    return replay


async def _hindrances(connection: Connection, user: User, wanted: LetterFilter) -> list[tuple[str, int]]:
    """What stands in the way of those that match, and of how many."""
    statement = for_scope(COUNT_HINDRANCES, user.scope)
    rows = await connection.fetch(statement, *wanted.arguments(user.scope), REPLAY_AGAIN_AFTER)
    return [(row["hindrance"], row["letters"]) for row in rows]


def _started(replay_id: UUID, wanted: LetterFilter, row: asyncpg.Record) -> Replay:
    return Replay(
        replay_id=replay_id,
        status="running",
        filter=wanted.described(),
        total=row["total"],
        published=0,
        stored=0,
        dead_again=0,
        waiting=row["total"],
        created_at=row["created_at"],
        ended_at=None,
        links=replay_links(replay_id),
    )
