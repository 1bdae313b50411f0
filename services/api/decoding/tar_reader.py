"""A tar's bytes to its regular files, as they come; directories, links and devices are passed over."""

from collections.abc import Iterator

from services.api.decoding.events import Event, FileBegins, FileEnds
from services.api.decoding.failures import broken, unsupported
from services.api.decoding.limits import Meter
from services.api.decoding.member_times import moment_of
from services.api.decoding.tar_headers import (
    BLOCK_BYTES,
    LONG_LINK,
    LONG_NAME,
    LONGEST_NUMBER,
    PAX,
    PAX_GLOBAL,
    REGULAR,
    SPARSE,
    ZEROS,
    TarHeader,
    read_header,
    read_pax,
    text_of,
)

MAX_NOTE_BYTES = 64 * 1024
"""Of a long name or of pax records."""


class TarReader:
    """Holds one block, or the notes that precede a member."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._buffer = b""
        self._payload = 0
        self._padding = 0
        self._note: TarHeader | None = None
        self._notes: dict[str, str] = {}
        self._is_file = False
        self._ended = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Raises Undecodable where a member should begin and does not, LimitExceeded for too many of them."""
        self._buffer += data
        while not self._ended:
            if self._note is not None:
                if not self._read_note(self._note):
                    return
            elif self._payload:
                if not self._buffer:
                    return
                yield from self._read_payload()
            elif self._padding:
                skipped = min(self._padding, len(self._buffer))
                self._padding -= skipped
                self._buffer = self._buffer[skipped:]
                if self._padding:
                    return
            elif len(self._buffer) < BLOCK_BYTES:
                return
            else:
                yield from self._read_header()
        self._buffer = b""  # what follows the end is padding of the tape's record

    def flush(self) -> Iterator[Event]:
        """The input is over; raises Undecodable where a member is not."""
        if self._payload or self._note is not None or (self._buffer.strip(b"\0") and not self._ended):
            raise broken("The tar archive is cut off (truncated).")
        yield from ()

    def _read_note(self, note: TarHeader) -> bool:
        if len(self._buffer) < note.size:
            return False
        content, self._buffer = self._buffer[: note.size], self._buffer[note.size :]
        self._note = None
        self._padding = -note.size % BLOCK_BYTES
        if note.kind == LONG_NAME:
            self._notes["path"] = text_of(content)
        elif note.kind in PAX:
            self._notes |= read_pax(content)
        return True

    def _read_payload(self) -> Iterator[Event]:
        content, self._buffer = self._buffer[: self._payload], self._buffer[self._payload :]
        self._payload -= len(content)
        if self._is_file:
            yield content
            if not self._payload:
                yield self._end()

    def _end(self) -> FileEnds:
        self._is_file = False
        return FileEnds()

    def _read_header(self) -> Iterator[Event]:
        block, self._buffer = self._buffer[:BLOCK_BYTES], self._buffer[BLOCK_BYTES:]
        if block == ZEROS:
            self._ended = True
            return
        header = read_header(block)
        if header is None:
            raise broken("The tar archive is damaged: no member begins where one should.")
        if header.kind in (LONG_NAME, LONG_LINK, PAX_GLOBAL) or header.kind in PAX:
            if header.size > MAX_NOTE_BYTES:
                told = f"the notes on a member are {header.size} bytes, at most {MAX_NOTE_BYTES} are read"
                raise broken(f"The tar archive cannot be read on: {told}.")
            self._note = header
        else:
            yield from self._begin(header)

    def _begin(self, header: TarHeader) -> Iterator[Event]:
        self._meter.member()
        notes, self._notes = self._notes, {}
        size = int(notes["size"]) if _is_number(notes.get("size")) else header.size
        self._payload, self._padding = size, -size % BLOCK_BYTES
        name = notes.get("path", header.name)
        if header.kind == SPARSE or any(keyword.startswith("GNU.sparse.") for keyword in notes):
            yield FileBegins(name)
            yield FileEnds(unsupported("A sparse file in a tar archive."))
            if header.is_extended and header.kind == SPARSE:
                raise broken("The tar archive cannot be read on after a sparse file with a long map.")
        elif header.kind in REGULAR and not name.endswith("/"):
            modified_at = moment_of(_seconds(notes.get("mtime"))) or header.modified_at
            yield FileBegins(name, modified_at, size)
            self._is_file = size > 0
            if not size:
                yield self._end()


def _is_number(text: str | None) -> bool:
    return text is not None and text.isdecimal() and text.isascii() and len(text) < LONGEST_NUMBER


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
