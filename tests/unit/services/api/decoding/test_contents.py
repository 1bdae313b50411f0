"""Uploads to the files in them: by what the bytes are, one level deep, whatever the chunks."""

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api.decoding.contents import InputDecoder
from services.api.decoding.decompression import GZIP, ZSTD, Compression
from services.api.decoding.limits import Limits, Meter
from tests.unit.services.api.decoding.archives import MTIME, tar_of, tar_with, zip_of
from tests.unit.services.api.decoding.feeding import CUTS, WIDE_LIMITS, Found, cut, decode

FILES = {"a.log": b"one\ntwo\n", "logs/b.log": b"three\n", "empty.log": b"", "c.log": b"x" * 5000 + b"\n"}
LINES = b"".join(b"2026-01-02T03:04:05Z INFO request %d served\n" % n for n in range(3000))
zstd = zstandard.ZstdCompressor().compress


def contents(files: list[Found]) -> list[tuple[str | None, bytes]]:
    return [(file.name, file.content) for file in files]


PLAIN = [b"", b"\n", b"one\ntwo", LINES, b"\x00nul\n", b"caf\xe9\n", b"\xff\xfea\0\n\0"]


@pytest.mark.parametrize("content", PLAIN)
@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress, zstd])
def test_a_file_is_its_bytes(content: bytes, compress: Callable[[bytes], bytes]) -> None:
    files, decoder = decode([compress(content)])
    assert contents(files) == [(None, content)]
    assert decoder.failure is None


PACKED = {
    "tar": tar_of(FILES),
    "gnu tar": tar_of(FILES, format=tarfile.GNU_FORMAT),
    "ustar": tar_of(FILES, format=tarfile.USTAR_FORMAT),
    "tar.gz": gzip.compress(tar_of(FILES)),
    "tar.zst": zstd(tar_of(FILES)),
    "tar.bz2": bz2.compress(tar_of(FILES)),
    "tar.xz": lzma.compress(tar_of(FILES)),
    "zip": zip_of(FILES),
    "stored zip": zip_of(FILES, method=zipfile.ZIP_STORED),
    "bzip2 zip": zip_of(FILES, method=zipfile.ZIP_BZIP2),
    "zip to a pipe": zip_of(FILES, piped=True),
    "zip64": zip_of(FILES, zip64=True),
    "zip64 to a pipe": zip_of(FILES, piped=True, zip64=True),
}


@pytest.mark.parametrize("name", PACKED)
@given(cuts=CUTS)
@settings(max_examples=25)
def test_an_archives_files_in_any_chunks(name: str, cuts: list[int]) -> None:
    files, decoder = decode(cut(PACKED[name], cuts))
    assert contents(files) == list(FILES.items())
    assert {file.failure for file in files} == {None}
    assert decoder.failure is None


@pytest.mark.parametrize("pack", [tar_of, zip_of, lambda files: gzip.compress(tar_of(files))])
@given(files=st.lists(st.binary(max_size=9000), min_size=1, max_size=4), cuts=CUTS)
@settings(max_examples=25)
def test_any_contents(pack: Callable[..., bytes], files: list[bytes], cuts: list[int]) -> None:
    named = {f"{number}.log": b"line\n" + content for number, content in enumerate(files)}
    found, _ = decode(cut(pack(named), cuts))
    # What is no text is refused by its first bytes; the others are not touched by that.
    assert [file.name for file in found] == list(named)
    assert all(file.failure or file.content == named[file.name or ""] for file in found)


def test_what_an_archive_tells_of_its_files() -> None:
    moment = datetime.fromtimestamp(MTIME, UTC)
    for pack in (tar_of, zip_of):
        (file,) = decode([pack({"a.log": b"one\n"})])[0]
        assert (file.modified_at, file.size) == (moment, 4)


def test_gzip_tells_when_its_file_was_changed() -> None:
    assert decode([gzip.compress(b"one\n", mtime=MTIME)])[0][0].modified_at == datetime.fromtimestamp(MTIME, UTC)
    assert decode([gzip.compress(b"one\n", mtime=0)])[0][0].modified_at is None


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstd])
@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_a_compressed_file_in_an_archive_is_unpacked(
    compress: Callable[[bytes], bytes], pack: Callable[..., bytes]
) -> None:
    files, _ = decode([pack({"app.log.1.gz": compress(LINES), "app.log": b"new\n"})])
    assert contents(files) == [("app.log.1.gz", LINES), ("app.log", b"new\n")]


