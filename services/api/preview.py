"""What would be understood of a file: its first lines, read as an upload of it would be, and nothing stored."""

import asyncio
from dataclasses import dataclass, replace

import msgspec
from pydantic import BaseModel, Field, model_validator
from starlette.requests import Request
from starlette.responses import Response

from services.api.context import Context
from services.api.decoding.charsets import WIDE
from services.api.first_lines import FirstLines, Mismatch, read_first_lines
from services.api.format_definitions import MAX_PATTERN_CHARACTERS, compiled
from services.api.heads import Head, open_head
from services.api.line_filters import Time
from services.api.line_items import Line
from services.api.operations import Call, Nothing, Operation, json_response
from services.api.uploads.body import read_body
from services.api.uploads.options import dated, read_hints
from services.api.user_hints import user_hints
from shared.errors import InputError
from shared.messages import InputHints
from shared.parsing import ParseHints
from shared.parsing.continuations import RecordBounds
from shared.parsing.formats import CUSTOM

MAX_LINES = 1000


class PreviewQuery(BaseModel):
    """How to read the lines, as for an upload; `pattern` or `grok` is tried in place of a format."""

    format: str | None = Field(None, description="a built-in format or one of your own; else detected")
    timezone: str | None = Field(None, description="IANA zone or offset of times that name none; else UTC")
    modified: Time | None = Field(None, description="when the file was last changed; dates lines without a year")
    charset: str | None = Field(None, description="charset of lines that are no UTF-8; else guessed")
    pattern: str | None = Field(None, max_length=MAX_PATTERN_CHARACTERS, description="a regular expression to try")
    grok: str | None = Field(None, max_length=MAX_PATTERN_CHARACTERS, description="a grok pattern to try")
    limit: int = Field(50, ge=1, le=MAX_LINES, description="most lines wanted")
    cut: bool = Field(False, description="whether the body is only the file's beginning: its last line may be cut off")

    @model_validator(mode="after")
    def _one_at_most(self) -> "PreviewQuery":
        if sum(given is not None for given in (self.format, self.pattern, self.grok)) > 1:
            raise ValueError("give only one of format, pattern and grok")
        return self


class FirstMismatch(BaseModel):
    """The first line that the format asked for does not match."""

    line_no: int
    column: int = Field(description="where matching stopped, from 1")
    text: str
    expected: str = Field(description="the part of the pattern that could not go on there")
    field: str | None = Field(description="the group that this part is in")


class PreviewAnswer(BaseModel):
    """The lines as GET /api/jobs/{job_id}/lines would have them, rejected ones among them."""

    items: list[Line]
    lines_read: int
    lines_stored: int
    lines_rejected: int
    format_counts: dict[str, int] = Field(description="lines by the format that read or rejected them")
    timezone: str = Field(description="of times that name none")
    charset: str | None = Field(description="what the bytes were decoded from, where they are no UTF-8")
    compression: str | None = Field(description="what the bytes were unpacked from: gzip, zip and so on")
    file_name: str | None = Field(description="of an archive: its first file, the one shown")
    mismatch: FirstMismatch | None = Field(description="only where a format or pattern is asked for")


@dataclass(frozen=True, slots=True)
class Previewed:
    """A head, and what was made of it."""

    head: Head
    lines: FirstLines
    mismatch: Mismatch | None


async def preview(context: Context, call: Call[PreviewQuery, Nothing]) -> Response:
    """Reads the body, a file's first bytes, and answers what its first lines would become; stores nothing."""
    hints = await user_hints(context, call.user.user_id, read_hints(call.request.query_params))
    body = await _read_head(context, call.request)
    async with context.previews:
        found = await asyncio.to_thread(_preview, context, body, call.query, hints)
    lines = found.lines
    answer = {
        "items": lines.items,
        "lines_read": lines.lines_read,
        "lines_stored": lines.lines_stored,
        "lines_rejected": lines.lines_rejected,
        "format_counts": lines.format_counts,
        "timezone": hints.timezone or "UTC",
        "charset": found.head.charset,
        "compression": found.head.compression,
        "file_name": found.head.file_name,
        "mismatch": found.mismatch,
    }
    return json_response(msgspec.json.encode(answer))


async def _read_head(context: Context, request: Request) -> bytes:
    settings = context.settings
    most = settings.max_preview_bytes
    body = bytearray()
    try:
        async for chunk in read_body(request, idle_seconds=settings.upload_idle_timeout_seconds, max_bytes=most):
            body += chunk
    except InputError as error:
        if error.status != 413:
            raise
        told = f"A preview takes the first {most} bytes of a file (max_preview_bytes)."
        raise InputError(413, "Body too large", told) from error
    return bytes(body)


def _preview(context: Context, body: bytes, query: PreviewQuery, hints: InputHints) -> Previewed:
    settings = context.settings
    if query.pattern is not None or query.grok is not None:
        hints = replace(hints, format=CUSTOM, pattern=compiled(query.pattern, query.grok, ("pattern", "grok")))
    head = open_head(body, charset=hints.charset, most_bytes=settings.max_preview_bytes, cut=query.cut)
    told = ParseHints(
        format=hints.format,
        timezone=hints.timezone,
        modified_at=dated(hints, head.modified_at).modified_at,
        received_at=context.clock.now(),
        charset=None if head.charset in WIDE else head.charset,
        pattern=hints.pattern,
    )
    bounds = RecordBounds(settings.max_record_lines, settings.max_record_bytes)
    lines = read_first_lines(head.body, told, query.limit, bounds)
    return Previewed(head, lines, next(lines.mismatches(), None))


HEAD = {
    "requestBody": {
        "required": True,
        "description": "the first bytes of a file, at most `max_preview_bytes`",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
OPERATIONS = (
    Operation(
        "POST",
        "/api/preview",
        "What would be understood of a file",
        "formats",
        preview,
        PreviewQuery,
        Nothing,
        PreviewAnswer,
        documents=HEAD,
    ),
)
