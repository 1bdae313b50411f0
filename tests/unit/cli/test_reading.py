"""What `logmill upload` sends of files that change under its hands."""

import os
from pathlib import Path

import pytest

from cli.answers import ApiError
from cli.reading import read_file, read_whole


async def sent_of(path: Path, status: os.stat_result) -> bytes:
    return b"".join([chunk async for chunk in read_file(path, status, lambda _: None)])


async def test_a_grown_file_is_sent_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "grow.log"
    path.write_bytes(b"one\ntwo\n")
    status = path.stat()
    path.write_bytes(b"one\ntwo\nthree\n")
    assert await sent_of(path, status) == b"one\ntwo\n"


async def test_a_shrunken_file_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "shrink.log"
    path.write_bytes(b"one\ntwo\n")
    status = path.stat()
    path.write_bytes(b"one\n")
    with pytest.raises(ApiError, match="4 bytes shorter"):
        await sent_of(path, status)


async def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.touch()
    assert await sent_of(path, path.stat()) == b""


async def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"one\n")
    os.close(writing)
    path = Path(f"/dev/fd/{reading}")
    assert await sent_of(path, path.stat()) == b"one\n"
    os.close(reading)


def test_a_directory_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="Is a directory"):
        read_whole(tmp_path)
