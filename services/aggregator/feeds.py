"""Webhook jobs: closed when the day is over whose deliveries they take, and the queue has all of them."""

from datetime import UTC, date, datetime, timedelta

import asyncpg

from services.aggregator.settings import AggregatorSettings
from shared.clock import Clock
from shared.database import Connection, Database
from shared.logs import get_logger

log = get_logger(__name__)

# What an api or another aggregator has in hand just now is left to a later round.
TAKE = """
SELECT f.job_id, f.day, f.next_batch, f.next_line, f.next_byte
FROM webhook_feeds f JOIN jobs j USING (job_id)
WHERE f.closed_at IS NULL AND f.day < $1
    AND NOT EXISTS (SELECT FROM webhook_batches b WHERE b.job_id = f.job_id)
ORDER BY f.day, f.job_id LIMIT 1
FOR UPDATE OF f SKIP LOCKED FOR NO KEY UPDATE OF j SKIP LOCKED
"""
# Whoever enters deliveries locks the feed: what was not there when it was looked for above is there now, or never.
HAS_UNCONFIRMED = "SELECT EXISTS (SELECT FROM webhook_batches WHERE job_id = $1)"
CLOSE = "UPDATE webhook_feeds SET closed_at = now() WHERE job_id = $1"
SEAL = """
UPDATE jobs SET status = 'processing', sealed_at = now(), batches_total = $2, lines_read = $3, bytes_total = $4,
    bytes_received = $4, ends_in_newline = true, notice = NULL
WHERE job_id = $1 AND status = 'receiving'
"""


class Feeds:
    """Closes webhook jobs; several processes may do it at once. What is delivered later begins another job."""

    def __init__(self, settings: AggregatorSettings, database: Database, clock: Clock) -> None:
        self._close_after = timedelta(seconds=settings.webhook_close_after_seconds)
        self._database = database
        self._clock = clock

    async def close_one(self) -> bool:
        """Closes one job whose day is over, of which every batch is confirmed; False where there is none."""
        async with self._database.transaction() as connection:
            feed = await connection.fetchrow(TAKE, first_open_day(self._clock.now(), self._close_after))
            if feed is None or await connection.fetchval(HAS_UNCONFIRMED, feed["job_id"]):
                return False
            await _close(connection, feed)
        log.info("a webhook job is closed", job_id=str(feed["job_id"]), day=str(feed["day"]))
        return True


def first_open_day(now: datetime, close_after: timedelta) -> date:
    """The earliest day, in UTC, whose deliveries are still taken; those of the days before are in. Pure.

    >>> first_open_day(datetime(2026, 3, 1, 0, 4, tzinfo=UTC), timedelta(minutes=5))
    datetime.date(2026, 2, 28)
    """
    return (now.astimezone(UTC) - close_after).date()


async def _close(connection: Connection, feed: asyncpg.Record) -> None:
    """The folds that follow complete the job, once every batch of it has its place."""
    await connection.execute(CLOSE, feed["job_id"])
    lines_read = feed["next_line"] - 1
    await connection.execute(SEAL, feed["job_id"], feed["next_batch"], lines_read, feed["next_byte"])
