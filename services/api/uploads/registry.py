"""An upload's own columns of its job: entered, kept alive, sealed, or marked interrupted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from uuid import UUID

from shared.database import Connection, Database
from shared.errors import LogmillError
from shared.job_removal import remove_jobs

ENTER = """
INSERT INTO jobs (job_id, owner_id, source, file_name, bytes_total, started_at) VALUES ($1, $2, 'upload', $3, $4, now())
"""
KEEP_ALIVE = """
UPDATE jobs j SET bytes_received = f.bytes_received, receiving_seen_at = now(),
    lines_read = CASE WHEN j.sealed_at IS NULL THEN f.lines_read ELSE j.lines_read END,
    notice = CASE WHEN j.sealed_at IS NULL THEN f.notice END
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[]) AS f (job_id, bytes_received, lines_read, notice)
WHERE j.job_id = f.job_id AND (j.status = 'receiving' OR j.sealed_at IS NOT NULL)
RETURNING j.job_id
"""
# In one order, so that two who lock several wait for each other only one way.
LOCK_JOBS = """
SELECT job_id, file_name, sealed_at IS NOT NULL AS is_sealed FROM jobs
WHERE job_id = ANY ($1::uuid[]) ORDER BY job_id FOR NO KEY UPDATE
"""
# Sealing what is sealed already changes nothing: the answer to the first try may have been lost. A job with an input
# error will have failed when all of its lines have their place. A cancelled one has read what has its place.
SEAL = """
UPDATE jobs j SET status = CASE j.status WHEN 'receiving' THEN 'processing' ELSE j.status END,
    sealed_at = coalesce(j.sealed_at, now()), bytes_total = f.bytes_received, bytes_received = f.bytes_received,
    lines_read = CASE j.status WHEN 'cancelled' THEN j.lines_read ELSE f.lines_read END,
    batches_total = f.batches_total, content_sha256 = f.content_sha256, lines_sha256 = f.lines_sha256,
    ends_in_newline = f.ends_in_newline, charset = f.charset, input_error = coalesce(j.input_error, f.failure),
    notice = NULL
FROM unnest(
    $1::uuid[], $2::bigint[], $3::bigint[], $4::integer[], $5::bytea[], $6::bytea[], $7::boolean[], $8::text[],
    $9::text[]
) AS f (
    job_id, bytes_received, lines_read, batches_total, content_sha256, lines_sha256, ends_in_newline, charset, failure
)
WHERE j.job_id = f.job_id AND (j.status = 'receiving' OR j.sealed_at IS NOT NULL)
RETURNING j.job_id
"""
LOCK_CONTENTS = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key"
FIND_FIRSTS = """
SELECT DISTINCT ON (content_sha256) content_sha256, job_id, file_name, status FROM jobs
WHERE owner_id = $1 AND content_sha256 = ANY ($2::bytea[]) AND lines_read > 0
    AND (status IN ('completed', 'completed_with_errors') OR status = 'processing' AND input_error IS NULL)
ORDER BY content_sha256, created_at, job_id
"""
INTERRUPT = """
UPDATE jobs SET status = 'interrupted', failed_at = now(), bytes_received = $2, error_message = $4, notice = NULL,
    lines_read = greatest($3, lines_stored + lines_rejected + lines_dead_lettered)
