"""A job's lines in their order, stored and rejected ones together, a page at a time.

A page is searched for a few batches of the ledger at a time until it is full, or until the time for it is up; then it
is answered as it is, with a cursor to go on from.
"""

import asyncio
from dataclasses import astuple, dataclass
from uuid import UUID

import asyncpg
import msgspec
from starlette.responses import Response

from services.api.context import Context
from services.api.jobs import find_charset
from services.api.ledger import Place, Stretch, find_stretch
from services.api.line_filters import LineFilter, LinesQuery
from services.api.line_items import Line, line_item
from services.api.operations import Call, Nothing, Operation, json_response
from services.api.pages import Page
from shared.database import PLAN_FOR_BLOCK_RANGES, Connection

MAX_STRETCH_BATCHES = 32

# The rows of lines $4 to $5, in the columns of `line_items`; $6 are the days of their batches.
FOUND = """
WITH found AS (
    SELECT line_no, line_count, logged_at, severity, message, logger, hostname, pid,
        client_ip, method, url, status, bytes, duration_ms, user_id, trace_id,
        CASE
            WHEN referer IS NULL AND user_agent IS NULL THEN coalesce(attrs::text, '{}')
            ELSE (jsonb_strip_nulls(jsonb_build_object('referer', referer, 'user_agent', user_agent))
                || coalesce(attrs, '{}'))::text
        END AS attrs,
        raw, format, NULL AS reason
    FROM log_records
    WHERE $1 AND job_id = $3 AND line_no BETWEEN $4 AND $5 AND stored_on = ANY ($6::date[])
        AND ($7::integer[] IS NULL OR coalesce(severity, 0) = ANY ($7))
        AND ($8::timestamptz IS NULL OR logged_at >= $8)
        AND ($9::timestamptz IS NULL OR logged_at < $9)
        AND ($10::text IS NULL OR encode(raw, 'escape') COLLATE "C" ILIKE $11
            OR CASE WHEN $13 THEN message COLLATE "C" ILIKE $10 ELSE message ILIKE $10 END)
    UNION ALL
    SELECT line_no, line_count, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        jsonb_build_object('detail', detail)::text, raw, format, reason
    FROM rejected_lines
    WHERE $2 AND job_id = $3 AND line_no BETWEEN $4 AND $5
        AND ($12::text IS NULL OR reason = $12)
        AND ($11::text IS NULL OR encode(raw, 'escape') COLLATE "C" ILIKE $11)
), tails AS (
    SELECT line_no, sum(line_bytes)::bigint AS tail_bytes
    FROM line_parts WHERE job_id = $3 AND line_no BETWEEN $4 AND $5 GROUP BY line_no
)
"""
FIND_LINES = "".join(
    (
        FOUND,
        """
, listed AS (
    SELECT * FROM found ORDER BY line_no LIMIT $14
), sized AS (
    SELECT *, coalesce(octet_length(message), 0) + coalesce(octet_length(raw), 0) AS own_bytes FROM listed
), summed AS (
    SELECT *, sum(own_bytes) OVER (ORDER BY line_no ROWS UNBOUNDED PRECEDING) AS page_bytes,
        count(*) OVER () AS found_rows
    FROM sized
)
SELECT * FROM summed LEFT JOIN tails USING (line_no) WHERE page_bytes - own_bytes < $15 ORDER BY line_no
""",
    )
)
ALL_LINES = " ".join((FOUND, "SELECT * FROM found LEFT JOIN tails USING (line_no) ORDER BY line_no"))


