"""Sealing: which jobs stay, which are removed, and that saying it twice changes nothing."""

import asyncio
import hashlib
from datetime import date
from uuid import UUID, uuid4

import pytest

from services.aggregator.removals import Removals
from services.api.uploads.registry import FirstJob, JobNotReceiving, Received, UploadRegistry, content_locks
from shared.database import Database
from shared.job_removal import remove_jobs
from tests.integration.api.owner import Owner
from tests.integration.api.seed import Record, Rejected, Seed


def received(content: bytes, lines_read: int = 2) -> Received:
    return Received(
        bytes_received=len(content),
        lines_read=lines_read,
        batches_total=1,
        content_sha256=hashlib.sha256(content).digest(),
        lines_sha256=hashlib.sha256(content).digest(),
        ends_in_newline=True,
        charset=None,
    )


@pytest.fixture
def registry(database: Database) -> UploadRegistry:
    return UploadRegistry(database)


async def seal(
    registry: UploadRegistry, owner: Owner, *jobs: tuple[UUID, bytes], again: bool = False
) -> dict[UUID, UUID]:
    duplicates = await registry.seal(
        owner.user_id, {job_id: received(content, len(content)) for job_id, content in jobs}, again=again
    )
    return {job_id: first.job_id for job_id, first in duplicates.items()}


async def finish_removals(database: Database, step_lines: int = 1000) -> int:
    """What the aggregator does about removed jobs; in how many steps."""
    removals, steps = Removals(database, step_lines), 0
    while await removals.round():
        steps += 1
    return steps


async def jobs_of(owner: Owner) -> dict[UUID, str]:
    return {UUID(job["job_id"]): job["status"] for job in await owner.all_items("/api/jobs")}


async def test_the_second_is_removed_with_all_it_has(
    ann: Owner, seed: Seed, registry: UploadRegistry, database: Database
) -> None:
    first, second = [await seed.job(ann.user_id, file_name=name) for name in ("first.log", "second.log")]
    for job_id in (first, second):
        await seed.batch(job_id, 0, [Record(1), Rejected(2)])
    assert await seal(registry, ann, (first, b"same")) == {}
    duplicates = await registry.seal(ann.user_id, {second: received(b"same")}, again=False)
    assert duplicates == {second: FirstJob(first, "first.log", "processing")}
    assert await jobs_of(ann) == {first: "processing"}
    await finish_removals(database)
    async with database.acquire() as connection:
        for table in ("log_records", "rejected_lines", "batches"):
            found = await connection.fetch(f"SELECT DISTINCT job_id FROM {table}")
            assert [row["job_id"] for row in found] == [first], table


async def test_an_answer_that_got_lost_is_given_again(ann: Owner, seed: Seed, registry: UploadRegistry) -> None:
    first, second, again = [await seed.job(ann.user_id) for _ in range(3)]
    for _ in range(2):
        assert await seal(registry, ann, (first, b"same")) == {}
        assert await seal(registry, ann, (second, b"same")) == {second: first}
    assert await seal(registry, ann, (again, b"same"), again=True) == {}
    assert await seal(registry, ann, (first, b"same")) == {}
    assert await jobs_of(ann) == dict.fromkeys((first, again), "processing")


FIRSTS = [
    ("processing", True),
    ("completed", True),
    ("completed_with_errors", True),
    ("receiving", False),
    ("failed", False),
    ("cancelled", False),
    ("interrupted", False),
]


@pytest.mark.parametrize(("status", "counts"), FIRSTS)
async def test_which_first_jobs_count(
    ann: Owner, seed: Seed, registry: UploadRegistry, status: str, counts: bool
) -> None:
    sha256 = hashlib.sha256(b"same").digest()
    first = await seed.job(ann.user_id, status=status, lines_read=4, content_sha256=sha256)
    second = await seed.job(ann.user_id)
    assert await seal(registry, ann, (second, b"same")) == ({second: first} if counts else {})


async def test_empty_inputs_and_other_owners(ann: Owner, bob: Owner, seed: Seed, registry: UploadRegistry) -> None:
    for owner, content in ((ann, b""), (ann, b""), (ann, b"same"), (bob, b"same")):
        job_id = await seed.job(owner.user_id)
        assert await seal(registry, owner, (job_id, content)) == {}


async def test_within_a_form(ann: Owner, seed: Seed, registry: UploadRegistry) -> None:
    one, two, other = [await seed.job(ann.user_id) for _ in range(3)]
    assert await seal(registry, ann, (one, b"same"), (two, b"same"), (other, b"other")) == {two: one}
    assert await jobs_of(ann) == dict.fromkeys((one, other), "processing")


