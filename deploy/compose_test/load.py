"""Log lines to upload, and an upload that pauses half-way."""

import threading
from collections.abc import Iterator
from pathlib import Path

from cli.generate import sample_blocks
from cli.samples import MIXED

_PIECES = 400
_TRICKLE_SECONDS = 2
_LONGEST_LINE_BYTES = 1000
"""On average, and more than enough."""


def write_lines(path: Path, lines: int, seed: int) -> None:
    """Exactly so many generated lines, of all formats mixed."""
    missing = lines
    with path.open("wb") as file:
        for block in sample_blocks(MIXED, lines * _LONGEST_LINE_BYTES, seed):
            found = block.count(b"\n")
            if found >= missing:
                file.writelines(line + b"\n" for line in block.split(b"\n")[:missing])
                return
            file.write(block)
            missing -= found


class PausingUpload:
    """A file's pieces. From its half on they come slowly, until `go_on` is set: never so slowly as to be given up."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.half_sent = threading.Event()
        self.go_on = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        size = self._path.stat().st_size
        left = size // 2
        with self._path.open("rb") as file:
            while piece := file.read(size // _PIECES + 1):
                yield piece
                left -= len(piece)
                if left <= 0:
                    self.half_sent.set()
                    self.go_on.wait(_TRICKLE_SECONDS)
