"""What an owner's questions read does not grow with everybody's dead letters and events."""

import json
from uuid import UUID, uuid4

import pytest

from services.api.audit import FIND_EVENTS, FIRST
from services.api.cursors import BEFORE_ALL
from services.api.dead_letters.discarding import FIND_STATE
from services.api.dead_letters.filters import LetterFilter, for_scope
from services.api.dead_letters.letter import FIND_LETTER
from services.api.dead_letters.listing import (
    COUNT_OWN_WAITING,
    COUNT_WAITING,
    GROUP_LETTERS,
    LIST_ALL,
    LIST_OWN,
    MOST_COUNTED,
)
from services.api.dead_letters.replaying import COUNT_HINDRANCES, REPLAY_AGAIN_AFTER
from shared.database import Database
from tests.integration.api.owner import Owner
from tests.integration.api.seed import Seed

EVERYBODYS, JOBS = 20_000, 50
MOST_BLOCKS = 100
ADD_EVENTS = """
INSERT INTO audit_events (user_id, action, job_id) SELECT $1, 'job.cancel', gen_random_uuid()
FROM generate_series(1, $2)
"""
ADD_EVENT = "INSERT INTO audit_events (user_id, action, job_id) VALUES ($1, 'job.retry', $2)"
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "


@pytest.fixture
async def letter_id(ann: Owner, bob: Owner, seed: Seed) -> UUID:
    """Ann's only letter, older than all of Bob's many."""
    job_id = await seed.job(ann.user_id)
    letter_id = await seed.dead_letter(job_id)
    await seed.change(ADD_EVENT, bob.user_id, job_id)
    for _ in range(JOBS):
        await seed.dead_letters(await seed.job(bob.user_id), EVERYBODYS // JOBS)
    await seed.change(ADD_EVENTS, bob.user_id, EVERYBODYS)
    for table in ("jobs", "dead_letters", "audit_events", "audited_letters", "users"):
        await seed.change(f"VACUUM ANALYZE {table}")
    return letter_id


async def blocks_read(database: Database, statement: str, *arguments: object) -> tuple[int, int]:
    """How many blocks of 8 KiB, and how many rows were found."""
    async with database.acquire() as connection:
        (explained,) = json.loads(await connection.fetchval(EXPLAIN + statement, *arguments))
    plan = explained["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], plan["Actual Rows"]


async def test_an_owner_reads_the_own_only(ann: Owner, database: Database, letter_id: UUID) -> None:
    ann_id = ann.user_id
    mine, one = LetterFilter().arguments(ann_id), LetterFilter(dead_letter_id=letter_id).arguments(ann_id)
    asked: list[tuple[str, tuple[object, ...], int]] = [
        (for_scope(LIST_OWN, ann_id), (*mine, *BEFORE_ALL, 51, 1000), 1),
        (for_scope(GROUP_LETTERS, ann_id), (*mine, 1000, 1000), 1),
        (for_scope(COUNT_HINDRANCES, ann_id), (*mine, REPLAY_AGAIN_AFTER), 1),
        (for_scope(FIND_LETTER, ann_id), one, 1),
        (for_scope(FIND_STATE, ann_id), one, 1),
        (COUNT_OWN_WAITING, (MOST_COUNTED, ann_id), 1),
        (FIND_EVENTS, (ann_id, None, None, False, FIRST, 51), 1),
        (FIND_EVENTS, (ann_id, uuid4(), None, False, FIRST, 51), 0),
        (FIND_EVENTS, (ann_id, None, letter_id, True, FIRST, 51), 0),
    ]
    for statement, arguments, rows in asked:
        blocks, found = await blocks_read(database, statement, *arguments)
        assert (blocks < MOST_BLOCKS, found) == (True, rows), (blocks, statement)


async def test_an_operator_reads_a_page(database: Database, letter_id: UUID) -> None:
    everybodys = LetterFilter().arguments(None)
    asked: list[tuple[str, tuple[object, ...], int]] = [
        (for_scope(LIST_ALL, None), (*everybodys, *BEFORE_ALL, 51, 1000), 51),
        (COUNT_WAITING, (MOST_COUNTED,), 1),
        (FIND_EVENTS, (None, None, None, False, FIRST, 51), 51),
        (FIND_EVENTS, (None, None, letter_id, False, FIRST, 51), 0),
    ]
    for statement, arguments, rows in asked:
        blocks, found = await blocks_read(database, statement, *arguments)
        assert (blocks < 3 * MOST_BLOCKS, found) == (True, rows), (blocks, statement)
