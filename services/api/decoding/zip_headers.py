"""The headers in a zip that a reader meets on its way, without the directory at the end."""

import struct
from dataclasses import dataclass
from datetime import datetime

from services.api.decoding.member_times import dos_moment, moment_of

LOCAL = b"PK\x03\x04"
DESCRIPTOR = b"PK\x07\x08"
ENDINGS = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")
FIXED = struct.Struct("<4sHHHHHLLLHH")
ENCRYPTED = 1
SIZES_FOLLOW = 8
UTF8 = 0x800
IN_EXTRA = 0xFFFFFFFF
EXTRA_ZIP64 = 0x0001
EXTRA_TIMES = 0x5455
EXTRAS = frozenset((EXTRA_ZIP64, EXTRA_TIMES))
FIELD = struct.Struct("<HH")
LONGEST_DESCRIPTOR = 26
"""And the two letters of the next header, which every one of them begins with."""
NEXT = b"PK"


@dataclass(frozen=True, slots=True)
class ZipHeader:
    """A member's own header. `packed` and `size` (bytes) are None where they follow the data, as then `crc` does."""

    name: str
    method: int
    is_encrypted: bool
    has_descriptor: bool
    crc: int
    packed: int | None
    size: int | None
    modified_at: datetime | None
    length: int
    """Of the header itself."""


def read_header(buffer: bytes) -> ZipHeader | None:
    """The header `buffer` begins with; None where more of it is needed."""
    if len(buffer) < FIXED.size:
        return None
    _, _, flags, method, time, date, crc, packed, size, name_length, extra_length = FIXED.unpack_from(buffer)
    length = FIXED.size + name_length + extra_length
    if len(buffer) < length:
        return None
    name = buffer[FIXED.size : FIXED.size + name_length]
    extra = _read_extra(buffer[FIXED.size + name_length : length])
    if EXTRA_ZIP64 in extra:
        size, packed = _zip64_sizes(extra[EXTRA_ZIP64], size, packed)
    unknown = bool(flags & SIZES_FOLLOW) and packed in (0, IN_EXTRA)
    return ZipHeader(
        name=_name(name, is_utf8=bool(flags & UTF8)),
        method=method,
        is_encrypted=bool(flags & ENCRYPTED),
        has_descriptor=bool(flags & SIZES_FOLLOW),
        crc=crc,
        packed=None if unknown else packed,
        size=None if unknown else size,
        modified_at=_extra_moment(extra.get(EXTRA_TIMES, b"")) or dos_moment(date, time),
        length=length,
    )


def read_descriptor(buffer: bytes, packed: int, size: int) -> tuple[int, int] | None:
    """The checksum in the descriptor `buffer` begins with, and its length; None where none has these sizes.

    Its signature is optional and its sizes have 4 or 8 bytes; only what it says and what follows tell which.
    """
    for signature in (DESCRIPTOR, b""):
        for sizes in (struct.pack("<LL", packed % 2**32, size % 2**32), struct.pack("<QQ", packed, size)):
            place = len(signature) + 4
            end = place + len(sizes)
            if buffer.startswith(signature) and buffer.startswith(sizes, place) and buffer.startswith(NEXT, end):
                return int.from_bytes(buffer[place - 4 : place], "little"), end
    return None


def _name(name: bytes, *, is_utf8: bool) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("utf-8", "replace") if is_utf8 else name.decode("cp437")


def _read_extra(extra: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    start = 0
    while len(extra) - start >= FIELD.size:
        kind, length = FIELD.unpack_from(extra, start)
        start += FIELD.size
        if kind in EXTRAS:
            found.setdefault(kind, extra[start : start + length])
        start += length
    return found


def _zip64_sizes(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    numbers = [number for (number,) in struct.iter_unpack("<Q", extra[: len(extra) // 8 * 8])]
    if size == IN_EXTRA and numbers:
        size = numbers.pop(0)
    if packed == IN_EXTRA and numbers:
        packed = numbers.pop(0)
    return size, packed


def _extra_moment(extra: bytes) -> datetime | None:
    has_modified = len(extra) >= 5 and extra[0] & 1
    return moment_of(struct.unpack_from("<l", extra, 1)[0]) if has_modified else None
