"""The wire contract: a line batch as one AMQP message.

Body: the lines' own bytes, each ended by LF (the input's last line may not be), zstd-compressed (content_encoding
`zstd`): an eighth of the bytes through the broker and its disk costs less than it saves. Headers:

    job_id, batch_no, first_line, line_count, byte_offset           identity, place in the input
    body_bytes, crc32                                               length and checksum of the body as it was
    line_part                                                       only for a part of one over-long line
    format, pattern, timezone, charset, modified_at, keywords       what the uploader forced or told, optional
    header                                                          the line that names the columns, where there is one
    attempts                                                        failures so far, kept by the worker
    replay_id                                                       the replay a dead letter was published again by
    traceparent                                                     the span that published it (W3C), where it is traced

The message's type is `line_batch` and its `version` header 1; a reader refuses any other as poison.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import aio_pika
import zstandard

from shared.errors import PoisonMessage
from shared.lines import count_lines
from shared.tracing import TRACEPARENT

MESSAGE_TYPE = "line_batch"
VERSION = 1
CONTENT_TYPE = "application/vnd.logmill.lines"
ENCODING = "zstd"
COMPRESSION_LEVEL = 1
MAX_BODY_BYTES = 64 * 1024**2
"""More than any api may be configured to put into a batch; a message that claims more is not ours."""


@dataclass(frozen=True, slots=True)
class InputHints:
    """What the uploader forced (`format`, `timezone`, `charset`) or told (`modified_at`, aware) about an input.

    `pattern`: the regular expression of `format`, where that is one of the user's own. `keywords`: the words the user
    wants counted, None = the worker's.
    """

    format: str | None = None
    timezone: str | None = None
    modified_at: datetime | None = None
    charset: str | None = None
    pattern: str | None = None
    keywords: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LineBatch:
    """Consecutive lines of one job. `batch_no` counts from 0, `first_line` from 1, `byte_offset` in decoded bytes.

    With a `line_part` the body is that part (from 0) of the one over-long line `first_line`; only part 0 counts it.
    `header` is the line before this batch that names the columns of its lines, if they have such.
    `traceparent` tells of the span that it comes of.
    """

    job_id: UUID
    batch_no: int
    first_line: int
    line_count: int
    byte_offset: int
    body: bytes
    hints: InputHints
    line_part: int | None = None
    header: str | None = None
    traceparent: str | None = None

    @property
    def message_id(self) -> str:
        """The batch's identity wherever it is seen."""
        return f"{self.job_id}:{self.batch_no}"


def encode(batch: LineBatch, published_at: datetime) -> aio_pika.Message:
    """The batch as a persistent message; `published_at` (aware) travels in its timestamp, in whole seconds."""
    hints = batch.hints
    headers: dict[str, Any] = {
        "version": VERSION,
        "job_id": str(batch.job_id),
        "batch_no": batch.batch_no,
        "first_line": batch.first_line,
        "line_count": batch.line_count,
        "byte_offset": batch.byte_offset,
        "body_bytes": len(batch.body),
        "crc32": zlib.crc32(batch.body),
        "line_part": batch.line_part,
        "format": hints.format,
        "pattern": hints.pattern,
        "timezone": hints.timezone,
        "charset": hints.charset,
        "modified_at": hints.modified_at.isoformat() if hints.modified_at else None,
        "keywords": None if hints.keywords is None else list(hints.keywords),
        "header": batch.header,
        TRACEPARENT: batch.traceparent,
    }
    return aio_pika.Message(
        zstandard.ZstdCompressor(COMPRESSION_LEVEL).compress(batch.body),
        headers={name: value for name, value in headers.items() if value is not None},
        content_type=CONTENT_TYPE,
        content_encoding=ENCODING,
        type=MESSAGE_TYPE,
        message_id=batch.message_id,
        timestamp=published_at,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def decode(compressed: bytes, message_type: str | None, headers: Mapping[str, Any]) -> LineBatch:
    """Reads a message back; raises PoisonMessage where it is not a whole line batch of this version."""
    if message_type != MESSAGE_TYPE or headers.get("version") != VERSION:
        found = f"type {message_type!r}, version {headers.get('version')!r}"
        raise PoisonMessage("unknown_message", f"{found} instead of {MESSAGE_TYPE!r}, version {VERSION}")
    body = decompress(compressed, headers)
    try:
        batch = _read(body, headers)
        checksum = int(headers["crc32"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PoisonMessage("bad_headers", f"{type(error).__name__}: {error}") from error
    if checksum != zlib.crc32(body):
        raise PoisonMessage("bad_checksum", f"{len(body)} bytes do not have the checksum {checksum}")
    _check_lines(batch)
    return batch


def decompress(compressed: bytes, headers: Mapping[str, Any]) -> bytes:
    """The lines' own bytes; raises PoisonMessage for what is not zstd or not as long as it says."""
    length = headers.get("body_bytes")
    if not isinstance(length, int) or not 0 <= length <= MAX_BODY_BYTES:
        raise PoisonMessage("bad_headers", f"body_bytes is {length!r}, not 0 to {MAX_BODY_BYTES}")
    try:
        if zstandard.frame_content_size(compressed) != length:
            raise PoisonMessage("bad_encoding", f"the body does not have the {length} bytes the headers say")
        return zstandard.ZstdDecompressor().decompress(compressed)
    except zstandard.ZstdError as error:
        raise PoisonMessage("bad_encoding", f"{len(compressed)} bytes are not zstd: {error}") from error


def _read(body: bytes, headers: Mapping[str, Any]) -> LineBatch:
    return LineBatch(
        job_id=UUID(headers["job_id"]),
        batch_no=int(headers["batch_no"]),
        first_line=int(headers["first_line"]),
        line_count=int(headers["line_count"]),
        byte_offset=int(headers["byte_offset"]),
        body=body,
        hints=_read_hints(headers),
        line_part=headers.get("line_part"),
        header=headers.get("header"),
        traceparent=traceparent_of(headers),
    )


def traceparent_of(headers: Mapping[str, Any]) -> str | None:
    """What a message says of the span that it comes of; it may be anybody's, so nothing is made of it yet."""
    value = headers.get(TRACEPARENT)
    return value if isinstance(value, str) else None


def _read_hints(headers: Mapping[str, Any]) -> InputHints:
    modified_at, keywords = headers.get("modified_at"), headers.get("keywords")
    return InputHints(
        format=headers.get("format"),
        timezone=headers.get("timezone"),
        modified_at=datetime.fromisoformat(modified_at) if modified_at else None,
        charset=headers.get("charset"),
        pattern=headers.get("pattern"),
        keywords=None if keywords is None else tuple(keywords),
    )


def _check_lines(batch: LineBatch) -> None:
    found = 0 if batch.line_part else count_lines(batch.body)
    if batch.batch_no < 0 or batch.first_line < 1 or batch.line_count != found:
        raise PoisonMessage("bad_line_count", f"{found} lines found where the headers say {batch.line_count}")
