"""Deliveries in PostgreSQL: each is given its place once, together with the lines that are to be published from it."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import asyncpg
import zstandard

from services.api.webhooks.deliveries import Delivery, DeliveryKey, Feed, compressed
from services.api.webhooks.places import BatchKey, Draft, Place, PlacedBatch, Tail, draft_batches, place
from shared.database import Connection, Database
from shared.errors import DatabaseUnavailable, LogmillError
from shared.identifiers import new_job_id
from shared.messages import InputHints, LineBatch

TRIES = 5
INLINE_BYTES = 256 * 1024
"""Compressed without a thread."""
RETRY_SECONDS = 15
CLAIMED_BATCHES = 20
FORMAT = "github"

FIND = """
SELECT d.owner_id, d.delivery_id, d.job_id, d.batch_no, d.line_no, d.line_count, d.event, d.action,
    b.job_id IS NOT NULL AS is_waiting
FROM unnest($1::uuid[], $2::text[]) AS wanted (owner_id, delivery_id)
JOIN webhook_deliveries d USING (owner_id, delivery_id) LEFT JOIN webhook_batches b USING (job_id, batch_no)
"""
# Begun before any tail is locked: whoever waits here for another's feed holds nothing that the other waits for.
BEGIN_FEEDS = """
WITH begun AS (
    INSERT INTO webhook_feeds (job_id, owner_id, feed, day)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[])
    ON CONFLICT (owner_id, feed, day) WHERE closed_at IS NULL DO NOTHING
    RETURNING job_id, owner_id, feed, day
)
INSERT INTO jobs (job_id, owner_id, source, file_name, started_at)
SELECT job_id, owner_id, 'github', feed || ' ' || to_char(day, 'YYYY-MM-DD'), now() FROM begun
"""
# In one order, so that two who lock several wait for each other only one way.
LOCK_TAILS = """
SELECT owner_id, feed, day, job_id, next_batch, next_line, next_byte
FROM webhook_feeds f JOIN unnest($1::uuid[], $2::text[], $3::date[]) AS wanted (owner_id, feed, day)
    USING (owner_id, feed, day)
