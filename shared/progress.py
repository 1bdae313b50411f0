"""A job's progress as everybody sees it: absolute numbers, read from the database in one statement."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from shared.database import Connection
from shared.severity import LEVELS, UNKNOWN
from shared.summary import decode_summary

TERMINAL = frozenset({"completed", "completed_with_errors", "failed", "cancelled", "interrupted"})

SELECT_PROGRESS = """
SELECT j.*, s.summary
FROM jobs j LEFT JOIN job_stats s USING (job_id)
WHERE j.job_id = ANY ($1::uuid[])
"""


class JobProgress(msgspec.Struct, kw_only=True, frozen=True):
    """Where a job stands: absolute numbers. `bytes_total` is None while unknown, `notice` where nothing holds it up.

    What is stored and rejected only grows; `lines_dead_lettered` falls when dead letters are replayed, `lines_read`
    when the job is cancelled.
    """

    job_id: UUID
    owner_id: UUID
    file_name: str
    status: str
    error_message: str | None = None
    notice: str | None = None
    bytes_received: int = 0
    bytes_total: int | None = None
    lines_read: int = 0
    lines_stored: int = 0
    lines_rejected: int = 0
    lines_dead_lettered: int = 0
    unique_ips: int = 0
    level_counts: dict[str, int] = {}
    keyword_counts: dict[str, int] = {}
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def lines_done(self) -> int:
        """Lines whose place is known."""
        return self.lines_stored + self.lines_rejected + self.lines_dead_lettered

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return self.status in TERMINAL

    @property
    def percent(self) -> float | None:
        """Share of the input that is done, 0-100; None while the input's size is unknown; 100 only at the end."""
        if self.is_terminal:
            return 100.0 if self.status.startswith("completed") else None
        if self.status == "processing":
            share = self.lines_done / self.lines_read if self.lines_read else 0.0
        elif self.bytes_total and self.lines_read:
            share = self.bytes_received / self.bytes_total * min(1.0, self.lines_done / self.lines_read)
        else:
            return None if self.bytes_total is None else 0.0
        return round(min(99.9, 100 * share), 1)


def removed(progress: JobProgress, reason: str = "the job was removed") -> JobProgress:
    """The last that is told of a job that is in the database no longer."""
    return msgspec.structs.replace(progress, status="cancelled", error_message=reason)


async def fetch_progress(connection: Connection, job_ids: list[UUID]) -> list[JobProgress]:
    """The progress of those of `job_ids` that exist."""
    return [progress_of(row) for row in await connection.fetch(SELECT_PROGRESS, job_ids)]


def progress_of(row: "asyncpg.Record") -> JobProgress:
    """From a row of SELECT_PROGRESS."""
    counts: dict[str, Any] = {}
    if row["summary"]:
        summary = decode_summary(row["summary"])
        counts = {
            "unique_ips": summary.unique_ips,
            "level_counts": {level: summary.levels.get(level, 0) for level in (*LEVELS, UNKNOWN)},
            "keyword_counts": summary.keywords,
        }
    columns = JobProgress.__struct_fields__
    known = {name: row[name] for name in columns if name in row}
    return JobProgress(**known, **counts, ended_at=row["completed_at"] or row["failed_at"])
