"""A file's first bytes as an upload of it would begin: unpacked and decoded, as far as they go. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from services.api.decoding.charsets import wide_encoding
from services.api.decoding.contents import InputDecoder
from services.api.decoding.decompression import Compression
from services.api.decoding.events import Event, FileBegins, FileEnds
from services.api.decoding.failures import Undecodable
from services.api.decoding.limits import UNCHECKED_BYTES, Limits, Meter
from services.api.decoding.sniffing import SNIFF_BYTES, Archive, sniff
from services.api.decoding.text import HEAD_BYTES, TextReader

LIMITS = Limits(max_decompressed_bytes=UNCHECKED_BYTES, max_expansion_ratio=1000, max_archive_members=1000)
"""No more than that is unpacked before the first file's text begins to come."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of the first file's lines, and what it was taken from.

    `body`: UTF-8, or bytes of the code page `charset`. `charset`: also that of UTF-16 and UTF-32; None = UTF-8.
    `compression`: of the whole, or the kind of archive. `file_name` and `modified_at`: what an archive says.
    """

    body: bytes
    charset: str | None = None
    compression: str | None = None
    file_name: str | None = None
    modified_at: datetime | None = None


def open_head(data: bytes, *, charset: str | None, most_bytes: int, cut: bool) -> Head:
    """Unpacks and decodes up to about `most_bytes`; where there may be more (`cut`), without a last line's beginning.

    Raises Undecodable for what an upload would be refused for.
    """
    decoder = InputDecoder(Meter(LIMITS))
    found = _first_file(_events(decoder, data, cut=cut), most_bytes)
    begins, content = found.begins, bytes(found.content[:most_bytes])
    if not content and (failure := found.failure or decoder.failure):
        raise failure
    reader = TextReader(charset)
    body = b"".join([*reader.feed(content), *reader.flush()])
    if (cut or len(content) >= most_bytes) and not body.endswith(b"\n"):
        body = body[: body.rfind(b"\n") + 1] or body
    return Head(
        body=body,
        charset=reader.charset or charset or wide_encoding(content[:HEAD_BYTES]),
        compression=_name(sniff(data[:SNIFF_BYTES])),
        file_name=begins.name if begins else None,
        modified_at=begins.modified_at if begins else None,
    )


def _events(decoder: InputDecoder, data: bytes, *, cut: bool) -> Iterator[Event]:
    yield from decoder.feed(data)
    yield from decoder.settle() if cut else decoder.flush()


@dataclass(slots=True)
class _First:
    """The first file something could be read of; where there is none, the first empty one, or the first `failure`."""

    begins: FileBegins | None = None
    content: bytearray = field(default_factory=bytearray)
    failure: Undecodable | None = None


def _first_file(events: Iterator[Event], most_bytes: int) -> _First:
    found, empty = _First(), None
    for event in events:
        if isinstance(event, FileBegins):
            found.begins = event
        elif not isinstance(event, FileEnds):
            found.content += event
        elif found.content:
            break
        elif event.failure is None:
            empty = empty or _First(found.begins)
            found = _First(failure=found.failure)
        else:
            found = _First(failure=found.failure or event.failure)
        if len(found.content) >= most_bytes:
            break
    return found if found.content or empty is None else empty


def _name(kind: object) -> str | None:
    if isinstance(kind, Compression):
        return kind.name
    return kind.value if isinstance(kind, Archive) else None
