"""What GitHub posts as a payload: whether it is JSON, and the little of it that says where it belongs. Pure."""

import re
from collections.abc import Iterator
from typing import TypeVar
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Raw

from shared.errors import InputError

T = TypeVar("T")

ABSENT = Raw(b"null")
FORM_FIELD = b"payload"
MAX_FORM_FIELDS = 100
UNQUOTED_BYTES = 64 * 1024
"""Unquoted at a time: each escape is an object of its own meanwhile."""
# Begins with what is always there, which is looked for much more quickly.
LONE_SURROGATE = re.compile(
    rb"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD])[c-fC-F][0-9a-fA-F]{2})"
)
FIRST_HALF = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}")
ESCAPE_BYTES = 6
MENDED_BYTES = 64 * 1024
"""Mended at a time: meanwhile no other thread goes on."""
MAX_FEED_CHARACTERS = 200
MAX_TEXT_CHARACTERS = 1000
ACTION = re.compile(r"[A-Za-z0-9_.-]{1,64}")
UNNAMED_FEED = "github"


class Payload(msgspec.Struct, frozen=True, gc=False):
    """Of a payload's own members those that are looked at, as JSON; whatever else it has is passed over."""

    action: Raw = ABSENT
    ref: Raw = ABSENT
    commits: Raw = ABSENT
    repository: Raw = ABSENT
    organization: Raw = ABSENT
    installation: Raw = ABSENT
    sender: Raw = ABSENT
    zen: Raw = ABSENT
    hook_id: Raw = ABSENT
    hook: Raw = ABSENT


class _Party(msgspec.Struct, frozen=True, gc=False):
    """A repository, an organization, an installation or a user."""

    full_name: Raw = ABSENT
    login: Raw = ABSENT
    account: Raw = ABSENT


_decode = msgspec.json.Decoder(Payload).decode


def read_payload(content: bytes) -> Payload:
    """Raises InputError (400) for what is no JSON object in UTF-8."""
    try:
        str(content, "utf-8")
        return _decode_object(content)
    except UnicodeDecodeError as error:
        raise unreadable(f"it is not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise unreadable("it is nested too deep") from None
    except msgspec.ValidationError:
        raise unreadable("it is no JSON object") from None
    except msgspec.DecodeError as error:
        raise unreadable(str(error)) from None


def _decode_object(content: bytes) -> Payload:
    try:
        return _decode(content)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Half a surrogate pair is JSON all the same; a worker reads it as U+FFFD, too.
        mended = b"".join(LONE_SURROGATE.sub(rb"\\ufffd", piece) for piece in _pieces(content))
        if mended == content:
            raise
        return _decode(mended)


def _pieces(content: bytes) -> Iterator[bytes]:
    """In order; none begins within an escape, or between two that belong together."""
    start = 0
    while start < len(content):
        end = content.find(b"\\", start + MENDED_BYTES)
        if end < 0:
            end = len(content)
        elif FIRST_HALF.match(content, end - ESCAPE_BYTES, end):
            end -= ESCAPE_BYTES
        yield content[start:end]
        start = end


def unreadable(detail: str) -> InputError:
    """The refusal of a payload; `detail` tells what is wrong with it."""
    return InputError(400, "Unreadable payload", f"The payload cannot be read: {detail}.")


def form_payload(body: bytes) -> bytes:
    """The field `payload` of a form; raises InputError (400) where there is none."""
    for field in body.split(b"&", MAX_FORM_FIELDS):
        name, _, value = field.partition(b"=")
        if name == FORM_FIELD:
            return _unquote(value)
    raise unreadable("the form has no field `payload`")


def _unquote(value: bytes) -> bytes:
    unquoted, start = bytearray(), 0
    while start < len(value):
        end = start + UNQUOTED_BYTES
        escape = value.rfind(b"%", end - 2, end)  # one that goes on behind the end
        end = escape if escape >= 0 else end
        unquoted += unquote_to_bytes(value[start:end].replace(b"+", b" "))
        start = end
    return bytes(unquoted)


def decoded(raw: Raw, kind: type[T]) -> T | None:
    """A member as `kind`; None where it is something else."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        return None


def text_of(raw: Raw, max_characters: int = MAX_TEXT_CHARACTERS) -> str | None:
    """A member that is printable text, of a bounded length; else None."""
    text = decoded(raw, str)
    return text if text and len(text) <= max_characters and text.isprintable() else None


def action_of(payload: Payload) -> str | None:
    """What happened to the event's subject, as `opened`."""
    action = text_of(payload.action)
    return action if action and ACTION.fullmatch(action) else None


def repository_of(payload: Payload) -> str | None:
    """As `owner/name`."""
    return text_of(_party(payload.repository).full_name, MAX_FEED_CHARACTERS)


def sender_of(payload: Payload) -> str | None:
    """The login of whoever did it."""
    return text_of(_party(payload.sender).login, MAX_FEED_CHARACTERS)


def feed_of(payload: Payload) -> str:
    """What the delivery is about: a repository, else an organization, an account, a user."""
    parties = (payload.organization, _party(payload.installation).account, payload.sender)
    logins = (text_of(_party(party).login, MAX_FEED_CHARACTERS) for party in parties)
    return repository_of(payload) or next(filter(None, logins), UNNAMED_FEED)


def _party(raw: Raw) -> _Party:
    return decoded(raw, _Party) or _Party()