WHERE job_id = $1 AND status = 'receiving'
"""

CONTENT_LOCKS = 64
"""For each owner."""


class JobNotReceiving(LogmillError):
    """The job was ended by somebody else (the sweeper, a cancel) while its input still came in."""


@dataclass(frozen=True, slots=True)
class Received:
    """An input that is in the queue as far as it could be read: what its job is sealed with, as SEAL takes it.

    `lines_sha256`: the hash of its lines as they were sent, which differs from that of the content where lines had to
    be made of it first (UTF-16, JSON arrays). `charset`: what its lines are in that are no UTF-8, None where that is
    not known. `failure`: why the rest of it could not be read, None where there is no rest.
    """

    bytes_received: int
    lines_read: int
    batches_total: int
    content_sha256: bytes
    lines_sha256: bytes
    ends_in_newline: bool
    charset: str | None
    failure: str | None = None

    @property
    def counts_as_content(self) -> bool:
        """Whether another input may be the same: not where there is nothing, or not all of it."""
        return self.lines_read > 0 and self.failure is None


@dataclass(frozen=True, slots=True)
class Alive:
    """How far an input that still comes in is; `lines_read` are those the broker has, `notice` is what holds it up."""

    job_id: UUID
    bytes_received: int
    lines_read: int
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class FirstJob:
    """The job that has the same content already."""

    job_id: UUID
    file_name: str
    status: str


class UploadRegistry:
    """Writes those columns. Every method raises DatabaseUnavailable while PostgreSQL is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, job_id: UUID, owner_id: UUID, file_name: str, bytes_total: int | None) -> None:
        """The job begins, status `receiving`."""
        async with self._database.acquire() as connection:
            await connection.execute(ENTER, job_id, owner_id, file_name, bytes_total)

    async def keep_alive(self, inputs: Sequence[Alive]) -> None:
        """Says that these still come in. Raises JobNotReceiving if one of their jobs was ended meanwhile."""
        columns = zip(*(astuple(one) for one in inputs), strict=True)
        async with self._database.acquire() as connection:
            alive = {row["job_id"] for row in await connection.fetch(KEEP_ALIVE, *columns)}
        for one in inputs:
            if one.job_id not in alive:
                raise JobNotReceiving(f"the job {one.job_id} was ended while its upload went on")

    async def seal(self, owner_id: UUID, received: Mapping[UUID, Received], *, again: bool) -> dict[UUID, FirstJob]:
        """Every batch of all these jobs is confirmed: status `processing`, for all or for none of them.

        Unless `again`, what the owner has already is not kept twice: such a job is removed, and the answer tells its
        first one. Raises JobNotReceiving if one was ended meanwhile. May be repeated, with the same answer.
        """
        async with self._database.transaction() as connection:
            await connection.execute(LOCK_CONTENTS, content_locks(owner_id, received.values()))
            rows = await connection.fetch(LOCK_JOBS, list(received))
            if again:
                duplicates = {}
            else:
                firsts = await _find_firsts(connection, owner_id, received.values())
                sealed = {row["job_id"] for row in rows if row["is_sealed"]}
                names = {row["job_id"]: row["file_name"] for row in rows}
                duplicates = find_duplicates(received, names, sealed, firsts)
                if duplicates:
                    await remove_jobs(connection, duplicates)
            await _seal(connection, {job_id: file for job_id, file in received.items() if job_id not in duplicates})
        return duplicates

    async def remove(self, job_ids: Collection[UUID]) -> None:
        """Nothing was confirmed of them: as if they had never been. What comes of them all the same is passed over."""
        async with self._database.transaction() as connection:
            await remove_jobs(connection, job_ids)

    async def interrupt(self, job_id: UUID, bytes_received: int, lines_read: int, reason: str) -> None:
        """The input broke off; what was confirmed of it is still stored."""
        async with self._database.acquire() as connection:
            await connection.execute(INTERRUPT, job_id, bytes_received, lines_read, reason)


def content_locks(owner_id: UUID, received: Iterable[Received]) -> list[int]:
    """What nobody else may seal for this owner meanwhile, as advisory locks, in the order everybody takes them in.

    Contents share locks: PostgreSQL has room for a few thousand, and an archive may have as many files.
    """
    base = int.from_bytes(owner_id.bytes[-8:], signed=True) // CONTENT_LOCKS * CONTENT_LOCKS
    return sorted({base + file.content_sha256[0] % CONTENT_LOCKS for file in received})


def find_duplicates(
    received: Mapping[UUID, Received],
    file_names: Mapping[UUID, str],
    sealed: Collection[UUID],
    firsts: Mapping[bytes, FirstJob],
) -> dict[UUID, FirstJob]:
    """Which of the inputs, in their order, have the content of an earlier job or of one before them. Pure.

    What is sealed already (the answer to that got lost) is none; a job that was removed is a duplicate still.
    """
    known, duplicates = dict(firsts), {}
    for job_id, file in received.items():
        if job_id in sealed or not file.counts_as_content:
            continue
        if file.content_sha256 in known:
            duplicates[job_id] = known[file.content_sha256]
        elif job_id in file_names:
            known[file.content_sha256] = FirstJob(job_id, file_names[job_id], "processing")
    return duplicates


async def _find_firsts(connection: Connection, owner_id: UUID, received: Iterable[Received]) -> dict[bytes, FirstJob]:
    """The owner's first job of each content."""
    contents = list({file.content_sha256 for file in received})
    rows = await connection.fetch(FIND_FIRSTS, owner_id, contents)
    return {row["content_sha256"]: FirstJob(row["job_id"], row["file_name"], row["status"]) for row in rows}


async def _seal(connection: Connection, received: Mapping[UUID, Received]) -> None:
    if not received:
        return
    columns = zip(*(astuple(file) for file in received.values()), strict=True)
    sealed = {row["job_id"] for row in await connection.fetch(SEAL, list(received), *columns)}
    for job_id in received:
        if job_id not in sealed:
            raise JobNotReceiving(f"the job {job_id} was ended before its upload was")
