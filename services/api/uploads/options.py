"""What an upload's query string may force or tell."""

from collections.abc import Mapping
from datetime import UTC, datetime

from shared.errors import InputError
from shared.messages import InputHints
from shared.parsing import FORMAT_NAMES
from shared.parsing.hints import UnknownTimezone, read_timezone

MAX_NAME_LENGTH = 255
UNNAMED = "unnamed.log"


def read_hints(query: Mapping[str, str]) -> InputHints:
    """`format`, `timezone` and `modified`; raises InputError (422) that names the one that cannot be."""
    return InputHints(
        format=_format(query.get("format")),
        timezone=_timezone(query.get("timezone")),
        modified_at=_modified_at(query.get("modified")),
    )


def clean_name(name: str | None) -> str:
    """A file's name for showing: no folders, no control characters, bounded. Never used as a path."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(character for character in last if character.isprintable()).strip()
    return shown[:MAX_NAME_LENGTH] or UNNAMED


def _format(value: str | None) -> str | None:
    if value and value not in FORMAT_NAMES:
        raise _refused("format", f"unknown format {value[:50]!r}; known: {', '.join(FORMAT_NAMES)}")
    return value or None


def _timezone(value: str | None) -> str | None:
    if not value:
        return None
    try:
        read_timezone(value)
    except UnknownTimezone as error:
        raise _refused("timezone", str(error)) from error
    return value


def _modified_at(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _refused("modified", f"{value[:50]!r} is not an RFC 3339 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refused(name: str, detail: str) -> InputError:
    return InputError(422, "Invalid parameter", f"{name}: {detail}")
