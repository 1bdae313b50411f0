"""A job's ledger as its readers use it: which line batches are stored, and on which day.

`log_records` has no index by line beyond coarse block ranges, so the ledger is the index: it says which lines were
stored on which day, batch by batch.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.database import Connection

FIND_STRETCH = """
SELECT batch_no, first_line, line_count, stored_on FROM batches
WHERE job_id = $1 AND batch_no >= $2 AND first_line + line_count > $3
    AND ($4 AND lines_stored > 0 OR $5 AND lines_rejected > 0)
ORDER BY batch_no LIMIT $6
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on: the first batch that may have lines from `line_no` on."""

    batch_no: int = 0
    line_no: int = 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive batches of the ledger."""

    start: Place
    last_line: int
    days: list[date]
    end: Place
    is_last: bool


async def find_stretch(
    connection: Connection, job_id: UUID, place: Place, batches: int, *, records: bool, rejected: bool
) -> Stretch | None:
    """The next up to `batches` batches that have records, or rejected lines, from `place` on; None at the end."""
    if not (records or rejected):
        return None
    rows = await connection.fetch(FIND_STRETCH, job_id, place.batch_no, place.line_no, records, rejected, batches)
    if not rows:
        return None
    next_line = rows[-1]["first_line"] + rows[-1]["line_count"]
    return Stretch(
        start=Place(rows[0]["batch_no"], max(place.line_no, rows[0]["first_line"])),
        last_line=next_line - 1,
        days=sorted({row["stored_on"] for row in rows}),
        end=Place(rows[-1]["batch_no"] + 1, next_line),
        is_last=len(rows) < batches,
    )
