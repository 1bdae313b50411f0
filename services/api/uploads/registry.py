"""An upload's own columns of its job: entered, kept alive, sealed, or marked interrupted."""

from dataclasses import dataclass
from uuid import UUID

from shared.database import Database
from shared.errors import LogmillError

ENTER = """
INSERT INTO jobs (job_id, owner_id, source, file_name, bytes_total) VALUES ($1, $2, 'upload', $3, $4)
"""
KEEP_ALIVE = """
UPDATE jobs SET bytes_received = $2, lines_read = $3, receiving_seen_at = now()
WHERE job_id = $1 AND status = 'receiving'
"""
SEAL = """
UPDATE jobs SET status = 'processing', sealed_at = now(), receiving_seen_at = now(), bytes_total = $2,
    bytes_received = $2, lines_read = $3, batches_total = $4, content_sha256 = $5
WHERE job_id = $1 AND status = 'receiving'
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
        """Says that the input still comes in, and how far it is."""
        async with self._database.acquire() as connection:
            await connection.execute(KEEP_ALIVE, job_id, bytes_received, lines_read)

    async def seal(self, job_id: UUID, received: Received) -> None:
        """Every batch is confirmed: status `processing`. Raises JobNotReceiving if the job was ended meanwhile."""
        async with self._database.acquire() as connection:
            sealed = await connection.fetchval(
                SEAL,
                job_id,
                received.bytes_received,
                received.lines_read,
                received.batches_total,
                received.content_sha256,
            )
        if sealed is None:
            raise JobNotReceiving(f"job {job_id} was ended before its upload was")

    async def interrupt(self, job_id: UUID, bytes_received: int, lines_read: int, reason: str) -> None:
        """The input broke off; what was confirmed of it is still stored."""
        async with self._database.acquire() as connection:
            await connection.execute(INTERRUPT, job_id, bytes_received, lines_read, reason)
