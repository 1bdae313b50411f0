"""The 512-byte blocks that begin a tar's members: ustar, GNU and the old kind, and pax records."""

from dataclasses import dataclass
from datetime import datetime

from services.api.decoding.member_times import moment_of

BLOCK_BYTES = 512
ZEROS = bytes(BLOCK_BYTES)
CHECKSUM = slice(148, 156)
REGULAR = frozenset((b"0", b"\0", b"7"))
SPARSE = b"S"
LONG_NAME = b"L"
LONG_LINK = b"K"
PAX = frozenset((b"x", b"X"))
PAX_GLOBAL = b"g"
LONGEST_NUMBER = 20


@dataclass(frozen=True, slots=True)
class TarHeader:
    """One header: its `kind` is the type flag, `size` the bytes that follow it."""

    name: str
    kind: bytes
    size: int
    modified_at: datetime | None
    is_extended: bool
    """Whether GNU's blocks of a sparse map follow."""


def is_header(block: bytes) -> bool:
    """Whether these 512 bytes begin a member: the checksum is right."""
    if len(block) < BLOCK_BYTES or block[0] == 0:
        return False
    told = _number(block[CHECKSUM])
    return told is not None and told == sum(block) - sum(block[CHECKSUM]) + 8 * ord(" ")


def read_header(block: bytes) -> TarHeader | None:
    """The header in these 512 bytes; None where there is none."""
    size, modified = _number(block[124:136]), _number(block[136:148])
    if not is_header(block) or size is None or size < 0:
        return None
    name = text_of(block[:100])
    if block[257:263] == b"ustar\0" and block[345]:
        name = f"{text_of(block[345:500])}/{name}"
    return TarHeader(name, block[156:157], size, moment_of(modified), bool(block[482]))


def text_of(field: bytes) -> str:
    """A name up to its first NUL."""
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def read_pax(records: bytes) -> dict[str, str]:
    """The keywords of a pax header, each `LENGTH KEYWORD=VALUE` and a newline; what is malformed ends it."""
    found: dict[str, str] = {}
    start = 0
    while (blank := records.find(b" ", start, start + LONGEST_NUMBER)) >= 0:
        digits = records[start:blank]
        end = start + int(digits) if digits.isdigit() else start
        keyword, equals, value = records[blank + 1 : max(end - 1, 0)].partition(b"=")
        if not equals or end > len(records):
            break
        found[keyword.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        start = end
    return found


def _number(field: bytes) -> int | None:
    """Octal digits, or GNU's base 256; None where it is neither."""
    if field[0] in (0x80, 0xFF):
        return int.from_bytes(field[1:], "big", signed=field[0] == 0xFF)
    digits = field.strip(b" \0")
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        return None
