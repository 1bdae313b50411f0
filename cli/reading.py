"""The bytes of a file that is sent."""

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from cli.answers import ApiError

CHUNK_BYTES = 256 * 1024
STDIN = Path("-")


async def read_file(path: Path, status: os.stat_result, sent: Callable[[int], None]) -> AsyncIterator[bytes]:
    """A regular file up to the size it had; a pipe to its end. `sent` is told how many bytes of each chunk are gone.

    Raises ApiError where the file became shorter.
    """
    left = status.st_size if stat.S_ISREG(status.st_mode) else None
    with path.open("rb") as file:
        while left != 0:
            chunk = await asyncio.to_thread(file.read, CHUNK_BYTES if left is None else min(CHUNK_BYTES, left))
            if not chunk:
                break
            left = None if left is None else left - len(chunk)
            yield chunk
            sent(len(chunk))
    if left:
        raise ApiError(f"{path} became {left} bytes shorter while it was sent")


def read_whole(path: Path) -> bytes:
    """What is in a small file, or comes from stdin for `-`; raises ApiError where it cannot be read."""
    try:
        return sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except OSError as error:
        raise ApiError(f"{path}: {error.strerror}") from error
