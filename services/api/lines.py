"""A job's lines in their order, stored and rejected ones together, a page at a time.

`log_records` has no index by line beyond coarse block ranges, so the ledger is the index: it says which lines
were stored on which day, batch by batch. A page is searched for a few batches at a time until it is full, or
until the time for it is up; then it is answered as it is, with a cursor to go on from.
"""

from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.api.context import Context
from services.api.jobs import require_job
from services.api.line_filters import LineFilter, LinesQuery
from services.api.operations import Call, Nothing, Operation, json_response
from services.api.pages import Page
from shared.database import Connection
from shared.severity import level_of

MAX_WINDOW_BATCHES = 32

PLAN_FOR_BLOCK_RANGES = """
SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0
"""
FIND_BATCHES = """
SELECT batch_no, first_line, line_count, stored_on FROM batches
WHERE job_id = $1 AND batch_no >= $2 AND first_line + line_count > $3
    AND ($4 AND lines_stored > 0 OR $5 AND lines_rejected > 0)
ORDER BY batch_no LIMIT $6
"""
FIND_LINES = """
WITH found AS (
    SELECT line_no, line_count, logged_at, severity, message, logger, hostname, pid,
        client_ip, method, url, status, bytes, duration_ms, user_id, trace_id, format,
        raw, NULL AS reason,
        (jsonb_strip_nulls(jsonb_build_object('referer', referer, 'user_agent', user_agent))
            || coalesce(attrs, '{}'))::text AS attrs
    FROM log_records
    WHERE $1 AND job_id = $3 AND line_no BETWEEN $4 AND $5 AND stored_on = ANY ($6::date[])
        AND ($7::integer[] IS NULL OR coalesce(severity, 0) = ANY ($7))
        AND ($8::timestamptz IS NULL OR logged_at >= $8)
        AND ($9::timestamptz IS NULL OR logged_at < $9)
        AND ($10::text IS NULL OR encode(raw, 'escape') COLLATE "C" ILIKE $11
            OR CASE WHEN $15 THEN message COLLATE "C" ILIKE $10 ELSE message ILIKE $10 END)
    UNION ALL
    SELECT line_no, line_count, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, format, raw, reason,
        jsonb_build_object('detail', detail)::text
    FROM rejected_lines
    WHERE $2 AND job_id = $3 AND line_no BETWEEN $4 AND $5
        AND ($12::text IS NULL OR reason = $12)
        AND ($11::text IS NULL OR encode(raw, 'escape') COLLATE "C" ILIKE $11)
    ORDER BY line_no LIMIT $13
), sized AS (
    SELECT *, coalesce(octet_length(message), 0) + coalesce(octet_length(raw), 0) AS own_bytes FROM found
), summed AS (
    SELECT *, sum(own_bytes) OVER (ORDER BY line_no ROWS UNBOUNDED PRECEDING) AS page_bytes,
        count(*) OVER () AS found_rows
    FROM sized
)
SELECT * FROM summed WHERE page_bytes - own_bytes < $14 ORDER BY line_no
"""


class Line(BaseModel):
    """A record, or a rejected line (then `reason` is there and most else is null)."""

    line_no: int = Field(description="its place in the input, from 1")
    line_count: int = Field(description="lines of the input it takes up")
    logged_at: datetime | None
    level: str | None = Field(description="trace, debug, info, warn, error, fatal or unknown")
    severity: int | None = Field(description="OpenTelemetry's severity number, 1 to 24")
    message: str | None = Field(description="the text without the parts that became fields")
    logger: str | None
    hostname: str | None
    pid: int | None
    client_ip: str | None
    method: str | None
    url: str | None
    status: int | None
    bytes: int | None
    duration_ms: float | None
    user_id: str | None
    trace_id: str | None
    attrs: dict[str, Any] = Field(description="the fields that have no place of their own")
    raw: str = Field(description="the original text")
    format: str
    reason: str | None = Field(None, description="why the line was rejected; only on rejected lines")


