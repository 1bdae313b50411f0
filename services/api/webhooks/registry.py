"""Deliveries in PostgreSQL: each is given its place once, together with the lines that are to be published from it."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from uuid import UUID

import asyncpg
import zstandard

from services.api.threads import aside
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
    INSERT INTO webhook_batches (job_id, batch_no, first_line, line_count, byte_offset, body_bytes, body, traceparent)
    SELECT * FROM unnest(
        $5::uuid[], $6::integer[], $7::bigint[], $8::integer[], $9::bigint[], $10::bigint[], $11::bytea[], $12::text[]
    )
), entered AS (
    INSERT INTO webhook_deliveries
        (owner_id, delivery_id, received_at, job_id, batch_no, line_no, line_count, event, action)
    SELECT * FROM unnest(
        $13::uuid[], $14::text[], $15::timestamptz[], $16::uuid[], $17::integer[], $18::bigint[], $19::integer[],
        $20::text[], $21::text[]
    )
    ON CONFLICT (owner_id, delivery_id) DO NOTHING RETURNING 1
)
SELECT count(*) FROM entered
"""
FIND_KEYWORDS = "SELECT user_id, keywords FROM user_keywords WHERE user_id = ANY ($1::uuid[])"
LOAD = """
SELECT job_id, batch_no, first_line, b.line_count, byte_offset, body, traceparent, keywords
FROM webhook_batches b JOIN jobs USING (job_id) LEFT JOIN user_keywords ON user_id = owner_id
WHERE job_id = $1 AND batch_no = $2
"""
CLAIM = """
UPDATE webhook_batches SET tried_at = now() WHERE (job_id, batch_no) IN (
    SELECT job_id, batch_no FROM webhook_batches WHERE tried_at < now() - make_interval(secs => $1)
    ORDER BY tried_at LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING job_id, batch_no
"""
# The job before its batches, as whoever cancels it does. A job that is held (its deletion takes minutes, if it is a
# large one) keeps no other waiting.
LOCK_JOBS = "SELECT job_id FROM jobs WHERE job_id = ANY ($1::uuid[]) ORDER BY job_id FOR NO KEY UPDATE SKIP LOCKED"
FIND_JOBS = "SELECT job_id FROM jobs WHERE job_id = ANY ($1::uuid[])"
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


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling batches came to: those that are done with, and how many lines of them had not been counted."""

    keys: Collection[BatchKey]
    line_count: int


@dataclass(frozen=True, slots=True)
class _Packed:
    """A draft and its body with zstd."""

    draft: Draft
    compressed_body: bytes


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
        new: list[Delivery] = []
        packed: list[_Packed] = []
        missing: set[Feed] = set()
        async with self._database.acquire() as connection:
            for _ in range(TRIES):
                known = await _find(connection, by_key)
                before, new = new, [delivery for key, delivery in by_key.items() if key not in known]
                if not new:
                    return Entered(known, ())
                if new != before:
                    packed = [await _pack(draft) for draft in draft_batches(new, self._batch_bytes)]
                try:
                    async with connection.transaction():
                        entered = await _enter(connection, packed, missing)
                except _Raced as raced:
                    # What was begun is rolled back, and may be missing again.
                    missing |= raced.missing
                else:
                    return replace(entered, places={**known, **entered.places})
        raise DatabaseUnavailable("others got in between too often")

    async def load(self, key: BatchKey) -> LineBatch | None:
        """A batch that waits to be published; None where it does no longer."""
        async with self._database.acquire() as connection:
            row = await connection.fetchrow(LOAD, *key)
        if row is None:
            return None
        body = await asyncio.to_thread(zstandard.ZstdDecompressor().decompress, row["body"])
        return LineBatch(
            job_id=row["job_id"],
            batch_no=row["batch_no"],
            first_line=row["first_line"],
            line_count=row["line_count"],
            byte_offset=row["byte_offset"],
            body=body,
            hints=_hints(row["keywords"]),
            traceparent=row["traceparent"],
        )

    async def claim(self) -> list[BatchKey]:
        """Some batches that nobody has set about for RETRY_SECONDS; for as long they are left to whoever calls."""
        async with self._database.acquire() as connection:
            rows = await connection.fetch(CLAIM, RETRY_SECONDS, CLAIMED_BATCHES)
        return [BatchKey(*row) for row in rows]

    async def settle(self, confirmed: Iterable[BatchKey]) -> Settled:
        """The broker has these: they wait no longer, and count as read, once.

        Those are left whose job somebody holds just now; those are done with whose job is gone.
        """
        wanted = set(confirmed)
        async with self._database.transaction() as connection:
            locked = await _job_ids(connection, LOCK_JOBS, wanted)
            others = {key for key in wanted if key.job_id not in locked}
            held = await _job_ids(connection, FIND_JOBS, others) if others else set()
            rows = await connection.fetch(SETTLE, *_columns(wanted - others, 2))
        return Settled({key for key in wanted if key.job_id not in held}, sum(row["lines"] for row in rows))


def _order(delivery: Delivery) -> tuple[bytes, str]:
    return delivery.key.owner_id.bytes, delivery.key.delivery_id


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    """Rows as arrays for `unnest`; as many where there is no row."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


