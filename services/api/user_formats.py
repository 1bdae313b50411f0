"""Formats of users' own: a regular expression or a grok pattern, tried on a sample before it is kept."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import asyncpg
import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from starlette.responses import Response

from services.api.context import Context
from services.api.first_lines import FirstLines, Mismatch, read_first_lines
from services.api.line_items import Line
from services.api.operations import Call, Nothing, Operation, json_response
from services.api.pages import Page
from services.api.problems import FieldError, InvalidInputError, invalid_field, not_found
from shared.database import Connection, Database
from shared.errors import InputError
from shared.parsing import FORMAT_NAMES, ParseHints
from shared.parsing.custom import BadPattern, check_pattern
from shared.parsing.formats import CUSTOM
from shared.parsing.grok import expand
from shared.parsing.hints import UnknownTimezone, read_timezone

MAX_PATTERN_CHARACTERS = 4096
MAX_SAMPLE_CHARACTERS = 16_384
MAX_MISMATCHES = 10
"""Told of at once."""

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


def not_built_in(name: str) -> str:
    """The name; raises ValueError for one that a built-in format has."""
    if name in (*FORMAT_NAMES, CUSTOM):
        raise ValueError("is the name of a built-in format")
    return name


def known_timezone(name: str) -> str:
    """The name; raises ValueError for what is no time zone."""
    try:
        read_timezone(name)
    except UnknownTimezone as error:
        raise ValueError(str(error)) from error
    return name


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$"), AfterValidator(not_built_in)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PATTERN_CHARACTERS, pattern=r"^[^\x00]+$")]


class Definition(BaseModel):
    """What a format is: exactly one of `pattern` and `grok`."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "shop",
                    "grok": "%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} %{GREEDYDATA:message}",
                    "sample": "2025-01-31 10:00:00 WARN disk is nearly full",
                }
            ]
        },
    )

    pattern: Text | None = Field(None, description="a regular expression of Rust's kind with named groups")
    grok: Text | None = Field(None, description="a grok pattern, such as %{IPORHOST:client} %{WORD:method}")
    sample: str = Field(
        min_length=1,
        max_length=MAX_SAMPLE_CHARACTERS,
        pattern=r"^[^\x00]+$",
        description="lines of the format; each that is not blank has to match",
    )
    timezone: Annotated[str, AfterValidator(known_timezone)] | None = Field(
        None, max_length=100, description="IANA zone or offset of times that name none, unless the upload says else"
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.pattern is None) == (self.grok is None):
            raise ValueError("give pattern or grok, and not both")
        return self


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


def compiled(pattern: str | None, grok: str | None, pointers: tuple[str, str] = ("/pattern", "/grok")) -> str:
    """The regular expression of either; raises InvalidInputError (422) that names what is wrong with it."""
    try:
        regex = pattern if grok is None else expand(grok)
        check_pattern(regex or "")
    except BadPattern as error:
        at = f" (column {error.column})" if error.column and grok is None else ""
        raise invalid_field(pointers[grok is not None], f"{error}{at}") from error
    return regex or ""


def try_on_sample(name: str, definition: Definition, now: datetime) -> tuple[str, FirstLines]:
    """The regular expression, and what it makes of the sample.

    Raises InvalidInputError (422) unless it compiles and matches each line.
    """
    pattern = compiled(definition.pattern, definition.grok)
    hints = ParseHints(format=name, pattern=pattern, timezone=definition.timezone, received_at=now)
    read = read_first_lines(definition.sample.encode(), hints, MAX_SAMPLE_CHARACTERS)
    errors = tuple(_errors(read.mismatches()))
    if errors:
        raise InvalidInputError(errors)
    if not definition.sample.strip():
        raise invalid_field("/sample", "has to have a line that is not blank")
    return pattern, read


def _errors(mismatches: Iterator[Mismatch]) -> Iterator[FieldError]:
    for _, found in zip(range(MAX_MISMATCHES), mismatches, strict=False):
        group = f" for {found.field}" if found.field else ""
        told = f"line {found.line_no} does not match: column {found.column}: expected {found.expected}{group}"
        yield FieldError(pointer="/sample", detail=told)


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