NESTED = [
    ("gzip in gzip", gzip.compress(gzip.compress(LINES)), "gzip data in gzip data"),
    ("zip in gzip", gzip.compress(zip_of(FILES)), "A zip archive in gzip data"),
    ("PNG", b"\x89PNG\r\n\x1a\n" + bytes(100), "a PNG image"),
    ("PNG in gzip", gzip.compress(b"\x89PNG\r\n\x1a\n" + bytes(100)), "a PNG image"),
    ("ELF", b"\x7fELF\x02\x01\x01" + bytes(200), "an ELF program"),
    ("PDF", b"%PDF-1.7\n1 0 obj\n", "a PDF document"),
    ("SQLite", b"SQLite format 3\0" + bytes(100), "an SQLite database"),
    ("7z", b"7z\xbc\xaf\x27\x1c\0\4", "a 7-Zip archive"),
    ("RAR", b"Rar!\x1a\x07\x01\0", "a RAR archive"),
    ("random bytes", random.Random(1).randbytes(5000), "binary data"),
]


@pytest.mark.parametrize(("content", "told"), [case[1:] for case in NESTED], ids=[case[0] for case in NESTED])
@pytest.mark.parametrize("size", [1, 100_000])
def test_what_is_no_text_is_refused_before_anything_comes_of_it(content: bytes, told: str, size: int) -> None:
    files, decoder = decode(content[start : start + size] for start in range(0, len(content), size))
    assert files == []
    assert decoder.failure is not None
    assert decoder.failure.status == 415
    assert told in decoder.failure.detail
    assert "Supported: text" in decoder.failure.detail


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_one_bad_file_does_not_take_the_others_with_it(pack: Callable[..., bytes]) -> None:
    bad = {
        "inner.zip": zip_of(FILES),
        "inner.tar": tar_of(FILES),
        "inner.tar.gz": gzip.compress(tar_of(FILES)),
        "twice.gz": gzip.compress(gzip.compress(b"x")),
        "image.png": b"\x89PNG\r\n\x1a\n" + bytes(5000),
        "cut.gz": gzip.compress(LINES)[:-3],
    }
    files, decoder = decode([pack({"first.log": b"1\n", **bad, "last.log": b"2\n"})])
    assert [file.name for file in files] == ["first.log", *bad, "last.log"]
    assert [file.status for file in files] == [0, 415, 415, 415, 415, 415, 422, 0]
    assert files[-2].content == LINES
    assert "cut off" in (files[-2].failure or "")
    assert (files[0].content, files[-1].content) == (b"1\n", b"2\n")
    assert decoder.failure is None


def test_what_is_no_file_is_passed_over() -> None:
    members = [tarfile.TarInfo(kind) for kind in ("folder", "link", "hard", "device", "pipe")]
    kinds = (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)
    for member, kind in zip(members, kinds, strict=True):
        member.type, member.linkname = kind, "first.log"
    files, _ = decode([tar_with(*members)])
    assert contents(files) == [("first.log", b"line\n"), ("last.log", b"line\n")]


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_junk_is_passed_over(pack: Callable[..., bytes]) -> None:
    junk = {"__MACOSX/._a.log": b"\0\5\x16\7", "._b.log": b"\0", "logs/.DS_Store": b"\0", "Thumbs.db": b"\0"}
    assert contents(decode([pack({**junk, "a.log": b"1\n"})])[0]) == [("a.log", b"1\n")]


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names(format: int) -> None:  # noqa: A002
    name = "/".join(["folder" * 5] * 4) + "/größer.log"
    assert contents(decode(cut(tar_of({name: b"1\n"}, format=format), [1] * 3000))[0]) == [(name, b"1\n")]


NO_FILE = [zip_of({}), zip_of({".DS_Store": b"\0"}), tar_of({".DS_Store": b"\0"}), zip_of({"folder/": b""})]


@pytest.mark.parametrize("packed", [*NO_FILE, *map(gzip.compress, NO_FILE[2:3])])
def test_an_archive_without_a_file(packed: bytes) -> None:
    files, decoder = decode([packed])
    assert files == []
    assert decoder.failure is not None
    assert (decoder.failure.status, decoder.failure.detail) == (422, "There is no file in the archive.")


@pytest.mark.parametrize("name", [name for name in PACKED if "tar" in name or "zip" in name])
@given(data=st.data(), cuts=CUTS)
@settings(max_examples=25)
def test_an_archive_cut_off_anywhere(name: str, data: st.DataObject, cuts: list[int]) -> None:
    packed = PACKED[name]
    kept = packed[: data.draw(st.integers(1, len(packed) - 1))]
    files, decoder = decode(cut(kept, cuts))
    if decoder.failure is None:  # only a directory, or padding, is missing; or it is too short to be an archive
        assert contents(files) in (list(FILES.items())[: len(files)], [(None, kept)])
    else:
        assert decoder.failure.status in (415, 422)
        assert not files or files[-1].failure
        assert all(FILES[file.name].startswith(file.content) for file in files if file.name)