WHERE closed_at IS NULL ORDER BY job_id FOR UPDATE OF f
"""
# The deliveries come sorted: see LOCK_TAILS. One that another api enters just now is waited for, and then missing in
# the count.
ENTER = """
WITH moved AS (
    UPDATE webhook_feeds f SET next_batch = n.next_batch, next_line = n.next_line, next_byte = n.next_byte
    FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::bigint[]) AS n (job_id, next_batch, next_line, next_byte)
    WHERE f.job_id = n.job_id
), waiting AS (
    INSERT INTO webhook_batches (job_id, batch_no, first_line, line_count, byte_offset, body_bytes, body)
    SELECT * FROM unnest(
        $5::uuid[], $6::integer[], $7::bigint[], $8::integer[], $9::bigint[], $10::bigint[], $11::bytea[]
    )
), entered AS (
    INSERT INTO webhook_deliveries
        (owner_id, delivery_id, received_at, job_id, batch_no, line_no, line_count, event, action)
    SELECT * FROM unnest(
        $12::uuid[], $13::text[], $14::timestamptz[], $15::uuid[], $16::integer[], $17::bigint[], $18::integer[],
        $19::text[], $20::text[]
    )
    ON CONFLICT (owner_id, delivery_id) DO NOTHING RETURNING 1
)
SELECT count(*) FROM entered
"""
FIND_KEYWORDS = "SELECT user_id, keywords FROM user_keywords WHERE user_id = ANY ($1::uuid[])"
LOAD = """
SELECT job_id, batch_no, first_line, b.line_count, byte_offset, body, keywords
FROM webhook_batches b JOIN jobs USING (job_id) LEFT JOIN user_keywords ON user_id = owner_id
WHERE job_id = $1 AND batch_no = $2
"""
CLAIM = """
UPDATE webhook_batches SET tried_at = now() WHERE (job_id, batch_no) IN (
    SELECT job_id, batch_no FROM webhook_batches WHERE tried_at < now() - make_interval(secs => $1)
    ORDER BY tried_at LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING job_id, batch_no
"""
# The job before its batches, as whoever cancels it does.
LOCK_JOBS = "SELECT 1 FROM jobs WHERE job_id = ANY ($1::uuid[]) ORDER BY job_id FOR NO KEY UPDATE"
# Absolute numbers: a fold may have counted what was stored of it already.
SETTLE = """
WITH gone AS (
    DELETE FROM webhook_batches b USING unnest($1::uuid[], $2::integer[]) AS confirmed (job_id, batch_no)
    WHERE b.job_id = confirmed.job_id AND b.batch_no = confirmed.batch_no
    RETURNING b.job_id, b.batch_no, b.line_count
)
UPDATE jobs j SET lines_read = greatest(j.lines_read, f.next_line - 1 - waiting.lines),
    bytes_received = f.next_byte - waiting.bytes, receiving_seen_at = now()
FROM (SELECT job_id, sum(line_count) AS lines FROM gone GROUP BY job_id) AS settled
JOIN webhook_feeds f USING (job_id) CROSS JOIN LATERAL (
    SELECT coalesce(sum(line_count), 0) AS lines, coalesce(sum(body_bytes), 0) AS bytes FROM webhook_batches b
    WHERE b.job_id = f.job_id AND NOT EXISTS (
        SELECT FROM gone WHERE gone.job_id = b.job_id AND gone.batch_no = b.batch_no)
) AS waiting
WHERE j.job_id = f.job_id AND j.status = 'receiving' RETURNING settled.lines::bigint
"""


@dataclass(frozen=True, slots=True)
class Entered:
    """What entering deliveries came to: where each of them is, and the batches that are to be published now."""

    places: Mapping[DeliveryKey, Place]
    batches: Sequence[LineBatch]


class _Raced(LogmillError):
    """Another transaction was there first; `missing` feeds have to be begun, unless somebody does meanwhile."""

    def __init__(self, missing: Set[Feed] = frozenset()) -> None:
        super().__init__("entered side by side with another")
        self.missing = missing


class WebhookRegistry:
    """Every method raises DatabaseUnavailable while PostgreSQL is away."""

    def __init__(self, database: Database, batch_bytes: int) -> None:
        self._database = database
        self._batch_bytes = batch_bytes

    async def find(self, key: DeliveryKey) -> Place | None:
        """The place of a delivery that was entered before."""
        async with self._database.acquire() as connection:
            return (await _find(connection, [key])).get(key)

    async def enter(self, deliveries: Iterable[Delivery]) -> Entered:
        """Gives each delivery its place, unless it has one, all in one transaction; keys may repeat.

        What is committed will be published, by this process or another.
        """
        by_key = {delivery.key: delivery for delivery in deliveries}
        missing: set[Feed] = set()
        for _ in range(TRIES):
            try:
                async with self._database.transaction() as connection:
                    return await self._enter(connection, by_key, missing)
            except _Raced as raced:
                # What was begun is rolled back, and may be missing again.
                missing = {*missing, *raced.missing}
        raise DatabaseUnavailable("others got in between too often")

    async def _enter(
        self, connection: Connection, by_key: Mapping[DeliveryKey, Delivery], missing: set[Feed]
    ) -> Entered:
        known = await _find(connection, by_key)
        new = [key for key in by_key if key not in known]
        if not new:
            return Entered(known, ())
        drafts = [await _compress(draft) for draft in draft_batches(map(by_key.__getitem__, new), self._batch_bytes)]
        feeds = {draft.feed for draft in drafts}
        if to_begin := feeds & missing:
            await _begin(connection, to_begin)
        tails = await _lock_tails(connection, feeds)
        placed, moved = place(drafts, tails)
        places = {key: found for batch in placed for key, found in batch.places()}
        rows = [(by_key[key], places[key]) for key in sorted(new, key=_order)]
        if await _write(connection, moved.values(), placed, rows) != len(rows):
            raise _Raced
        return Entered({**known, **places}, await _line_batches(connection, placed))

    async def load(self, key: BatchKey) -> LineBatch | None:
        """A batch that waits to be published; None where it does no longer."""
        async with self._database.acquire() as connection:
            row = await connection.fetchrow(LOAD, *key)
        if row is None:
            return None
        body = await asyncio.to_thread(zstandard.ZstdDecompressor().decompress, row["body"])
        where = (row["job_id"], row["batch_no"], row["first_line"], row["line_count"], row["byte_offset"])
        return LineBatch(*where, body, _hints(row["keywords"]))

    async def claim(self) -> list[BatchKey]:
        """Some batches that nobody has set about for RETRY_SECONDS; for as long they are left to whoever calls."""
        async with self._database.acquire() as connection:
            rows = await connection.fetch(CLAIM, RETRY_SECONDS, CLAIMED_BATCHES)
        return [BatchKey(*row) for row in rows]

    async def settle(self, confirmed: Collection[BatchKey]) -> int:
        """The broker has these: they wait no longer, and count as read, once. How many lines that were."""
        job_ids, numbers = _columns(confirmed, 2)
        async with self._database.transaction() as connection:
            await connection.execute(LOCK_JOBS, job_ids)
            return sum(row["lines"] for row in await connection.fetch(SETTLE, job_ids, numbers))


def _order(key: DeliveryKey) -> tuple[bytes, str]:
    return key.owner_id.bytes, key.delivery_id


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    """Rows as arrays for `unnest`; as many where there is no row."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


async def _find(connection: Connection, keys: Iterable[DeliveryKey]) -> dict[DeliveryKey, Place]:
    rows = await connection.fetch(FIND, *_columns(keys, 2))
    return {DeliveryKey(row["owner_id"], row["delivery_id"]): _place(row) for row in rows}


def _place(row: asyncpg.Record) -> Place:
    told = (row["line_no"], row["line_count"], row["event"], row["action"], row["is_waiting"])
    return Place(BatchKey(row["job_id"], row["batch_no"]), *told)


async def _compress(draft: Draft) -> Draft:
    if len(draft.body) <= INLINE_BYTES:
        return replace(draft, compressed_body=compressed(draft.body))
    return replace(draft, compressed_body=await asyncio.to_thread(compressed, draft.body))


async def _begin(connection: Connection, feeds: Set[Feed]) -> None:
    """With a job each, in one order, where nobody else has begun them."""
    ordered = sorted(feeds, key=lambda feed: (feed.owner_id.bytes, feed.name, feed.day))
    await connection.execute(BEGIN_FEEDS, [new_job_id() for _ in ordered], *_columns(ordered, 3))


async def _lock_tails(connection: Connection, feeds: Set[Feed]) -> dict[Feed, Tail]:
    """Where each of the feeds goes on; nobody else may put anything there until the transaction is over."""
    rows = await connection.fetch(LOCK_TAILS, *_columns(feeds, 3))
    tails = {Feed(*row[:3]): Tail(*row[3:]) for row in map(tuple, rows)}
    if missing := feeds - tails.keys():
        raise _Raced(missing)
    return tails


async def _write(
    connection: Connection,
    tails: Iterable[Tail],
    batches: Iterable[PlacedBatch],
    deliveries: Iterable[tuple[Delivery, Place]],
) -> int:
    """How many of the deliveries nobody had entered."""
    tail_rows = [(tail.job_id, tail.next_batch, tail.next_line, tail.next_byte) for tail in tails]
    batch_rows = [
        (*b.key, b.first_line, b.draft.line_count, b.byte_offset, len(b.draft.body), b.draft.compressed_body)
        for b in batches
    ]
    delivery_rows = [
        (*d.key, d.received_at, *p.batch, p.line_no, p.line_count, p.event, p.action) for d, p in deliveries
    ]
    columns = (_columns(tail_rows, 4), _columns(batch_rows, 7), _columns(delivery_rows, 9))
    count: int = await connection.fetchval(ENTER, *(column for table in columns for column in table))
    return count


async def _line_batches(connection: Connection, placed: Sequence[PlacedBatch]) -> list[LineBatch]:
    rows = await connection.fetch(FIND_KEYWORDS, list({batch.draft.feed.owner_id for batch in placed}))
    keywords = {row["user_id"]: row["keywords"] for row in rows}
    return [
        LineBatch(
            *batch.key,
            batch.first_line,
            batch.draft.line_count,
            batch.byte_offset,
            batch.draft.body,
            _hints(keywords.get(batch.draft.feed.owner_id)),
        )
        for batch in placed
    ]


def _hints(keywords: list[str] | None) -> InputHints:
    return InputHints(format=FORMAT, keywords=None if keywords is None else tuple(keywords))
