"""An upload's own columns of its job: entered, kept alive, sealed, or marked interrupted."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from uuid import UUID

from services.api.job_removal import remove_job
from shared.database import Connection, Database
from shared.errors import LogmillError

ENTER = """
INSERT INTO jobs (job_id, owner_id, source, file_name, bytes_total, started_at) VALUES ($1, $2, 'upload', $3, $4, now())
"""
KEEP_ALIVE = """
UPDATE jobs j SET bytes_received = f.bytes_received, lines_read = f.lines_read, receiving_seen_at = now()
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS f (job_id, bytes_received, lines_read)
WHERE j.job_id = f.job_id AND (j.status = 'receiving' OR j.sealed_at IS NOT NULL)
RETURNING j.job_id
"""
# Sealing what is sealed already changes nothing: the answer to the first try may have been lost. A job that has an
# error message while it is processing will have failed when all of its lines have their place.
SEAL = """
UPDATE jobs SET status = CASE status WHEN 'receiving' THEN 'processing' ELSE status END,
    sealed_at = coalesce(sealed_at, now()), bytes_total = $2, bytes_received = $2, lines_read = $3,
    batches_total = $4, content_sha256 = $5, ends_in_newline = $6, charset = $7,
    error_message = coalesce(error_message, $8)
WHERE job_id = $1 AND (status = 'receiving' OR sealed_at IS NOT NULL)
RETURNING job_id
"""
LOCK_CONTENTS = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key"
IS_SEALED = "SELECT sealed_at IS NOT NULL FROM jobs WHERE job_id = $1"
FIND_FIRST = """
SELECT job_id, file_name, status FROM jobs
WHERE owner_id = $1 AND content_sha256 = $2 AND job_id <> $3 AND lines_read > 0
    AND (status IN ('completed', 'completed_with_errors') OR status = 'processing' AND error_message IS NULL)
ORDER BY created_at, job_id LIMIT 1
"""
INTERRUPT = """
UPDATE jobs SET status = 'interrupted', failed_at = now(), bytes_received = $2, error_message = $4,
    lines_read = greatest($3, lines_stored + lines_rejected + lines_dead_lettered)
WHERE job_id = $1 AND status = 'receiving'
"""


class JobNotReceiving(LogmillError):
    """The job was ended by somebody else (the sweeper, a cancel) while its input still came in."""


@dataclass(frozen=True, slots=True)
class Received:
    """An input that is in the queue as far as it could be read: what its job is sealed with, as SEAL takes it.

    `charset`: what its lines are in that are no UTF-8, None where that is not known. `failure`: why the rest of it
    could not be read, None where there is no rest.
    """

    bytes_received: int
    lines_read: int
    batches_total: int
    content_sha256: bytes
    ends_in_newline: bool
    charset: str | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Alive:
    """How far an input that still comes in is; `lines_read` are those the broker has."""

    job_id: UUID
    bytes_received: int
    lines_read: int


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
        duplicates: dict[UUID, FirstJob] = {}
        async with self._database.transaction() as connection:
            await connection.execute(LOCK_CONTENTS, content_locks(owner_id, received.values()))
            for job_id, file in received.items():
                first = None if again else await _find_first(connection, owner_id, job_id, file)
                if first is not None:
                    await remove_job(connection, job_id)
                    duplicates[job_id] = first
                else:
                    await _seal(connection, job_id, file)
        return duplicates

    async def interrupt(self, job_id: UUID, bytes_received: int, lines_read: int, reason: str) -> None:
        """The input broke off; what was confirmed of it is still stored."""
        async with self._database.acquire() as connection:
            await connection.execute(INTERRUPT, job_id, bytes_received, lines_read, reason)


def content_locks(owner_id: UUID, received: Iterable[Received]) -> list[int]:
    """What nobody else may seal for this owner meanwhile, as advisory locks, in the order everybody takes them in."""
    digests = {hashlib.sha256(owner_id.bytes + file.content_sha256).digest() for file in received}
    return sorted(int.from_bytes(digest[:8], signed=True) for digest in digests)


async def _find_first(connection: Connection, owner_id: UUID, job_id: UUID, file: Received) -> FirstJob | None:
    """None for what is sealed already (the answer to that got lost); a removed job is a duplicate still."""
    if file.lines_read == 0 or file.failure is not None or await connection.fetchval(IS_SEALED, job_id):
        return None
    row = await connection.fetchrow(FIND_FIRST, owner_id, file.content_sha256, job_id)
    return FirstJob(row["job_id"], row["file_name"], row["status"]) if row else None


async def _seal(connection: Connection, job_id: UUID, file: Received) -> None:
    if await connection.fetchval(SEAL, job_id, *astuple(file)) is None:
        raise JobNotReceiving(f"the job {job_id} was ended before its upload was")
