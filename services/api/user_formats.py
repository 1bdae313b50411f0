"""Formats of users' own, kept: a regular expression or a grok pattern, tried on a sample before."""

import asyncio
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.api.context import Context
from services.api.first_lines import FirstLines
from services.api.format_definitions import Definition, Name, try_on_sample
from services.api.line_items import Line
from services.api.operations import Call, Nothing, Operation, json_response
from services.api.pages import Page
from services.api.problems import not_found
from shared.database import Connection, Database
from shared.errors import InputError
from shared.parsing import FORMAT_NAMES

COLUMNS = "name, pattern, grok, sample, timezone, created_at, changed_at"
FIND = f"SELECT {COLUMNS} FROM user_formats WHERE user_id = $1 AND name = $2"  # noqa: S608
LIST = f"SELECT {COLUMNS} FROM user_formats WHERE user_id = $1 ORDER BY name"  # noqa: S608
NAMES = "SELECT name FROM user_formats WHERE user_id = $1 ORDER BY name"
LOCK_USER = "SELECT 1 FROM users WHERE user_id = $1 FOR NO KEY UPDATE"
ADD = """
INSERT INTO user_formats (user_id, name, pattern, grok, sample, timezone, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
"""
REPLACE = f"""
UPDATE user_formats SET pattern = $3, grok = $4, sample = $5, timezone = $6, changed_at = $7
WHERE user_id = $1 AND name = $2 RETURNING {COLUMNS}
"""  # noqa: S608
REMOVE = "DELETE FROM user_formats WHERE user_id = $1 AND name = $2 RETURNING 1"


class NewFormat(Definition):
    """A format to be kept."""

    name: Name = Field(description="what `?format=` of an upload calls it; not a built-in format's name")


class Format(BaseModel):
    """A format of the user's own."""

    name: str
    pattern: str = Field(description="the regular expression; of a grok pattern, what it comes to")
    grok: str | None
    sample: str
    timezone: str | None
    created_at: datetime
    changed_at: datetime


class TriedFormat(Format):
    """A format that has been kept, and what it made of its sample."""

    preview: list[Line]


class FormatPage(Page[Format]):
    """All of the user's formats; there is never a second page."""

    built_in: list[str] = Field(description="the names of the formats that everyone has")


async def create_format(context: Context, call: Call[Nothing, NewFormat]) -> Response:
    """Tries a format on its sample and keeps it; raises InputError: 409 for a name that is taken, 422 for a pattern
    that does not compile or does not match."""
    body, user_id = call.body, call.user.user_id
    pattern, read = await _tried(context, body.name, body)
    now = context.clock.now()
    async with context.database.transaction() as connection:
        await _require_room(context, connection, user_id, body.name)
        await connection.execute(ADD, user_id, body.name, pattern, body.grok, body.sample, body.timezone, now)
        row = await connection.fetchrow(FIND, user_id, body.name)
    return _answer(row, read, 201)


async def replace_format(context: Context, call: Call[Nothing, Definition]) -> Response:
    """Tries a format's new definition and keeps that; what was uploaded before stays as it is."""
    name, body = call.request.path_params["name"], call.body
    if await find_format(context.database, call.user.user_id, name) is None:
        raise not_found()
    pattern, read = await _tried(context, name, body)
    async with context.database.acquire() as connection:
        row = await connection.fetchrow(
            REPLACE,
            call.user.user_id,
            name,
            pattern,
            body.grok,
            body.sample,
            body.timezone,
            context.clock.now(),
        )
    return _answer(row, read, 200)


async def list_formats(context: Context, call: Call[Nothing, Nothing]) -> FormatPage:
    """The user's own formats by name, and the names of the built-in ones."""
    async with context.database.acquire() as connection:
        rows = await connection.fetch(LIST, call.user.user_id)
    return FormatPage(items=[_format(row) for row in rows], next_cursor=None, built_in=sorted(FORMAT_NAMES))


async def get_format(context: Context, call: Call[Nothing, Nothing]) -> Format:
    """One of the user's own formats."""
    found = await find_format(context.database, call.user.user_id, call.request.path_params["name"])
    if found is None:
        raise not_found()
    return found


async def delete_format(context: Context, call: Call[Nothing, Nothing]) -> Response:
    """Forgets a format; what was uploaded with it stays as it is."""
    async with context.database.acquire() as connection:
        removed = await connection.fetchval(REMOVE, call.user.user_id, _searchable(call.request.path_params["name"]))
    if removed is None:
        raise not_found()
    return Response(status_code=204)


async def find_format(database: Database, user_id: UUID, name: str) -> Format | None:
    """The user's format of that name."""
    async with database.acquire() as connection:
        row = await connection.fetchrow(FIND, user_id, _searchable(name))
    return _format(row) if row else None


async def own_names(database: Database, user_id: UUID) -> list[str]:
    """The names of the user's own formats."""
    async with database.acquire() as connection:
        return [row["name"] for row in await connection.fetch(NAMES, user_id)]


async def _tried(context: Context, name: str, definition: Definition) -> tuple[str, FirstLines]:
    async with context.previews:
        return await asyncio.to_thread(try_on_sample, name, definition, context.clock.now())


async def _require_room(context: Context, connection: Connection, user_id: UUID, name: str) -> None:
    """Raises InputError (409) where the name is taken, or there are as many as may be. Holds the user's row."""
    await connection.execute(LOCK_USER, user_id)
    names = [row["name"] for row in await connection.fetch(NAMES, user_id)]
    if name in names:
        raise InputError(409, "Name taken", f"You have a format called {name}; PUT /api/formats/{name} replaces it.")
    most = context.settings.max_formats_per_user
    if len(names) >= most:
        raise InputError(409, "Too many formats", f"You may have {most} formats (max_formats_per_user).")


def _answer(row: asyncpg.Record | None, read: FirstLines, status: int) -> Response:
    if row is None:
        raise not_found()
    return json_response(msgspec.json.encode({**_format(row).model_dump(), "preview": read.items}), status)


def _format(row: asyncpg.Record) -> Format:
    return Format.model_validate(dict(row))


def _searchable(name: str) -> str:
    """PostgreSQL takes no NUL, which no name has."""
    return name.replace("\0", "\ufffd")


PATH = "/api/formats"
OPERATIONS = (
    Operation(
        "POST", PATH, "Teach a format of your own", "formats", create_format, Nothing, NewFormat, TriedFormat, 201
    ),
    Operation("GET", PATH, "Your own formats", "formats", list_formats, Nothing, Nothing, FormatPage),
    Operation("GET", PATH + "/{name}", "One of them", "formats", get_format, Nothing, Nothing, Format),
    Operation("PUT", PATH + "/{name}", "Change it", "formats", replace_format, Nothing, Definition, TriedFormat),
    Operation("DELETE", PATH + "/{name}", "Forget it", "formats", delete_format, Nothing, Nothing, None, 204),
)
