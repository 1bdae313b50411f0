"""Bytes of an input to line batches: pure feed and flush, cut at LF only.

A batch is whole lines of at most `batch_bytes` (a single longer line is a batch of its own). A line over
`max_line_bytes` goes out in parts: part 0 carries the line's count, the others carry only more of its bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.lines import LF, count_lines


@dataclass(frozen=True, slots=True)
class Piece:
    """A batch's place in its input: `batch_no` and `byte_offset` from 0, `first_line` from 1.

    `line_part` is None for whole lines, else which part of the one long line `first_line` this is.
    """

    batch_no: int
    first_line: int
    line_count: int
    byte_offset: int
    line_part: int | None
    body: bytes


class Batcher:
    """Cuts one input. Holds at most `max_line_bytes`, or `batch_bytes` if that is more, and one fed chunk."""

    def __init__(self, *, batch_bytes: int, max_line_bytes: int) -> None:
        self._batch_bytes = min(batch_bytes, max_line_bytes)
        self._max_line_bytes = max_line_bytes
        self._buffer = bytearray()
        self._part: int | None = None
        self._batch_no = 0
        self._byte_offset = 0
        self.lines_read = 0

    @property
    def batches_cut(self) -> int:
        """Batches so far."""
        return self._batch_no

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """Takes the input's next bytes; yields the batches that are full now."""
        self._buffer += chunk
        while len(self._buffer) >= self._batch_bytes and (length := self._cut(final=False)):
            yield self._take(length)

    def flush(self) -> Iterator[Piece]:
        """The input is over: yields what is left."""
        while self._buffer:
            yield self._take(self._cut(final=True))

    def _cut(self, *, final: bool) -> int:
        """The next batch's length in bytes; 0 when more input is needed to tell."""
        if self._part is not None:
            return self._cut_part(final=final)
        buffered = len(self._buffer)
        if final and buffered <= self._batch_bytes:
            return buffered
        if whole_lines := self._buffer.rfind(LF, 0, self._batch_bytes) + 1:
            return whole_lines
        if one_line := self._buffer.find(LF, 0, self._max_line_bytes + 1) + 1:
            return one_line
        if buffered > self._max_line_bytes:
            self._part = 0
            return self._max_line_bytes
        return buffered if final else 0

    def _cut_part(self, *, final: bool) -> int:
        rest_of_line = self._buffer.find(LF, 0, self._max_line_bytes) + 1
        if rest_of_line:
            return rest_of_line
        if len(self._buffer) >= self._max_line_bytes:
            return self._max_line_bytes
        return len(self._buffer) if final else 0

    def _take(self, length: int) -> Piece:
        body = bytes(memoryview(self._buffer)[:length])
        del self._buffer[:length]
        is_continuation = bool(self._part)
        piece = Piece(
            batch_no=self._batch_no,
            first_line=self.lines_read if is_continuation else self.lines_read + 1,
            line_count=0 if is_continuation else count_lines(body),
            byte_offset=self._byte_offset,
            line_part=self._part,
            body=body,
        )
        self._batch_no += 1
        self._byte_offset += length
        self.lines_read += piece.line_count
        if self._part is not None:
            self._part = None if body.endswith(LF) else self._part + 1
        return piece
