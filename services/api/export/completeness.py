"""Whether all of an input's bytes are there, as far as that can be known before the first is sent."""

from dataclasses import dataclass
from uuid import UUID

from shared.database import Connection
from shared.errors import InputError
from shared.progress import TERMINAL

FIND_PLACES = """
SELECT count(*)::integer AS batches, coalesce(max(batch_no)::bigint + 1, 0) AS batches_known,
    coalesce(sum(line_count), 0)::bigint AS lines, count(*) FILTER (WHERE is_discarded)::integer AS discarded
FROM (
    SELECT batch_no, line_count, false AS is_discarded FROM batches WHERE job_id = $1
    UNION ALL
    SELECT batch_no, line_count, state = 'discarded' FROM dead_letters AS dead
    WHERE job_id = $1
        AND NOT EXISTS (SELECT FROM batches WHERE batches.job_id = $1 AND batches.batch_no = dead.batch_no)
) AS places
"""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of an input; `batches_total` is None where it broke off, `source` is how it came in."""

    status: str
    lines_read: int
    batches_total: int | None
    source: str = "upload"


@dataclass(frozen=True, slots=True)
class Places:
    """What of it is stored or dead-lettered; the last batch that is has the number `batches_known` - 1.

    `discarded`: how many of the batches somebody gave up, whose bytes are gone.
    """

    batches: int
    batches_known: int
    lines: int
    discarded: int = 0


async def require_whole(connection: Connection, job_id: UUID, expected: Expected) -> None:
    """Raises InputError (409) where bytes of the job's input are not there, or not yet."""
    if expected.status not in TERMINAL:
        not_yet = f"Its bytes are complete once it has ended; {why_under_way(expected.status, expected.source)}."
        raise InputError(409, "Job not ended", not_yet)
    row = await connection.fetchrow(FIND_PLACES, job_id)
    if row is not None and (told := what_is_missing(expected, Places(**row))):
        raise InputError(409, "Lines missing", f"{told} ndjson and csv have the lines that are stored.")


def why_under_way(status: str, source: str) -> str:
    """What a job that has not ended waits for. Pure."""
    if (status, source) == ("receiving", "github"):
        return "deliveries of its day (UTC) still come in"
    return f"it is {status}"


def what_is_missing(expected: Expected, places: Places) -> str | None:
    """What of the input has no place, in words; None where nothing is known to lack. Pure."""
    batches = places.batches_known if expected.batches_total is None else expected.batches_total
    if expected.status == "cancelled" and (expected.batches_total is None or places.batches != batches):
        return f"It was cancelled: {places.lines} lines of it were taken in, the others were not."
    if places.discarded:
        return f"{places.discarded} of {batches} batches were dead-lettered and then discarded: their bytes are gone."
    if places.batches == batches and places.lines >= expected.lines_read:
        return None
    if expected.batches_total is None and places.lines < expected.lines_read:
        told = f"Of the {expected.lines_read} lines that came in, not all are stored yet"
        return f"{told}: {places.lines} are. Try again soon."
    if expected.batches_total is None:
        return f"Its upload broke off: {batches - places.batches} of its first {batches} batches never came in."
    if places.batches != batches:
        return f"{batches - places.batches} of {batches} batches never arrived."
    return f"{expected.lines_read - places.lines} of {expected.lines_read} lines never arrived."
