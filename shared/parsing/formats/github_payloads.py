"""A webhook's payload, of which only what is asked for is read: the rest stays the JSON it is."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from shared.parsing.formats.json_decoding import RawObject, decode_object

LONGEST_SHOWN = 200
SHORT_SHA = 7
REF_KINDS = ("refs/heads/", "refs/tags/")
MILLISECOND = timedelta(milliseconds=1)
INT64 = 2**63

T = TypeVar("T")


class _Item(msgspec.Struct, frozen=True, gc=False):
    """Any object, of which nothing is kept: a list may have millions."""


class _First(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A list with its first item; the others are passed over."""

    item: msgspec.Raw


_decode_text = msgspec.json.Decoder(str).decode
_decode_number = msgspec.json.Decoder(int).decode
_decode_flag = msgspec.json.Decoder(bool).decode
_decode_items = msgspec.json.Decoder(list[_Item]).decode
_decode_first = msgspec.json.Decoder(_First).decode


class Part:
    """An object of a payload. Asked for what it has not, or has of another type, it has nothing."""

    __slots__ = ("_members",)

    def __init__(self, members: RawObject) -> None:
        self._members = members

    def __contains__(self, key: str) -> bool:
        return key in self._members

    def part(self, *keys: str) -> "Part":
        """The object under `keys`, one in the other; an empty one where there is none."""
        found = self
        for key in keys:
            found = found.object(key) or Part({})
        return found

    def object(self, key: str) -> "Part | None":
        """The object under `key`, where there is one."""
        members = self._read(key, decode_object)
        return None if members is None else Part(members)

    def text(self, key: str) -> str | None:
        """A text that is not empty."""
        return self._read(key, _decode_text) or None

    def number(self, key: str) -> int | None:
        """A whole number of 64 bits."""
        number = self._read(key, _decode_number)
        return number if number is not None and -INT64 <= number < INT64 else None

    def flag(self, key: str) -> bool:
        """Whether it is true."""
        return self._read(key, _decode_flag) is True

    def first(self, key: str) -> "Part":
        """The object that a list begins with; an empty one where there is none."""
        found = self._read(key, _decode_first)
        return Part((found and _or_none(found.item, decode_object)) or {})

    def length(self, key: str) -> int:
        """How many objects a list has; 0 where it has anything else."""
        return len(self._read(key, _decode_items) or ())

    def first_text(self, *keys: str) -> str | None:
        """The first text that there is."""
        return next((text for key in keys if (text := self.text(key))), None)

    def _read(self, key: str, decode: Callable[[Any], T]) -> T | None:
        return _or_none(self._members[key], decode) if key in self._members else None


def _or_none(raw: msgspec.Raw, decode: Callable[[Any], T]) -> T | None:
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return decode(raw)
    return None


def shown(text: str | None) -> str:
    """A text's first line that is not blank, as it is shown in a message: at most LONGEST_SHOWN characters."""
    if not text:
        return ""
    line = text.lstrip().partition("\n")[0].rstrip()
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"


def short_ref(ref: str | None) -> str | None:
    """The name of a branch or a tag without what it begins with in Git; any other ref as it is."""
    if ref is None:
        return None
    return next((ref.removeprefix(kind) for kind in REF_KINDS if ref.startswith(kind)), ref) or None


def short_sha(sha: str | None) -> str | None:
    """A commit's number as people write it."""
    return sha[:SHORT_SHA] if sha else None


def milliseconds_between(start: str | None, end: str | None) -> float | None:
    """From one ISO 8601 time to a later one; None where there is none."""
    if start is None or end is None:
        return None
    with suppress(ValueError, TypeError, OverflowError):
        duration = (datetime.fromisoformat(end) - datetime.fromisoformat(start)) / MILLISECOND
        return duration if duration >= 0 else None
    return None
