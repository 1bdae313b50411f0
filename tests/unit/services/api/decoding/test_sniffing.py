"""Told apart by their first bytes."""

import bz2
import gzip
import random

import pytest

from services.api.decoding.decompression import BZIP2, GZIP, XZ, ZSTD
from services.api.decoding.sniffing import BINARY_MAGICS, Archive, Binary, Kind, sniff
from tests.unit.services.api.decoding.archives import tar_of, zip_of

LINE = b"2026-01-02T03:04:05Z INFO request served\n"
KINDS: list[tuple[bytes, Kind]] = [
    (b"", None),
    (b"\n", None),
    (LINE, None),
    (LINE * 200, None),
    (gzip.compress(LINE), GZIP),
    (b"\x28\xb5\x2f\xfd\x00", ZSTD),
    (b"\x50\x2a\x4d\x18\x00", ZSTD),
    (bz2.compress(LINE), BZIP2),
    (bz2.compress(b""), BZIP2),
    (b"BZh9 is how this line begins\n", None),
    (b"\xfd7zXZ\x00\x00", XZ),
    (zip_of({"a.log": LINE}), Archive.ZIP),
    (zip_of({}), Archive.ZIP),
    (b"PK is how this line begins\n", None),
    (tar_of({"a.log": LINE}), Archive.TAR),
    (tar_of({"a.log": LINE})[:511], None),
    (b"MZ is how this line begins\n", None),
    (b"[INFO] started\n" * 100, None),
    # Some NULs, or many where a log was truncated while it was written.
    (b"a\0b\0\0c\n" + LINE * 100, None),
    (bytes(4096), None),
    (bytes(3000) + LINE * 20, None),
    (b"\x1b[31mred\x1b[0m\n" * 200, None),
    (bytes(range(256)), None),
    ("привет мир\n".encode("cp1251") * 200, None),
    ("ファイルが見つかりません\n".encode("cp932") * 200, None),
    (LINE.decode().encode("utf-16") * 20, None),
    (LINE.decode().encode("utf-32-be") * 20, None),
    (random.Random(2).randbytes(4096), Binary("binary data")),
    (bytes(n % 7 for n in range(4096)), Binary("binary data")),
]


@pytest.mark.parametrize(("head", "kind"), KINDS, ids=range(len(KINDS)))
def test_kinds(head: bytes, kind: Kind) -> None:
    assert sniff(head[:4096]) == kind


@pytest.mark.parametrize(("offset", "magic", "name"), BINARY_MAGICS)
def test_binary_magics(offset: int, magic: bytes, name: str) -> None:
    assert sniff(b"\0" * offset + magic + bytes(20)) == Binary(name)
