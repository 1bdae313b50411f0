"""What bytes are, told by the bytes and never by a file's name."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from services.api.decoding.charsets import undecodable_share, wide_encoding
from services.api.decoding.decompression import COMPRESSIONS, Compression
from services.api.decoding.tar_headers import is_header

SNIFF_BYTES = 4096
"""What is looked at: always this many bytes, or all of a shorter input, however the network cut them."""


class Archive(Enum):
    """Files in a file."""

    ZIP = "zip"
    TAR = "tar"


@dataclass(frozen=True, slots=True)
class Binary:
    """Not text; `name` says what it was taken for."""

    name: str


Kind: TypeAlias = Compression | Archive | Binary | None
"""None is text."""

ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
BINARY_MAGICS = (
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF87a", "a GIF image"),
    (0, b"GIF89a", "a GIF image"),
    (0, b"RIFF", "a RIFF file (WebP, WAV or AVI)"),
    (0, b"OggS\x00", "Ogg audio or video"),
    (4, b"ftyp", "an MP4 video"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (0, b"\x7fELF", "an ELF program"),
    (0, b"MZ\x90\x00", "a Windows program"),
    (0, b"\xca\xfe\xba\xbe", "a Java class or macOS program"),
    (0, b"\xcf\xfa\xed\xfe", "a macOS program"),
    (0, b"\x00asm", "a WebAssembly module"),
    (0, b"SQLite format 3\x00", "an SQLite database"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"Obj\x01", "an Avro file"),
    (0, b"ElfFile\x00", "a Windows event log (EVTX; export it as text first)"),
    (0, b"LPKSHHRH", "a systemd journal (export it with journalctl first)"),
    (0, b"\xd4\xc3\xb2\xa1", "a packet capture"),
    (0, b"\xa1\xb2\xc3\xd4", "a packet capture"),
    (0, b"\x0a\x0d\x0d\x0a", "a packet capture"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"!<arch>\n", "an ar archive or Debian package"),
    (0, b"MSCF\x00\x00\x00\x00", "a cabinet archive"),
    (0, b"\x04\x22\x4d\x18", "lz4 data"),
    (0, b"\x89LZO\x00\r\n\x1a\n", "lzop data"),
    (0, b"LZIP\x01", "lzip data"),
    (0, b"\x1f\x9d", "data of the old compress program (.Z)"),
    (0, b"\x5d\x00\x00\x80\x00\xff", "old LZMA data (.lzma)"),
    (0, b"\xff\x06\x00\x00sNaPpY", "snappy data"),
    (0, b"PK\x07\x08", "a part of a split zip archive"),
)
PADDING = re.compile(rb"\0{16,}")
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x08\x1b")) + b"\x7f"
FEWEST_BYTES = 1024
"""Below this nothing is called binary for its looks alone."""
MOST_CONTROLS = 0.3
SOME_CONTROLS = 0.05
SOME_UNDECODABLE = 0.25


def sniff(head: bytes) -> Kind:
    """What begins with `head`: the input's first SNIFF_BYTES bytes, or all of them."""
    for compression in COMPRESSIONS:
        if compression.begins(head):
            return compression
    if head.startswith(ZIP_MAGICS):
        return Archive.ZIP
    if is_header(head[:512]):
        return Archive.TAR
    for offset, magic, name in BINARY_MAGICS:
        if head.startswith(magic, offset):
            return Binary(name)
    return Binary("binary data") if _looks_binary(head) else None


def _looks_binary(head: bytes) -> bool:
    """A log with some NULs, or a stretch of them where its file was truncated while it was written, is still text."""
    head = PADDING.sub(b"", head)
    if len(head) < FEWEST_BYTES or wide_encoding(head) is not None:
        return False
    controls = 1 - len(head.translate(None, CONTROLS)) / len(head)
    return controls > MOST_CONTROLS or (controls > SOME_CONTROLS and undecodable_share(head) > SOME_UNDECODABLE)
