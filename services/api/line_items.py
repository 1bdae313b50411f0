"""A line as readers get it, from a row of the database."""

from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from pydantic import BaseModel, Field

from shared.parsing.lines import original_text
from shared.severity import level_of

REPLACED = "\ufffd"


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
    attrs: dict[str, Any] = Field(
        description="the fields that have no place of their own; of a line that is shown cut, `truncated` and "
        "`line_bytes`, its true length without its line feed"
    )
    raw: str = Field(description="the original text")
    format: str
    reason: str | None = Field(None, description="why the line was rejected; only on rejected lines")


class LineItem(msgspec.Struct, frozen=True, gc=False):
    """The same, quick to make and to write; `attrs` is JSON already, and `reason` is missing on records."""

    line_no: int
    line_count: int
    logged_at: datetime | None
    level: str | None
    severity: int | None
    message: str | None
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
    attrs: msgspec.Raw
    raw: str
    format: str
    reason: str | msgspec.UnsetType = msgspec.UNSET


def line_item(row: asyncpg.Record, charset: str | None) -> LineItem:
    """From a row with the columns of `services.api.lines`, in their order.

    `charset`: what the job's lines are in that are no UTF-8; None to tell by their look.
    """
    severity, message = row[3:5]
    attrs, raw, format_name, reason = row[16:20]
    if row["tail_bytes"] is None:
        text = message if raw is None else original_text(raw, charset)
    else:
        first_part = message.encode() if raw is None else raw
        line_bytes = len(first_part) + row["tail_bytes"]
        message, text = shown_cut(message, first_part, line_bytes, charset)
        attrs = _told_cut(attrs, line_bytes)
    level, reason = (level_of(severity), msgspec.UNSET) if reason is None else (None, reason)
    fields = msgspec.Raw(attrs.encode())
    values: tuple[Any, ...] = (*row[:3], level, severity, message, *row[5:16], fields, text, format_name, reason)
    return LineItem(*values)


def shown_cut(message: str | None, first_part: bytes, line_bytes: int, charset: str | None) -> tuple[str | None, str]:
    """Message and text of an over-long line of which `first_part` is kept whole, with a marker of its true length.

    Where the part ends within a character, they end before that one.
    """
    marker = f" … [line of {line_bytes:,} bytes, cut after {len(first_part):,}]"
    whole = whole_characters(first_part)
    text = original_text(whole, charset).rstrip(REPLACED) + marker
    if message is None:
        return None, text
    misread = original_text(first_part[len(whole) :], charset)
    return message.removesuffix(misread).rstrip(REPLACED) + marker, text


def whole_characters(part: bytes) -> bytes:
    """The bytes without the beginning of a UTF-8 character that is not all there."""
    for back in range(1, min(4, len(part) + 1)):
        byte = part[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return part[:-back] if length > back else part
        if byte < 0x80:
            return part
    return part


def _told_cut(attrs: str, line_bytes: int) -> str:
    fields: dict[str, Any] = msgspec.json.decode(attrs)
    return msgspec.json.encode({**fields, "line_bytes": line_bytes, "truncated": True}).decode()
