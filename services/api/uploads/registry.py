"""An upload's own columns of its job: entered, kept alive, sealed, or marked interrupted."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.database import Database
from shared.errors import LogmillError

ENTER = """
INSERT INTO jobs (job_id, owner_id, source, file_name, bytes_total, started_at) VALUES ($1, $2, 'upload', $3, $4, now())
"""
KEEP_ALIVE = """
UPDATE jobs SET bytes_received = $2, lines_read = $3, receiving_seen_at = now()
WHERE job_id = $1 AND (status = 'receiving' OR sealed_at IS NOT NULL)
RETURNING job_id
"""
# Sealing what is sealed already changes nothing: the answer to the first try may have been lost.
SEAL = """
UPDATE jobs SET status = CASE status WHEN 'receiving' THEN 'processing' ELSE status END,
    sealed_at = coalesce(sealed_at, now()), bytes_total = $2, bytes_received = $2, lines_read = $3,
    batches_total = $4, content_sha256 = $5
WHERE job_id = $1 AND (status = 'receiving' OR sealed_at IS NOT NULL)
RETURNING job_id
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
    """An input that is wholly in the queue: what its job is sealed with."""

    bytes_received: int
    lines_read: int
    batches_total: int
    content_sha256: bytes


class UploadRegistry:
    """Writes those columns. Every method raises DatabaseUnavailable while PostgreSQL is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, job_id: UUID, owner_id: UUID, file_name: str, bytes_total: int | None) -> None:
        """The job begins, status `receiving`."""
        async with self._database.acquire() as connection:
            await connection.execute(ENTER, job_id, owner_id, file_name, bytes_total)

    async def keep_alive(self, job_id: UUID, bytes_received: int, lines_read: int) -> None:
        """Says that the input still comes in, and how far it is; `lines_read` are those the broker has.

        Raises JobNotReceiving if the job was ended meanwhile.
        """
        async with self._database.acquire() as connection:
            if await connection.fetchval(KEEP_ALIVE, job_id, bytes_received, lines_read) is None:
                raise JobNotReceiving(f"the job {job_id} was ended while its upload went on")

    async def seal(self, received: Mapping[UUID, Received]) -> None:
        """Every batch of all these jobs is confirmed: status `processing`, for all or for none of them.

        Raises JobNotReceiving if one was ended meanwhile. May be repeated.
        """
        async with self._database.transaction() as connection:
            for job_id, file in received.items():
                row = (file.bytes_received, file.lines_read, file.batches_total, file.content_sha256)
                if await connection.fetchval(SEAL, job_id, *row) is None:
                    raise JobNotReceiving(f"the job {job_id} was ended before its upload was")

    async def interrupt(self, job_id: UUID, bytes_received: int, lines_read: int, reason: str) -> None:
        """The input broke off; what was confirmed of it is still stored."""
        async with self._database.acquire() as connection:
            await connection.execute(INTERRUPT, job_id, bytes_received, lines_read, reason)