class LinePage(Page[Line]):
    """A page of lines; it may be short, or even empty, and have a successor."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on: the first batch that may have lines from `line_no` on."""

    batch_no: int = 0
    line_no: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive batches of the ledger."""

    start: Place
    last_line: int
    days: list[date]
    end: Place
    is_last: bool


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
        await require_job(connection, job_id, call.user.user_id)
        start = Place(*map(int, context.cursors.read(scope, cursor))) if cursor else Place()
        search = Search(context, connection, job_id, wanted, call.query.items(context.settings))
        found = await search.run(start)
    place = found.next_place
    next_cursor = context.cursors.write(scope, [place.batch_no, place.line_no]) if place else None
    page = {"items": [line_item(row) for row in found.rows], "next_cursor": next_cursor}
    return json_response(msgspec.json.encode(page))


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
        """From window to window, each twice as big, until the page is full, the time up or the job over."""
        await self._connection.execute(PLAN_FOR_BLOCK_RANGES)
        batches = 1
        while (window := await self._find_window(place, batches)) is not None:
            rows = await self._fetch(window)
            self._rows += rows
            self._bytes_left -= sum(row["own_bytes"] for row in rows)
            next_place = self._next_place(window, is_cut=bool(rows) and rows[0]["found_rows"] > len(rows))
            if next_place is not None:
                return Found(self._rows[: self._limit], next_place)
            if window.is_last:
                break
            place = window.end
            batches = min(2 * batches, MAX_WINDOW_BATCHES)
        return Found(self._rows, None)

    def _next_place(self, window: Window, *, is_cut: bool) -> Place | None:
        """Where the next page starts if this one ends here."""
        if len(self._rows) > self._limit:
            return Place(window.start.batch_no, self._rows[self._limit]["line_no"])
        if is_cut:
            return Place(window.start.batch_no, self._rows[-1]["line_no"] + 1)
        is_over = self._bytes_left <= 0 or self._monotonic() >= self._deadline
        return window.end if is_over and not window.is_last else None

    async def _find_window(self, place: Place, batches: int) -> Window | None:
        if not (self._wanted.records or self._wanted.rejected):
            return None
        rows = await self._connection.fetch(
            FIND_BATCHES,
            self._job_id,
            place.batch_no,
            place.line_no,
            self._wanted.records,
            self._wanted.rejected,
            batches,
        )
        if not rows:
            return None
        next_line = rows[-1]["first_line"] + rows[-1]["line_count"]
        return Window(
            start=Place(rows[0]["batch_no"], max(place.line_no, rows[0]["first_line"])),
            last_line=next_line - 1,
            days=sorted({row["stored_on"] for row in rows}),
            end=Place(rows[-1]["batch_no"] + 1, next_line),
            is_last=len(rows) < batches,
        )

    async def _fetch(self, window: Window) -> list[asyncpg.Record]:
        wanted = self._wanted
        return await self._connection.fetch(
            FIND_LINES,
            wanted.records,
            wanted.rejected,
            self._job_id,
            window.start.line_no,
            window.last_line,
            window.days,
            wanted.severities,
            wanted.since,
            wanted.until,
            wanted.text_pattern,
            wanted.bytes_pattern,
            wanted.reason,
            self._limit + 1 - len(self._rows),
            self._bytes_left,
            wanted.folds_ascii_only,
        )


def line_item(row: asyncpg.Record) -> dict[str, Any]:
    """A row as `Line` describes it, ready to be written as JSON."""
    item = {name: row[name] for name in Line.model_fields if name not in ("level", "reason")}
    rejected = row["reason"] is not None
    raw = row["raw"]
    item["level"] = None if rejected else level_of(row["severity"])
    item["attrs"] = msgspec.Raw(row["attrs"].encode())
    item["raw"] = row["message"] if raw is None else raw.decode("utf-8", "replace")
    return item | {"reason": row["reason"]} if rejected else item


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
