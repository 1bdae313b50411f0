"""A dead letter's bytes for people: its lines where it can be read, else what there is. Pure."""

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import zstandard
from pydantic import BaseModel, Field

from services.api.line_items import whole_characters
from shared.errors import PoisonMessage
from shared.messages import decompress

SHOWN_BYTES = 64 * 1024
PIECE_BYTES = 256 * 1024
Encoding = Literal["lines", "text", "base64"]


class Payload(BaseModel):
    """The first bytes of a dead letter."""

    text: str
    encoding: Encoding = Field(description="`lines`: unpacked; `text`: as it came; `base64`: as it came, in base64")
    bytes: int = Field(description="how many there are in all, unpacked where they can be")
    is_cut: bool = Field(description="whether `text` is only the first of them")


@dataclass(frozen=True, slots=True)
class Content:
    """What a dead letter holds; `is_unpacked`: whether these are the lines' own bytes."""

    body: bytes
    is_unpacked: bool


def unpack(body: bytes, headers: Mapping[str, Any]) -> Content:
    """The lines' own bytes where the body is what its headers say, else the body as it is."""
    try:
        return Content(decompress(body, headers), is_unpacked=True)
    except PoisonMessage:
        return Content(body, is_unpacked=False)


def pieces(body: bytes, *, is_packed: bool) -> Iterator[bytes]:
    """The bytes `unpack` gives, some at a time; `is_packed`: whether it did unpack them."""
    packed = io.BytesIO(body)
    reader = zstandard.ZstdDecompressor().stream_reader(packed) if is_packed else packed
    while piece := reader.read(PIECE_BYTES):
        yield piece


def show(body: bytes, headers: Mapping[str, Any]) -> Payload:
    """The beginning of it; what is no UTF-8 in lines becomes U+FFFD."""
    content = unpack(body, headers)
    first = content.body[:SHOWN_BYTES]
    is_cut = len(first) < len(content.body)
    encoding, text = _written(whole_characters(first) if is_cut else first, first, is_unpacked=content.is_unpacked)
    return Payload(text=text, encoding=encoding, bytes=len(content.body), is_cut=is_cut)


def _written(characters: bytes, first: bytes, *, is_unpacked: bool) -> tuple[Encoding, str]:
    if is_unpacked:
        return "lines", characters.decode("utf-8", "replace")
    try:
        return "text", characters.decode("utf-8")
    except UnicodeDecodeError:
        return "base64", base64.b64encode(first).decode()
