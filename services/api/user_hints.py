"""What a user has taught goes along with what an upload says."""

from dataclasses import replace
from uuid import UUID

from services.api.context import Context
from services.api.problems import invalid_field
from services.api.user_formats import find_format, own_names
from services.api.user_keywords import find_keywords
from shared.messages import InputHints
from shared.parsing import FORMAT_NAMES

MAX_SHOWN = 64


async def user_hints(context: Context, user_id: UUID, hints: InputHints) -> InputHints:
    """`hints` with the pattern and the time zone of the user's own format, and the user's keywords.

    A zone that the upload names wins. Raises InputError (422) for a format that is neither built in nor the user's.
    """
    keywords = await find_keywords(context.database, user_id)
    counted = None if keywords is None else tuple(keywords)
    own = await find_format(context.database, user_id, hints.format) if hints.format else None
    if own is None:
        if hints.format and hints.format not in FORMAT_NAMES:
            raise await _unknown(context, user_id, hints.format)
        return replace(hints, keywords=counted)
    return replace(hints, pattern=own.pattern, timezone=hints.timezone or own.timezone, keywords=counted)


async def _unknown(context: Context, user_id: UUID, name: str) -> Exception:
    own = await own_names(context.database, user_id)
    yours = f"; your own: {', '.join(own)}" if own else ""
    told = f"unknown format {name[:MAX_SHOWN]!r}; built in: {', '.join(sorted(FORMAT_NAMES))}{yours}"
    return invalid_field("format", told)
