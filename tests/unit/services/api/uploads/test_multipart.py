"""Multipart forms: streamed files, and every malformed form refused."""

from collections.abc import AsyncIterator

import pytest

from services.api.uploads.multipart import PartBegins, PartEnds, extended_name, read_files
from shared.errors import InputError

TYPE = "multipart/form-data; boundary=XX"


def part(name: str, content: bytes, file_name: str | None = "a.log") -> bytes:
    named = f'; filename="{file_name}"' if file_name is not None else ""
    return f'--XX\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"


END = b"--XX--\r\n"


async def chunks_of(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def files_in(body: bytes, size: int = 7, content_type: str = TYPE) -> list[tuple[str, bytes]]:
    files: list[tuple[str, bytes]] = []
    async for event in read_files(content_type, chunks_of(body, size)):
        if isinstance(event, PartBegins):
            files.append((event.file_name, b""))
        elif not isinstance(event, PartEnds):
            name, content = files[-1]
            files[-1] = (name, content + event)
    return files


WHOLE = [
    (part("file", b"one\ntwo\n") + END, [("a.log", b"one\ntwo\n")]),
    (part("file", b"") + END, [("a.log", b"")]),
    (part("file", b"--XY\r\n--X") + END, [("a.log", b"--XY\r\n--X")]),
    (part("file", b"1", "x.log") + part("file", b"2", "y.log") + END, [("x.log", b"1"), ("y.log", b"2")]),
    (part("file", b"1") + END + b"epilogue", [("a.log", b"1")]),
    (part("file", b"1", "Grüße.log") + END, [("Grüße.log", b"1")]),
]


@pytest.mark.parametrize(("body", "expected"), WHOLE)
@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_whole_forms(body: bytes, expected: list[tuple[str, bytes]], size: int) -> None:
    assert await files_in(body, size) == expected


EXTENDED = [
    (b"form-data; name=file; filename*=UTF-8''gr%C3%BC%C3%9Fe.log", "grüße.log"),
    (b"form-data; name=file; filename*=iso-8859-1'de'gr%FC%DFe.log", "grüße.log"),
    (b"form-data; name=file; FileName* = utf-8''a.log; x=y", "a.log"),
    (b"form-data; name=file; filename*=koi8-r''a.log", None),
    (b"form-data; name=file; filename*=a.log", None),
    (b"form-data; name=file", None),
]


@pytest.mark.parametrize(("disposition", "name"), EXTENDED)
def test_extended_names(disposition: bytes, name: str | None) -> None:
    assert extended_name(disposition) == name


REFUSED = [
    (part("file", b"cut off"), "closing boundary"),
    (part("file", b"cut off")[:-4], "closing boundary"),
    (part("file", b"last dashes missing") + b"--XX", "closing boundary"),
    (b"", "closing boundary"),
    (END, "no file"),
    (part("other", b"1") + END, "'other'"),
    (part("file", b"text", None) + END, "not a file"),
    (part("file", b"1", "") + END, "not a file"),
    (b"preamble that is no boundary" + part("file", b"1") + END, "malformed"),
]


@pytest.mark.parametrize(("body", "told"), REFUSED)
async def test_refused_forms(body: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        await files_in(body)
    assert caught.value.status == 400


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 500])
async def test_boundaries_that_cannot_be(content_type: str) -> None:
    with pytest.raises(InputError):
        await files_in(part("file", b"1") + END, content_type=content_type)


async def test_too_many_files() -> None:
    with pytest.raises(InputError, match="at most 1000 files"):
        await files_in(part("file", b"1") * 1001 + END, size=60_000)
