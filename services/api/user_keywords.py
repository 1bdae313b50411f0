"""The words a user wants counted in every message, in place of the setting's."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from services.api.context import Context
from services.api.operations import Call, Nothing, Operation
from shared.database import Database

MAX_KEYWORDS = 100
MAX_KEYWORD_CHARACTERS = 100

FIND = "SELECT keywords FROM user_keywords WHERE user_id = $1"
STORE = """
INSERT INTO user_keywords (user_id, keywords) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET keywords = excluded.keywords
"""
REMOVE = "DELETE FROM user_keywords WHERE user_id = $1"

Keyword = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=MAX_KEYWORD_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f]+$"
    ),
]


def once_each(keywords: list[str]) -> list[str]:
    """Without those that differ from an earlier one in case only."""
    kept: dict[str, str] = {}
    for keyword in keywords:
        kept.setdefault(keyword.casefold(), keyword)
    return list(kept.values())


class NewKeywords(BaseModel):
    """Words to be counted from the next upload on."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"keywords": ["error", "out of memory"]}]},
    )

    keywords: Annotated[list[Keyword], AfterValidator(once_each)] = Field(
        max_length=MAX_KEYWORDS, description="in any case; none at all is allowed, too"
    )


class Keywords(BaseModel):
    """The words that are counted, once a record, whatever their case."""

    keywords: list[str]
    is_default: bool = Field(description="whether they are the setting's (error_keywords) and not your own")


async def find_keywords(database: Database, user_id: UUID) -> list[str] | None:
    """The user's own; None where the setting's count."""
    async with database.acquire() as connection:
        found: list[str] | None = await connection.fetchval(FIND, user_id)
    return found


async def get_keywords(context: Context, call: Call[Nothing, Nothing]) -> Keywords:
    """The words counted in the user's logs."""
    own = await find_keywords(context.database, call.user.user_id)
    return Keywords(keywords=context.settings.error_keywords if own is None else own, is_default=own is None)


async def put_keywords(context: Context, call: Call[Nothing, NewKeywords]) -> Keywords:
    """From now on these; what was counted before stays as it is."""
    async with context.database.acquire() as connection:
        await connection.execute(STORE, call.user.user_id, call.body.keywords)
    return Keywords(keywords=call.body.keywords, is_default=False)


async def delete_keywords(context: Context, call: Call[Nothing, Nothing]) -> Response:
    """The setting's again."""
    async with context.database.acquire() as connection:
        await connection.execute(REMOVE, call.user.user_id)
    return Response(status_code=204)


PATH = "/api/keywords"
OPERATIONS = (
    Operation("GET", PATH, "The words counted in your logs", "formats", get_keywords, Nothing, Nothing, Keywords),
    Operation("PUT", PATH, "Count words of your own", "formats", put_keywords, Nothing, NewKeywords, Keywords),
    Operation(
        "DELETE", PATH, "Count the usual words again", "formats", delete_keywords, Nothing, Nothing, None, status=204
    ),
)
