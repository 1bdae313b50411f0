"""One dead letter: what it holds, what was tried, and what was done about it."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import asyncpg
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from services.api.audit import Action, find_events
from services.api.context import Context
from services.api.dead_letters.filters import MATCHES, LetterFilter, for_scope
from services.api.dead_letters.listing import COLUMNS, DeadLetter
from services.api.dead_letters.payload import Content, Payload, pieces, show, unpack
from services.api.dead_letters.refusals import refusal
from services.api.export.attachments import attachment, export_name
from services.api.operations import Call, Nothing, path_id
from services.api.problems import not_found
from shared.attempts import read_attempts
from shared.database import Connection

FIND_LETTER = f"""
SELECT {COLUMNS}, detail, headers, properties, attempts AS attempts_made, trace, body
FROM dead_letters AS dead LEFT JOIN jobs ON jobs.job_id = dead.job_id WHERE {MATCHES}
"""  # noqa: S608
MAX_EVENTS = 100


class Attempt(BaseModel):
    """A worker's try, and how it ended."""

    at: str | None = Field(description="RFC 3339; null where it was not told")
    error: str
    worker: str | None = Field(description="host and process id")


class LetterEvent(BaseModel):
    """What somebody did about a dead letter."""

    happened_at: datetime
    user_email: str | None
    action: Action
    details: dict[str, Any]


class WholeDeadLetter(DeadLetter):
    """A dead letter with all that is known of it."""

    headers: dict[str, Any] = Field(description="of the message")
    properties: dict[str, Any] = Field(description="of the message, what a replay publishes again")
    attempts_made: list[Attempt] = Field(description="oldest first")
    trace: str | None = Field(description="where in the code it failed, for failures nobody foresaw")
    payload: Payload
    history: list[LetterEvent] = Field(description=f"oldest first, the last {MAX_EVENTS}")


async def get_letter(context: Context, call: Call[Nothing, Nothing]) -> WholeDeadLetter:
    """A dead letter, the beginning of its lines, every attempt and every action."""
    async with context.previews:
        async with context.database.acquire() as connection:
            row = await _find(connection, call)
            events = await find_events(connection, call.user, None, row["dead_letter_id"], limit=MAX_EVENTS)
        payload = await asyncio.to_thread(show, row["body"], row["headers"])
    return WholeDeadLetter.model_validate(
        {
            **dict(row),
            "attempts_made": [asdict(attempt) for attempt in read_attempts(row["attempts_made"])],
            "payload": payload,
            "history": [dict(event) for event in reversed(events)],
        }
    )


async def download_payload(context: Context, call: Call[Nothing, Nothing]) -> Response:
    """A dead letter's bytes, unpacked where they can be; raises InputError: 409 once they are stored or discarded."""
    async with context.previews:
        async with context.database.acquire() as connection:
            row = await _find(connection, call)
        if not row["body"] and row["state"] in ("stored", "discarded"):
            raise refusal(row["state"])
        content = await asyncio.to_thread(unpack, row["body"], row["headers"])
        headers = {
            "Content-Disposition": attachment(download_name(dict(row), content)),
            "Content-Length": str(len(content.body)),
            "Cache-Control": "no-store",
        }
    # Whoever is slow to read it holds the packed bytes only.
    body = pieces(row["body"], is_packed=content.is_unpacked)
    return StreamingResponse(body, headers=headers, media_type="application/octet-stream")


def download_name(row: Mapping[str, Any], content: Content) -> str:
    """`batch-7-of-app.log`; for what could not be unpacked, or tells no file, the letter's id."""
    if content.is_unpacked and row["file_name"] is not None:
        return export_name(f"batch-{row['batch_no']}-of-{row['file_name']}", "")
    return f"dead-letter-{row['dead_letter_id']}.bin"


async def _find(connection: Connection, call: Call[Nothing, Nothing]) -> asyncpg.Record:
    wanted = LetterFilter(dead_letter_id=path_id(call.request, "dead_letter_id"))
    row = await connection.fetchrow(for_scope(FIND_LETTER, call.user.scope), *wanted.arguments(call.user.scope))
    if row is None:
        raise not_found()
    return row