async def test_an_ended_job_lets_the_whole_form_down(ann: Owner, seed: Seed, registry: UploadRegistry) -> None:
    first, fine, copy = [await seed.job(ann.user_id) for _ in range(3)]
    ended = await seed.job(ann.user_id, status="interrupted")
    assert await seal(registry, ann, (first, b"same")) == {}
    with pytest.raises(JobNotReceiving):
        await seal(registry, ann, (fine, b"fine"), (copy, b"same"), (ended, b"ended"))
    assert await jobs_of(ann) == {
        first: "processing",
        fine: "receiving",
        copy: "receiving",
        ended: "interrupted",
    }


async def test_at_the_same_time(ann: Owner, seed: Seed, registry: UploadRegistry) -> None:
    contents = [b"%d" % number for number in range(5)]
    forms = [[(await seed.job(ann.user_id), content) for content in contents] for _ in range(4)]
    sealing = [seal(registry, ann, *(form if number % 2 else form[::-1])) for number, form in enumerate(forms)]
    removed = await asyncio.gather(*sealing)
    assert sorted(len(duplicates) for duplicates in removed) == [0, 5, 5, 5]
    assert len(await jobs_of(ann)) == 5


async def test_removal_waits_for_who_stores_a_batch(ann: Owner, seed: Seed, database: Database) -> None:
    job_id = await seed.job(ann.user_id)
    await seed.batch(job_id, 0, [Record(1)])

    async def remove() -> list[UUID]:
        async with database.transaction() as connection:
            return await remove_jobs(connection, [job_id])

    async with database.transaction() as worker:
        await worker.execute("INSERT INTO batches VALUES ($1, 1, 2, 1, 1, 0, '2025-06-01')", job_id)
        removing = asyncio.create_task(remove())
        await asyncio.wait([removing], timeout=0.3)
        assert not removing.done()
        await worker.execute(
            "INSERT INTO log_records (job_id, line_no, stored_on, line_count, message, format)"
            " VALUES ($1, 2, '2025-06-01', 1, 'late', 'plain')",
            job_id,
        )
    assert await removing == [job_id]
    assert await remove() == []
    await finish_removals(database)
    async with database.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM log_records WHERE job_id = $1", job_id) == 0


async def test_the_records_of_removed_jobs_go_step_by_step(ann: Owner, seed: Seed, database: Database) -> None:
    removed, beside, kept = [await seed.job(ann.user_id) for _ in range(3)]
    other_day = date(2025, 6, 2)
    for job_id in (removed, beside, kept):
        await seed.many(job_id, batches=5, lines_per_batch=10)
        await seed.batch(job_id, 5, [Record(51), Rejected(52), Record(53)], stored_on=other_day)
        await seed.batch(job_id, 6, [Rejected(54)], stored_on=date(2025, 6, 3))
    async with database.transaction() as connection:
        assert set(await remove_jobs(connection, [removed, beside, uuid4()])) == {removed, beside}
    assert set(await jobs_of(ann)) == {kept}
    async with database.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM removed_jobs") == 4
    async with database.transaction() as other:
        await other.fetch("SELECT 1 FROM removed_jobs WHERE job_id = $1 FOR UPDATE", removed)
        assert await finish_removals(database, step_lines=20) == (3 + 1) + (3 + 1)
        left = await other.fetch("SELECT DISTINCT job_id FROM log_records WHERE job_id <> $1", kept)
        assert [row["job_id"] for row in left] == [removed]
    await asyncio.gather(*(finish_removals(database, step_lines=20) for _ in range(3)))
    async with database.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM removed_jobs") == 0
        counts = await connection.fetch("SELECT job_id, count(*) FROM log_records GROUP BY job_id")
    assert [tuple(row) for row in counts] == [(kept, 52)]


async def test_an_archive_of_thousands_is_sealed_at_once(ann: Owner, registry: UploadRegistry, seed: Seed) -> None:
    names = [f"{number}.log" for number in range(300)]
    first, second = [[await seed.job(ann.user_id, file_name=name) for name in names] for _ in range(2)]
    contents = [b"content %d" % (number % 200) for number in range(300)]
    kept = await seal(registry, ann, *zip(first, contents, strict=True))
    assert kept == dict(zip(first[200:], first[:100], strict=True))
    removed = await seal(registry, ann, *zip(second, contents, strict=True))
    assert removed == dict(zip(second, first[:200] + first[:100], strict=True))
    assert len(await jobs_of(ann)) == 200


def test_locks_are_the_owners_and_in_one_order() -> None:
    ann, bob = uuid4(), uuid4()
    files = [received(b"%d" % number) for number in range(2000)]
    locks = content_locks(ann, files)
    assert locks == content_locks(ann, files[::-1] + files) == sorted(set(locks))
    assert len(locks) == 64
    assert all(-(2**63) <= lock < 2**63 for lock in locks)
    assert not set(locks) & set(content_locks(bob, files))
