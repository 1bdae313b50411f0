import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
import zstandard

from services.api.decoding.failures import Undecodable
from services.api.heads import Head, open_head

MOST = 1024**2
TEXT = b"".join(b"2025-01-31 10:00:00 INFO order %d accepted\n" % number for number in range(5000))


def opened(data: bytes, charset: str | None = None, *, cut: bool = False) -> Head:
    return open_head(data, charset=charset, most_bytes=MOST, cut=cut)


PNG = b"\x89PNG\r\n\x1a\n" + bytes(9000)


def zip_of(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"logs/{name}.log", content)
    return file.getvalue()


def zipped() -> bytes:
    return zip_of(a=TEXT, b=b"other\n")


def encrypted(packed: bytes) -> bytes:
    """A zip whose first file says that it is encrypted."""
    return packed[:6] + b"\x01" + packed[7:]


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.log")
        member.size = len(TEXT)
        archive.addfile(member, io.BytesIO(TEXT))
    return file.getvalue()


PACKED = [
    (TEXT, None, None),
    (gzip.compress(TEXT), "gzip", None),
    (bz2.compress(TEXT), "bzip2", None),
    (lzma.compress(TEXT), "xz", None),
    (zstandard.compress(TEXT), "zstd", None),
    (zipped(), "zip", "logs/a.log"),
    (tarred(), "gzip", "a.log"),
]


@pytest.mark.parametrize(("data", "compression", "file_name"), PACKED)
def test_a_whole_file(data: bytes, compression: str | None, file_name: str | None) -> None:
    head = opened(data)
    assert (head.body, head.compression, head.file_name) == (TEXT, compression, file_name)


@pytest.mark.parametrize(("data", "compression", "file_name"), PACKED)
def test_a_beginning_gives_whole_lines_as_far_as_it_goes(
    data: bytes, compression: str | None, file_name: str | None
) -> None:
    head = opened(data[: len(data) * 2 // 3], cut=True)
    assert (head.compression, head.file_name) == (compression, file_name)
    assert TEXT.startswith(head.body)
    assert head.body == b"" or head.body.endswith(b"\n")


def test_no_more_than_asked_for() -> None:
    head = open_head(gzip.compress(TEXT), charset=None, most_bytes=1000, cut=False)
    assert TEXT.startswith(head.body)
    assert 900 < len(head.body) <= 1000


@pytest.mark.parametrize(
    ("data", "forced", "charset", "body"),
    [
        ("größer\n".encode("utf-16"), None, "utf-16-le", "größer\n".encode()),
        ("größer als\n".encode("utf-32-be"), None, "utf-32-be", "größer als\n".encode()),
        ("größer\n".encode(), None, None, "größer\n".encode()),
        ("größer\n".encode("cp850"), "cp850", "cp850", "größer\n".encode("cp850")),
        (b"", None, None, b""),
        (b'[{"a": 1}, {"b": 2}]', None, None, b'{"a": 1}\n{"b": 2}\n'),
    ],
)
def test_charsets_and_arrays(data: bytes, forced: str | None, charset: str | None, body: bytes) -> None:
    head = opened(data, forced)
    assert (head.body, head.charset) == (body, charset)


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"\x89PNG\r\n\x1a\n" + bytes(100), 415), (b"\x1f\x8b\x08" + b"\xff" * 100, 422), (bytes(range(256)) * 4, 415)],
)
def test_what_cannot_be_read_is_refused(data: bytes, status: int) -> None:
    with pytest.raises(Undecodable) as refused:
        opened(data)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("data", "file_name", "body"),
    [
        (zip_of(a=PNG, b=b"one\n", c=b"two\n"), "logs/b.log", b"one\n"),
        (encrypted(zip_of(a=TEXT, b=b"one\n")), "logs/b.log", b"one\n"),
        (zip_of(a=gzip.compress(zipped()), b=gzip.compress(b"one\n")), "logs/b.log", b"one\n"),
        (zip_of(a=b"", b=b"one\n"), "logs/b.log", b"one\n"),
        (zip_of(a=gzip.compress(TEXT)[:-4], b=b"one\n"), "logs/a.log", TEXT),
        (zip_of(a=PNG, b=b"", c=b""), "logs/b.log", b""),
    ],
)
def test_the_first_file_of_an_archive_that_can_be_read(data: bytes, file_name: str, body: bytes) -> None:
    head = opened(data)
    assert (head.file_name, head.body) == (file_name, body)


@pytest.mark.parametrize(
    ("data", "told"), [(zip_of(a=PNG, b=zipped()), "a PNG image"), (encrypted(zip_of(a=TEXT, b=PNG)), "encrypted")]
)
@pytest.mark.parametrize("cut", [True, False])
def test_an_archive_nothing_of_which_can_be_read_tells_why_of_the_first(data: bytes, told: str, cut: bool) -> None:
    with pytest.raises(Undecodable, match=told):
        opened(data, cut=cut)
