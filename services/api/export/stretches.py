"""A job's lines from the first to the last, a stretch at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.api.context import Context
from services.api.jobs import require_job
from services.api.ledger import Place, Stretch, find_stretch
from services.api.line_filters import LineFilter
from services.api.lines import ALL_LINES, line_arguments
from shared.database import PLAN_FOR_BLOCK_RANGES, Connection

BATCHES_AT_ONCE = 2
LINES_AT_ONCE = 20_000
SMALL_BATCHES_AT_ONCE = 64
"""Where they have no more than SMALL_LINES and SMALL_BYTES together: those of webhooks may be of a line each."""
SMALL_LINES = 5_000
SMALL_BYTES = 2 * 1024**2

# The lengths alone, for which nothing is unpacked.
COUNT_BYTES = """
SELECT (
    SELECT coalesce(sum(coalesce(octet_length(raw), octet_length(message))), 0) FROM log_records
    WHERE job_id = $1 AND line_no BETWEEN $2 AND $3 AND stored_on = ANY ($4::date[])
) + (
    SELECT coalesce(sum(octet_length(raw)), 0) FROM rejected_lines WHERE job_id = $1 AND line_no BETWEEN $2 AND $3
)
"""


@dataclass(frozen=True, slots=True)
class Source:
    """A job that is being read by its owner."""

    context: Context
    job_id: UUID
    owner_id: UUID

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """For one stretch; one of the connections that searches may take.

        Raises InputError (404) at the end if the job is gone, since what was read is then not all there was.
        """
        async with self.context.searches, self.context.database.transaction() as connection:
            await connection.execute(PLAN_FOR_BLOCK_RANGES)
            yield connection
            await require_job(connection, self.job_id, self.owner_id)


async def line_stretches(source: Source, wanted: LineFilter) -> AsyncIterator[list[asyncpg.Record]]:
    """The rows of every line that passes the filter, in order; a list holds LINES_AT_ONCE at most, or none.

    Raises DatabaseUnavailable, and InputError (404) once the job is removed.
    """
    place = Place()
    while (stretch := await _next_stretch(source, wanted, place)) is not None:
        for first_line in range(stretch.start.line_no, stretch.last_line + 1, LINES_AT_ONCE):
            last_line = min(first_line + LINES_AT_ONCE - 1, stretch.last_line)
            arguments = line_arguments(source.job_id, wanted, stretch, first_line, last_line)
            async with source.connection() as connection:
                rows = await connection.fetch(ALL_LINES, *arguments)
            yield rows
        place = stretch.end


async def _next_stretch(source: Source, wanted: LineFilter, place: Place) -> Stretch | None:
    async with source.connection() as connection:

        async def find(batches: int) -> Stretch | None:
            records, rejected = wanted.records, wanted.rejected
            return await find_stretch(connection, source.job_id, place, batches, records=records, rejected=rejected)

        stretch = await find(SMALL_BATCHES_AT_ONCE)
        if stretch is None or await _is_small(connection, source.job_id, stretch):
            return stretch
        return await find(BATCHES_AT_ONCE)


async def _is_small(connection: Connection, job_id: UUID, stretch: Stretch) -> bool:
    first_line, last_line = stretch.start.line_no, stretch.last_line
    if last_line - first_line >= SMALL_LINES:
        return False
    size: int = await connection.fetchval(COUNT_BYTES, job_id, first_line, last_line, stretch.days)
    return size <= SMALL_BYTES


async def read_ahead(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same chunks; the next one is made ready while one is being sent."""
    following = _next_of(chunks)
    try:
        while (chunk := await following) is not None:
            following = _next_of(chunks)
            yield chunk
    finally:
        following.cancel()


def _next_of(chunks: AsyncIterator[bytes]) -> "asyncio.Task[bytes | None]":
    async def take() -> bytes | None:
        return await anext(chunks, None)

    task = asyncio.create_task(take())
    task.add_done_callback(_seen)
    return task


def _seen(task: "asyncio.Task[bytes | None]") -> None:
    """Nobody may come to ask what went wrong: the client has left."""
    if not task.cancelled():
        task.exception()
