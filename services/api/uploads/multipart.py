"""multipart/form-data as a stream of files: nothing is spooled, a cut-off body is noticed."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared.errors import InputError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FILE_FIELD = "file"
EXTENDED_NAME = re.compile(rb"(?i);\s*filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^;\s]+)")
MAX_FILES = 1000


@dataclass(frozen=True, slots=True)
class PartBegins:
    """A part named `file` starts; `file_name` as the client sent it."""

    file_name: str


@dataclass(frozen=True, slots=True)
class PartEnds:
    """The part that started last is whole."""


PartEvent: TypeAlias = PartBegins | bytes | PartEnds
"""Between a PartBegins and its PartEnds come the file's bytes."""


@dataclass
class _Parts:
    """Collects what one write to the parser calls back."""

    events: list[PartEvent] = field(default_factory=list)
    whole: bool = False
    files: int = 0
    _header_name: bytes = b""
    _header_value: bytes = b""
    _headers: dict[bytes, bytes] = field(default_factory=dict)

    def on_part_begin(self) -> None:
        self._headers = {}

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def on_header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def on_headers_finished(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        _, options = parse_options_header(disposition)
        name = options.get(b"name")
        file_name = options.get(b"filename", b"").decode("utf-8", "replace") or extended_name(disposition)
        if name != FILE_FIELD.encode() or not file_name:
            told = (name or b"").decode("utf-8", "replace")
            raise bad_form(
                f"The part {told!r} is not a file in the field {FILE_FIELD!r}; options belong into the query string."
            )
        self.files += 1
        if self.files > MAX_FILES:
            raise bad_form(f"A form may have at most {MAX_FILES} files.")
        self.events.append(PartBegins(file_name))

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.events.append(data[start:end])

    def on_part_end(self) -> None:
        self.events.append(PartEnds())

    def on_end(self) -> None:
        self.whole = True

    def take(self) -> Iterator[PartEvent]:
        events, self.events = self.events, []
        return iter(events)


async def read_files(content_type: str, body: AsyncIterator[bytes]) -> AsyncIterator[PartEvent]:
    """The form's files in order. Raises InputError (400) for a malformed, cut-off or empty form."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise bad_form("The Content-Type has no boundary.")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, callbacks=_callbacks(parts))
        async for chunk in body:
            parser.write(chunk)
            for event in parts.take():
                yield event
    except FormParserError as error:
        raise bad_form(f"The multipart body is malformed: {error}") from error
    if not parts.whole:
        raise bad_form("The multipart body ends before its closing boundary.")
    if not parts.files:
        raise bad_form(f"The form has no file in the field {FILE_FIELD!r}.")


def _callbacks(parts: _Parts) -> "MultipartCallbacks":
    return {
        "on_part_begin": parts.on_part_begin,
        "on_header_field": parts.on_header_field,
        "on_header_value": parts.on_header_value,
        "on_header_end": parts.on_header_end,
        "on_headers_finished": parts.on_headers_finished,
        "on_part_data": parts.on_part_data,
        "on_part_end": parts.on_part_end,
        "on_end": parts.on_end,
    }


def extended_name(disposition: bytes) -> str | None:
    """The name in `filename*=CHARSET'LANGUAGE'NAME` (RFC 8187), which the parser leaves out; None without."""
    found = EXTENDED_NAME.search(disposition)
    if found is None:
        return None
    return unquote_to_bytes(found[2]).decode("utf-8" if found[1].lower() == b"utf-8" else "latin-1", "replace")


def bad_form(detail: str) -> InputError:
    """The refusal of a form; `detail` says what is wrong with this one."""
    return InputError(400, "Malformed form", detail)