async def _find(connection: Connection, keys: Iterable[DeliveryKey]) -> dict[DeliveryKey, Place]:
    rows = await connection.fetch(FIND, *_columns(keys, 2))
    return {DeliveryKey(row["owner_id"], row["delivery_id"]): _place(row) for row in rows}


def _place(row: asyncpg.Record) -> Place:
    return Place(
        batch=BatchKey(row["job_id"], row["batch_no"]),
        line_no=row["line_no"],
        line_count=row["line_count"],
        event=row["event"],
        action=row["action"],
        is_waiting=row["is_waiting"],
    )


async def _job_ids(connection: Connection, statement: str, keys: Iterable[BatchKey]) -> set[UUID]:
    return {row["job_id"] for row in await connection.fetch(statement, list({key.job_id for key in keys}))}


async def _pack(draft: Draft) -> _Packed:
    return _Packed(draft, await aside(len(draft.body), INLINE_BYTES, lambda: compressed(draft.body)))


async def _enter(connection: Connection, packed: Sequence[_Packed], missing: Set[Feed]) -> Entered:
    """In one transaction; raises _Raced where that has to be rolled back. `missing` feeds are begun."""
    feeds = {each.draft.feed for each in packed}
    if to_begin := feeds & missing:
        await _begin(connection, to_begin)
    placed, moved = place((each.draft for each in packed), await _lock_tails(connection, feeds))
    places = {key: found for batch in placed for key, found in batch.places()}
    deliveries = sorted((each for one in packed for each in one.draft.deliveries), key=_order)
    entering = [(delivery, places[delivery.key]) for delivery in deliveries]
    bodies = [each.compressed_body for each in packed]
    if await _write(connection, moved.values(), zip(placed, bodies, strict=True), entering) != len(entering):
        raise _Raced
    return Entered(places, await _line_batches(connection, placed))


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
    batches: Iterable[tuple[PlacedBatch, bytes]],
    deliveries: Iterable[tuple[Delivery, Place]],
) -> int:
    """How many of the deliveries nobody had entered. `batches` come with their bodies, compressed."""
    tail_rows = [(tail.job_id, tail.next_batch, tail.next_line, tail.next_byte) for tail in tails]
    batch_rows = [
        (
            *b.key,
            b.first_line,
            b.draft.line_count,
            b.byte_offset,
            len(b.draft.body),
            compressed_body,
            b.draft.traceparent,
        )
        for b, compressed_body in batches
    ]
    delivery_rows = [
        (*d.key, d.received_at, *p.batch, p.line_no, p.line_count, p.event, p.action) for d, p in deliveries
    ]
    columns = (_columns(tail_rows, 4), _columns(batch_rows, 8), _columns(delivery_rows, 9))
    count: int = await connection.fetchval(ENTER, *(column for table in columns for column in table))
    return count


async def _line_batches(connection: Connection, placed: Sequence[PlacedBatch]) -> list[LineBatch]:
    rows = await connection.fetch(FIND_KEYWORDS, list({batch.draft.feed.owner_id for batch in placed}))
    keywords = {row["user_id"]: row["keywords"] for row in rows}
    return [
        LineBatch(
            job_id=batch.key.job_id,
            batch_no=batch.key.batch_no,
            first_line=batch.first_line,
            line_count=batch.draft.line_count,
            byte_offset=batch.byte_offset,
            body=batch.draft.body,
            hints=_hints(keywords.get(batch.draft.feed.owner_id)),
            traceparent=batch.draft.traceparent,
        )
        for batch in placed
    ]


def _hints(keywords: list[str] | None) -> InputHints:
    return InputHints(format=FORMAT, keywords=None if keywords is None else tuple(keywords))