class LinePage(Page[Line]):
    """A page of lines; it may be short, or even empty, and have a successor."""


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a page, and where the next one starts; None at the end."""

    rows: list[asyncpg.Record]
    next_place: Place | None


async def list_lines(context: Context, call: Call[LinesQuery, Nothing]) -> Response:
    """The job's lines that pass the filter, in the input's order."""
    job_id, cursor = call.job_id, call.query.cursor
    wanted = LineFilter.of(call.query)
    scope = ("lines", job_id, astuple(wanted))
    async with context.searches, context.database.transaction() as connection:
        charset = await find_charset(connection, job_id, call.user.user_id)
        start = Place(*map(int, context.cursors.read(scope, cursor))) if cursor else Place()
        search = Search(context, connection, job_id, wanted, call.query.items(context.settings))
        found = await search.run(start)
    place = found.next_place
    next_cursor = context.cursors.write(scope, [place.batch_no, place.line_no]) if place else None
    return json_response(await asyncio.to_thread(_write, found.rows, charset, next_cursor))


def _write(rows: list[asyncpg.Record], charset: str | None, next_cursor: str | None) -> bytes:
    """A page of many megabytes takes a while."""
    return msgspec.json.encode({"items": [line_item(row, charset) for row in rows], "next_cursor": next_cursor})


class Search:
    """One page's search, inside a transaction."""

    def __init__(self, context: Context, connection: Connection, job_id: UUID, wanted: LineFilter, limit: int) -> None:
        self._connection = connection
        self._job_id = job_id
        self._wanted = wanted
        self._limit = limit
        self._monotonic = context.clock.monotonic
        self._deadline = self._monotonic() + context.settings.lines_search_seconds
        self._bytes_left = context.settings.max_page_bytes
        self._rows: list[asyncpg.Record] = []

    async def run(self, place: Place) -> Found:
        """From stretch to stretch, each twice as big, until the page is full, the time up or the job over."""
        await self._connection.execute(PLAN_FOR_BLOCK_RANGES)
        batches = 1
        while (stretch := await self._find_stretch(place, batches)) is not None:
            rows = await self._fetch(stretch)
            self._rows += rows
            self._bytes_left -= sum(row["own_bytes"] for row in rows)
            next_place = self._next_place(stretch, is_cut=bool(rows) and rows[0]["found_rows"] > len(rows))
            if next_place is not None:
                return Found(self._rows[: self._limit], next_place)
            if stretch.is_last:
                break
            place = stretch.end
            batches = min(2 * batches, MAX_STRETCH_BATCHES)
        return Found(self._rows, None)

    def _next_place(self, stretch: Stretch, *, is_cut: bool) -> Place | None:
        """Where the next page starts if this one ends here."""
        if len(self._rows) > self._limit:
            return Place(stretch.start.batch_no, self._rows[self._limit]["line_no"])
        if is_cut:
            return Place(stretch.start.batch_no, self._rows[-1]["line_no"] + 1)
        is_over = self._bytes_left <= 0 or self._monotonic() >= self._deadline
        return stretch.end if is_over and not stretch.is_last else None

    async def _find_stretch(self, place: Place, batches: int) -> Stretch | None:
        wanted = self._wanted
        records, rejected = wanted.records, wanted.rejected
        return await find_stretch(self._connection, self._job_id, place, batches, records=records, rejected=rejected)

    async def _fetch(self, stretch: Stretch) -> list[asyncpg.Record]:
        lines = line_arguments(self._job_id, self._wanted, stretch, stretch.start.line_no, stretch.last_line)
        return await self._connection.fetch(FIND_LINES, *lines, self._limit + 1 - len(self._rows), self._bytes_left)


def line_arguments(
    job_id: UUID, wanted: LineFilter, stretch: Stretch, first_line: int, last_line: int
) -> tuple[object, ...]:
    """What FOUND takes, for some lines of a stretch."""
    return (
        wanted.records,
        wanted.rejected,
        job_id,
        first_line,
        last_line,
        stretch.days,
        wanted.severities,
        wanted.since,
        wanted.until,
        wanted.text_pattern,
        wanted.bytes_pattern,
        wanted.reason,
        wanted.folds_ascii_only,
    )


OPERATIONS = (
    Operation(
        "GET",
        "/api/jobs/{job_id}/lines",
        "Its lines, in order",
        "jobs",
        list_lines,
        LinesQuery,
        Nothing,
        LinePage,
    ),
)