@given(data=st.data(), cuts=CUTS)
@settings(max_examples=100)
def test_damage_anywhere_never_raises_and_never_depends_on_the_chunks(data: st.DataObject, cuts: list[int]) -> None:
    packed = bytearray(PACKED[data.draw(st.sampled_from(sorted(PACKED)))])
    for _ in range(data.draw(st.integers(1, 3))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    whole, at_once = decode([bytes(packed)])
    found, in_pieces = decode(cut(bytes(packed), cuts))
    assert found == whole
    assert str(in_pieces.failure) == str(at_once.failure)


MAGICS = [b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"BZh91AY&SY", b"\xfd7zXZ\0", b"PK\3\4", tar_of(FILES)[:512], b""]


@given(magic=st.sampled_from(MAGICS), content=st.binary(max_size=2000), cuts=CUTS)
@settings(max_examples=200)
def test_any_bytes_never_raise(magic: bytes, content: bytes, cuts: list[int]) -> None:
    whole, at_once = decode([magic + content])
    found, in_pieces = decode(cut(magic + content, cuts))
    assert found == whole
    assert str(in_pieces.failure) == str(at_once.failure)


def test_a_size_that_cannot_be_is_not_believed() -> None:
    header = bytearray(tar_of({"a.log": b"1\n"})[:512])
    header[124:136] = b"\x80" + (2**80).to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (file,) = decode([bytes(header) + b"1\n"])[0]
    assert (file.size, file.content, file.status) == (None, b"1\n", 422)


def test_a_wrong_checksum_in_a_zip_fails_only_its_file() -> None:
    for piped in (False, True):
        packed = bytearray(
            zip_of({"a.log": b"1\n", "b.log": LINES, "c.log": b"3\n"}, method=0 if not piped else 8, piped=piped)
        )
        place = packed.index(struct.pack("<L", len(LINES))) - 8 if piped else packed.index(LINES) + 1000
        packed[place] ^= 1
        files, decoder = decode([bytes(packed)])
        assert [file.status for file in files] == [0, 422, 0], piped
        assert "checksum" in (files[1].failure or "")
        assert decoder.failure is None


def _encrypted(packed: bytes) -> bytes:
    """With the flag of encryption set in the first member's own header."""
    return packed[:6] + bytes([packed[6] | 1]) + packed[7:]


def _method(packed: bytes, method: int) -> bytes:
    return packed[:8] + struct.pack("<H", method) + packed[10:]


UNREADABLE = [
    ("encrypted", _encrypted(zip_of({"a.log": LINES, "b.log": b"2\n"})), "encrypted"),
    ("an unknown method", _method(zip_of({"a.log": LINES, "b.log": b"2\n"}), 99), "method 99"),
]


@pytest.mark.parametrize(("packed", "told"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE])
def test_members_that_cannot_be_read(packed: bytes, told: str) -> None:
    files, decoder = decode([packed])
    assert [(file.name, file.status) for file in files] == [("a.log", 415), ("b.log", 0)]
    assert told in (files[0].failure or "")
    assert decoder.failure is None


def test_members_whose_end_nobody_knows() -> None:
    for packed in (
        _encrypted(zip_of({"a.log": LINES, "b.log": b"2\n"}, piped=True)),
        zip_of({"a.log": LINES, "b.log": b"2\n"}, method=zipfile.ZIP_STORED, piped=True),
    ):
        files, decoder = decode([packed])
        assert [(file.name, file.status) for file in files] == [("a.log", 415), (None, 422)]
        assert decoder.failure is not None


def test_a_sparse_member_of_a_tar() -> None:
    packed = bytearray(tar_of({"a.log": b"1\n", "sparse": b"2\n", "c.log": b"3\n"}, format=tarfile.GNU_FORMAT))
    header = packed[1024:1536]
    header[156:157] = b"S"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    packed[1024:1536] = header
    files, _ = decode([bytes(packed)])
    assert [(file.name, file.status) for file in files] == [("a.log", 0), ("sparse", 415), ("c.log", 0)]


def test_sizes_of_a_pax_header_count() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("a.log")
        member.size, member.pax_headers = 5, {"size": "5", "mtime": "1700000000.5"}
        archive.addfile(member, io.BytesIO(b"line\n"))
    (file,) = decode([out.getvalue()])[0]
    assert (file.content, file.modified_at) == (b"line\n", datetime.fromtimestamp(1700000000.5, UTC))


def test_a_limit_ends_the_whole_input() -> None:
    files, decoder = decode([tar_of({f"{n}.log": b"1\n" for n in range(5)})], Limits(2**40, 1000, 3))
    assert [(file.name, file.status) for file in files] == [("0.log", 0), ("1.log", 0), ("2.log", 0), (None, 413)]
    assert decoder.failure is not None
    assert "max_archive_members" in decoder.failure.detail
    files, decoder = decode([zip_of({"a.log": b"1\n", "b.log": bytes(2**21), "c.log": b"3\n"})], Limits(2**20, 1000, 9))
    assert [(file.name, file.status) for file in files] == [("a.log", 0), ("b.log", 413)]


@pytest.mark.parametrize(("encoding", "compress"), [(GZIP, gzip.compress), (ZSTD, zstd)])
def test_an_announced_encoding_is_taken_off_first(encoding: Compression, compress: Callable[[bytes], bytes]) -> None:
    for inner in (LINES, gzip.compress(LINES)):
        files, decoder = decode(cut(compress(inner), [100] * 20), encoding=encoding)
        assert contents(files) == [(None, LINES)]
        assert decoder.failure is None
    files, decoder = decode([b"plain\n"], encoding=encoding)
    assert decoder.failure is not None
    assert f"This is not {encoding.name}" in decoder.failure.detail


def test_an_upload_that_breaks_off_begins_its_file_all_the_same() -> None:
    decoder = InputDecoder(Meter(WIDE_LIMITS))
    assert list(decoder.feed(b"few")) == []
    assert len(list(decoder.settle())) == 2


FOLDERS = [f"folder {number}/" for number in range(5)]
JUNK = {f"__MACOSX/._{number}": b"\0" for number in range(5)}


def _folders_in_a_tar() -> bytes:
    members = [tarfile.TarInfo(name) for name in FOLDERS]
    for member in members:
        member.type = tarfile.DIRTYPE
    return tar_with(*members)


@pytest.mark.parametrize(
    "packed",
    [_folders_in_a_tar(), tar_of(JUNK), zip_of(dict.fromkeys(FOLDERS, b"")), zip_of({**JUNK, "a.log": b"1\n"})],
)
def test_folders_and_junk_are_members_too(packed: bytes) -> None:
    _, decoder = decode([packed], Limits(2**40, 1000, 4))
    assert decoder.failure is not None
    assert (decoder.failure.status, "max_archive_members" in decoder.failure.detail) == (413, True)
    assert "max_archive_members" not in str(decode([packed], Limits(2**40, 1000, 7))[1].failure)


def _with_pax_records(records: bytes) -> bytes:
    """A tar of one file with these records before it."""
    packed = tar_of({"a.log": b"line\n"}, format=tarfile.USTAR_FORMAT)
    header = bytearray(packed[:512])
    header[124:136] = b"%011o\0" % len(records)
    header[156:157] = b"x"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + records + bytes(-len(records) % 512) + packed


PAX = [
    (b"", "a.log"),
    (b"14 path=b.log\n"[:14], "b.log"),
    (b"6 a=1\n14 path=b.log\n"[:20], "b.log"),
    (b"4 =\n" * 16_000 + b"14 path=b.log\n"[:14], "b.log"),
    (b"14 path=b.log\n14 path=c.log\n", "c.log"),
    (b"0 path=b.log\n", "a.log"),
    (b"1 path=b.log\n", "a.log"),
    (b"999 path=b.log\n", "a.log"),
    (b"-14 path=b.log\n", "a.log"),
    (b"9" * 5000 + b" path=b.log\n", "a.log"),
    (b" " * 60_000, "a.log"),
    (b"6 path\n", "a.log"),
]


@pytest.mark.parametrize(("records", "name"), PAX, ids=[str(number) for number in range(len(PAX))])
def test_pax_records(records: bytes, name: str) -> None:
    assert contents(decode([_with_pax_records(records)])[0]) == [(name, b"line\n")]


def test_notes_on_a_member_have_a_limit() -> None:
    files, decoder = decode([_with_pax_records(b"4 =\n" * 17_000)])
    assert files == []
    assert decoder.failure is not None
    assert decoder.failure.status == 422
    assert "68000 bytes, at most 65536 are read" in decoder.failure.detail


def test_the_extra_fields_of_a_zip_are_walked_to_their_end() -> None:
    extra = struct.pack("<HH", 0x1234, 0) * 16_000 + struct.pack("<HHBl", 0x5455, 5, 1, MTIME)
    packed = zip_of({"a.log": b"1\n"})
    packed = packed[:28] + struct.pack("<H", len(extra)) + packed[30:35] + extra + packed[35:]
    (file,) = decode([packed])[0]
    assert (file.content, file.modified_at) == (b"1\n", datetime.fromtimestamp(MTIME, UTC))
