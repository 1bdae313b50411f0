"""Replays of dead letters: how far they are, and stopping them. The aggregator is who publishes the letters."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from services.api.audit import record
from services.api.context import Context
from services.api.operations import Call, Nothing, Operation, path_id
from services.api.pages import Page, PageQuery, cut
from services.api.problems import not_found
from shared.database import BULK_SECONDS
from shared.errors import InputError
from shared.replay_counts import COUNT_LETTERS

SELECT = f"""
SELECT replay_id, user_id, status, filter, total, created_at, ended_at,
    coalesce(replays.published, letters.published) AS published, coalesce(replays.stored, letters.stored) AS stored,
    coalesce(replays.dead_again, letters.dead_again) AS dead_again,
    coalesce(replays.waiting, letters.waiting) AS waiting
FROM replays CROSS JOIN LATERAL ({COUNT_LETTERS}) AS letters
"""  # noqa: S608 - a constant
FIND_REPLAY = SELECT + "WHERE replay_id = $1 AND ($2::uuid IS NULL OR user_id = $2)"
LIST_REPLAYS = (
    SELECT
    + """
WHERE ($1::uuid IS NULL OR user_id = $1) AND (created_at, replay_id) < ($2, $3)
ORDER BY created_at DESC, replay_id DESC LIMIT $4
"""
)
LOCK_REPLAY = "SELECT status FROM replays WHERE replay_id = $1 AND ($2::uuid IS NULL OR user_id = $2) FOR UPDATE"
# Waits for the few letters that the aggregator publishes just now, and leaves those to their way.
TAKE_BACK = """
UPDATE dead_letters SET state = 'waiting', replays = replays - 1, changed_at = now()
WHERE replay_id = $1 AND state = 'replaying' AND published_at IS NULL
"""
CANCEL = "UPDATE replays SET status = 'cancelled', ended_at = now() WHERE replay_id = $1"
MAX_REPLAYS = 50
"""On a page: each is counted from its letters."""


class ReplayLinks(BaseModel):
    """Where to go on from here."""

    self: str
    cancel: str


class Replay(BaseModel):
    """Dead letters on their way back into the queue; once completed, as it was then.

    Until then, letters that a later replay took count there, no more here.
    """

    replay_id: UUID
    status: Literal["running", "completed", "cancelled"]
    filter: dict[str, Any] = Field(description="which letters were asked for")
    total: int = Field(description="letters it began with")
    published: int = Field(description="of them, those that went into the queue, whatever became of them")
    stored: int = Field(description="of those published, the ones whose lines are stored now")
    dead_again: int = Field(description="of those published, the ones that were dead-lettered once more")
    waiting: int = Field(description="of them, those that did not go into the queue, not yet or not any more")
    created_at: datetime
    ended_at: datetime | None
    links: ReplayLinks


class ReplayPage(Page[Replay]):
    """A page of replays."""


async def list_replays(context: Context, call: Call[PageQuery, Nothing]) -> ReplayPage:
    """Your replays, newest first; an operator's are everybody's."""
    limit = min(call.query.items(context.settings), MAX_REPLAYS)
    owner = call.user.scope
    scope = ("replays", owner)
    created_at, replay_id = context.cursors.place(scope, call.query.cursor)
    async with context.searches, context.database.acquire() as connection:
        rows = await connection.fetch(LIST_REPLAYS, owner, created_at, replay_id, limit + 1)
    page, last = cut(rows, limit)
    return ReplayPage(
        items=[_replay(row) for row in page],
        next_cursor=context.cursors.after(scope, (last["created_at"], last["replay_id"])) if last else None,
    )


async def get_replay(context: Context, call: Call[Nothing, Nothing]) -> Replay:
    """How far a replay is."""
    async with context.database.acquire() as connection:
        row = await connection.fetchrow(FIND_REPLAY, path_id(call.request, "replay_id"), call.user.scope)
    if row is None:
        raise not_found()
    return _replay(row)


async def cancel_replay(context: Context, call: Call[Nothing, Nothing]) -> Replay:
    """Stops a replay: what it has not published waits again; done twice it is the same as once; raises InputError:
    409 for one that is completed."""
    replay_id, user = path_id(call.request, "replay_id"), call.user
    async with context.searches, context.database.transaction() as connection:
        status = await connection.fetchval(LOCK_REPLAY, replay_id, user.scope)
        if status is None:
            raise not_found()
        if status == "completed":
            raise InputError(409, "Replay ended", "None of its letters is under way any more.")
        if status == "running":
            done = await connection.execute(TAKE_BACK, replay_id, timeout=BULK_SECONDS)
            await connection.execute(CANCEL, replay_id)
            taken_back = int(done.removeprefix("UPDATE "))
            details = {"taken_back": taken_back}
            await record(connection, user.user_id, "replay.cancel", replay_id=replay_id, details=details)
        row = await connection.fetchrow(FIND_REPLAY, replay_id, user.scope)
    if row is None:
        raise not_found()
    return _replay(row)


def replay_links(replay_id: UUID) -> ReplayLinks:
    """Where a replay is to be seen and stopped."""
    address = f"/api/replays/{replay_id}"
    return ReplayLinks(self=address, cancel=f"{address}/cancel")


def _replay(row: asyncpg.Record) -> Replay:
    return Replay.model_validate({**dict(row), "links": replay_links(row["replay_id"])})


TAG = "dead letters"
PATH = "/api/replays"
ONE = PATH + "/{replay_id}"
OPERATIONS = (
    Operation("GET", PATH, "Your replays, newest first", TAG, list_replays, PageQuery, Nothing, ReplayPage),
    Operation("GET", ONE, "How far one is", TAG, get_replay, Nothing, Nothing, Replay),
    Operation("POST", ONE + "/cancel", "Stop it", TAG, cancel_replay, Nothing, Nothing, Replay, conflicts=True),
)
