"""The records of removed jobs, which nothing leads to any more: deleted a stretch of lines at a time."""

from uuid import UUID

from shared.database import PLAN_FOR_BLOCK_RANGES, Connection, Database
from shared.logs import get_logger

log = get_logger(__name__)

STEP_LINES = 100_000

# Another aggregator has the others.
TAKE = """
SELECT job_id, stored_on, next_line FROM removed_jobs
ORDER BY removed_at, job_id, stored_on LIMIT 1 FOR UPDATE SKIP LOCKED
"""
# Only what is not deleted yet is looked at: rows that are dead, but still there, are not read again.
HAS_RECORDS = """
SELECT EXISTS (SELECT FROM log_records WHERE job_id = $1 AND stored_on = $2 AND line_no >= $3)
"""
DELETE_RECORDS = """
DELETE FROM log_records WHERE job_id = $1 AND stored_on = $2 AND line_no >= $3 AND line_no < $4
"""
MOVE_ON = "UPDATE removed_jobs SET next_line = $3 WHERE job_id = $1 AND stored_on = $2"
FINISH = "DELETE FROM removed_jobs WHERE job_id = $1 AND stored_on = $2"


class Removals:
    """Finishes what the api's removal of a job leaves. Several processes may do it at once."""

    def __init__(self, database: Database, step_lines: int = STEP_LINES) -> None:
        self._database = database
        self._step_lines = step_lines

    async def round(self) -> bool:
        """One step for one day of one job; False where there is nothing to do, or others do it."""
        async with self._database.transaction() as connection:
            await connection.execute(PLAN_FOR_BLOCK_RANGES)
            place = await connection.fetchrow(TAKE)
            if place is None:
                return False
            await self._step(connection, *place)
        return True

    async def _step(self, connection: Connection, job_id: UUID, stored_on: object, first_line: int) -> None:
        if await connection.fetchval(HAS_RECORDS, job_id, stored_on, first_line):
            next_line = first_line + self._step_lines
            await connection.execute(DELETE_RECORDS, job_id, stored_on, first_line, next_line)
            await connection.execute(MOVE_ON, job_id, stored_on, next_line)
        else:
            await connection.execute(FINISH, job_id, stored_on)
            log.info("the records of a removed job are deleted", job_id=str(job_id), stored_on=str(stored_on))
