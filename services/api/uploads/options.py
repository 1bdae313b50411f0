"""What an upload's query string may force or tell."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from services.api.decoding.charsets import known_charset
from services.api.problems import invalid_field
from shared.messages import InputHints
from shared.parsing.hints import UnknownTimezone, read_timezone

MAX_NAME_LENGTH = 255
UNNAMED = "unnamed.log"
SWITCH = {"true": True, "1": True, "false": False, "0": False}


def read_hints(query: Mapping[str, str]) -> InputHints:
    """`format`, `timezone`, `modified` and `charset`; raises InvalidInputError (422) that names the one that cannot be.

    A format may be one of the user's own: `user_hints` looks.
    """
    return InputHints(
        format=query.get("format") or None,
        timezone=_timezone(query.get("timezone")),
        modified_at=_modified_at(query.get("modified")),
        charset=_charset(query.get("charset")),
    )


def read_again(query: Mapping[str, str]) -> bool:
    """`again`: whether to take in what is there already; raises InvalidInputError (422) for neither true nor false."""
    told = (query.get("again") or "false").lower()
    if told not in SWITCH:
        raise invalid_field("again", "has to be true or false")
    return SWITCH[told]


def dated(hints: InputHints, modified_at: datetime | None) -> InputHints:
    """`hints` for a file that says itself when it was changed: the earlier counts, for what is packed is no younger."""
    known = [moment for moment in (hints.modified_at, modified_at) if moment is not None]
    return replace(hints, modified_at=min(known, default=None))


def clean_name(name: str | None) -> str:
    """A file's name for showing: no folders, no control characters, bounded. Never used as a path."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(character for character in last if character.isprintable()).strip()
    return shown[:MAX_NAME_LENGTH] or UNNAMED


def _timezone(value: str | None) -> str | None:
    if not value:
        return None
    try:
        read_timezone(value)
    except UnknownTimezone as error:
        raise invalid_field("timezone", str(error)) from error
    return value


def _charset(value: str | None) -> str | None:
    """As `known_charset` spells it."""
    if not value:
        return None
    if (known := known_charset(value)) is None:
        raise invalid_field("charset", f"{value[:50]!r} is no charset that can be read")
    return known


def _modified_at(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise invalid_field("modified", f"{value[:50]!r} is not an RFC 3339 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
