"""A file's first bytes as an upload of it would begin: unpacked and decoded, as far as they go. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.api.decoding.charsets import wide_encoding
from services.api.decoding.contents import InputDecoder
from services.api.decoding.decompression import Compression
from services.api.decoding.events import Event, FileBegins, FileEnds
from services.api.decoding.limits import UNCHECKED_BYTES, Limits
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
    decoder = InputDecoder(LIMITS)
    begins, content = _first_file(_events(decoder, data, cut=cut), most_bytes)
    if not content and decoder.failure is not None:
        raise decoder.failure
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


def _first_file(events: Iterator[Event], most_bytes: int) -> tuple[FileBegins | None, bytes]:
    begins, content = None, bytearray()
    for event in events:
        if isinstance(event, FileBegins):
            begins = event
        elif isinstance(event, FileEnds):
            break
        else:
            content += event
        if len(content) >= most_bytes:
            break
    return begins, bytes(content[:most_bytes])


def _name(kind: object) -> str | None:
    if isinstance(kind, Compression):
        return kind.name
    return kind.value if isinstance(kind, Archive) else None
