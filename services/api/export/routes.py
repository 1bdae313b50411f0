"""The route: what is asked for, checked, and streamed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Literal

import asyncpg
from pydantic import Field, model_validator
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from services.api.context import Context
from services.api.export.attachments import attachment, export_name
from services.api.export.completeness import Expected, require_whole
from services.api.export.raw import raw_chunks
from services.api.export.stretches import Source, line_stretches, read_ahead
from services.api.export.writing import csv_header, csv_rows, ndjson
from services.api.line_filters import LineChoice, LineFilter
from services.api.line_items import LineItem, line_item
from services.api.operations import Call, Nothing, Operation
from services.api.problems import not_found
from shared.errors import LogmillError
from shared.logs import get_logger

log = get_logger(__name__)

FIND_EXPORTED = """
SELECT file_name, source, status, ends_in_newline, charset, lines_read, batches_total FROM jobs
WHERE job_id = $1 AND owner_id = $2
"""

Writer = Callable[[Iterable[LineItem]], bytes]

MEDIA_TYPES = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8; header=present",
    "raw": "application/octet-stream",
}
EXTENSIONS = {"ndjson": ".ndjson", "csv": ".csv", "raw": ""}


class ExportQuery(LineChoice):
    """Which lines, and how they are written."""

    format: Literal["ndjson", "csv", "raw"] = Field(
        "ndjson",
        description="`raw` is every line's own bytes, rejected and dead-lettered ones too, once all have their place",
    )

    @model_validator(mode="after")
    def _raw_is_all(self) -> "ExportQuery":
        chosen = [name for name in LineChoice.model_fields if getattr(self, name) is not None]
        if self.format == "raw" and chosen:
            raise ValueError(f"raw gives back the whole input; {chosen[0]} goes with ndjson and csv only")
        return self


class Export(StreamingResponse):
    """A download that breaks off where it cannot go on: without the last chunk no client takes it for whole."""

    async def stream_response(self, send: Send) -> None:
        """Sends it all, or ends without the end."""
        try:
            await super().stream_response(send)
        except LogmillError as error:
            log.warning("an export broke off", error=str(error))


async def export_job(context: Context, call: Call[ExportQuery, Nothing]) -> Response:
    """Streams all of the job's lines that pass the filter, or its input as it was; any number of them."""
    wanted = call.query
    source = Source(context, call.job_id, call.user.user_id)
    async with context.database.acquire() as connection:
        job = await connection.fetchrow(FIND_EXPORTED, source.job_id, source.owner_id)
        if job is None:
            raise not_found()
        if wanted.format == "raw":
            expected = Expected(job["status"], job["lines_read"], job["batches_total"], job["source"])
            await require_whole(connection, source.job_id, expected)
    name = export_name(job["file_name"], EXTENSIONS[wanted.format])
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "no-store"}
    chunks = _nothing() if call.request.method == "HEAD" else read_ahead(_chunks(source, wanted, job))
    return Export(chunks, headers=headers, media_type=MEDIA_TYPES[wanted.format])


def _chunks(source: Source, wanted: ExportQuery, job: asyncpg.Record) -> AsyncIterator[bytes]:
    match wanted.format:
        case "raw":
            ends_in_newline = job["ends_in_newline"] is not False
            return raw_chunks(source, ends_in_newline=ends_in_newline, batches_total=job["batches_total"])
        case "csv":
            return _written(source, wanted, job["charset"], csv_rows, csv_header())
        case "ndjson":
            return _written(source, wanted, job["charset"], ndjson, b"")


async def _written(
    source: Source, wanted: LineChoice, charset: str | None, write: Writer, header: bytes
) -> AsyncIterator[bytes]:
    if header:
        yield header
    async for rows in line_stretches(source, LineFilter.of(wanted)):
        if rows:
            # In a thread: other requests must not wait for twenty thousand lines.
            yield await asyncio.to_thread(_write, write, rows, charset)


def _write(write: Writer, rows: list[asyncpg.Record], charset: str | None) -> bytes:
    return write(line_item(row, charset) for row in rows)


async def _nothing() -> AsyncIterator[bytes]:
    for _ in ():
        yield b""


def _answer(statuses: tuple[int, ...]) -> dict[str, Any]:
    content = {media_type.partition(";")[0]: {"schema": {"type": "string"}} for media_type in MEDIA_TYPES.values()}
    disposition = {"description": "attachment, with the input's name", "schema": {"type": "string"}}
    found = {"description": "Done", "headers": {"Content-Disposition": disposition}, "content": content}
    return {"200": found} | {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}


OPERATIONS = (
    Operation(
        "GET",
        "/api/jobs/{job_id}/export",
        "All of its lines, or its input as it was",
        "jobs",
        export_job,
        ExportQuery,
        Nothing,
        None,
        documents={"responses": _answer((401, 404, 409, 422, 429, 500, 503))},
    ),
)
