"""Bytes of an input to line batches: pure feed and flush, cut at LF only, and only where a record begins.

A batch is whole records, of at most `batch_bytes` together unless one record alone is longer. A line over
`max_line_bytes` is a record of its own and goes out in parts: part 0 carries the line's count, the others carry only
more of its bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.lines import LF, count_lines
from shared.parsing.continuations import INSIDE, RecordBounds, RecordLines, Sight, look_at
from shared.parsing.lines import readable_line

LOOK_BACK_BYTES = 64 * 1024
"""How far before its end a line that surely begins a record is looked for; else all lines of a batch are grouped."""


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
    """Cuts one input. Holds at most `batch_bytes`, a record, a line and one fed chunk.

    `bounds` and `charset` have to be those with which the batches are parsed: see `RecordBounds` and `ParseHints`.
    """

    def __init__(
        self,
        *,
        batch_bytes: int,
        max_line_bytes: int,
        bounds: RecordBounds | None = None,
        charset: str | None = None,
    ) -> None:
        self._batch_bytes = min(batch_bytes, max_line_bytes)
        self._max_line_bytes = max_line_bytes
        self._bounds = bounds or RecordBounds()
        self._charset = charset
        self._buffer = bytearray()
        self._records = RecordLines(self._bounds)
        self._grouped = self._last_begin = 0
        self._part: int | None = None
        self._waits_until = 0
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
        if len(self._buffer) < max(self._batch_bytes, self._waits_until) and LF not in chunk:
            return
        while len(self._buffer) >= self._batch_bytes:
            if not (length := self._cut(final=False)):
                self._waits_until = self._buffer.rfind(LF) + 1 + self._max_line_bytes
                return
            yield self._take(length)
        self._waits_until = 0

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
        if self._grouped:
            return self._cut_at_record(final=final)
        if not self._line_end(0, final=final):
            return 0 if buffered <= self._max_line_bytes else self._begin_part()
        last_line = self._buffer.rfind(LF, 0, self._batch_bytes) + 1
        if not last_line:
            return self._cut_at_record(final=final)
        if not self._line_end(last_line, final=final):
            return 0 if buffered - last_line <= self._max_line_bytes else last_line
        return self._sure_beginning(last_line) or self._cut_at_record(final=final)

    def _begin_part(self) -> int:
        self._part = 0
        return self._max_line_bytes

    def _cut_part(self, *, final: bool) -> int:
        rest_of_line = self._buffer.find(LF, 0, self._max_line_bytes) + 1
        if rest_of_line:
            return rest_of_line
        if len(self._buffer) >= self._max_line_bytes:
            return self._max_line_bytes
        return len(self._buffer) if final else 0

    def _line_end(self, start: int, *, final: bool) -> int:
        """Where the line from `start` on ends, LF included; 0 if it is too long, or not whole yet."""
        if end := self._buffer.find(LF, start, start + self._max_line_bytes + 1) + 1:
            return end
        buffered = len(self._buffer)
        return buffered if final and start < buffered <= start + self._max_line_bytes else 0

    def _sure_beginning(self, last_line: int) -> int:
        """The last place up to `last_line` where a line begins a record whatever came before; 0 if none is nearby.

        A line that is nothing in particular may, behind lines inside of a record, be the end of a traceback: the
        nearest line that is not inside of one tells.
        """
        start, line = last_line, self._look_at(last_line, self._line_end(last_line, final=True))
        behind_inside = 0
        while start > max(0, last_line - LOOK_BACK_BYTES):
            before_start = self._buffer.rfind(LF, 0, start - 1) + 1
            before = self._look_at(before_start, start)
            if line.begins_surely(before):
                return start
            if not line.kind and before.kind in INSIDE and not before.is_partial:
                behind_inside = behind_inside or start
            start, line = before_start, before
            if behind_inside and (start == 0 or line.kind not in INSIDE):
                if line.kind != "traceback":
                    return behind_inside
                behind_inside = 0
        return 0

    def _cut_at_record(self, *, final: bool) -> int:
        """Groups the lines from the batch's beginning on; 0 when its first record may go on."""
        while end := self._line_end(self._grouped, final=final):
            start, self._grouped = self._grouped, end
            if start > self._batch_bytes and self._last_begin:
                return self._last_begin
            if not self._goes_on(start, end):
                if start > self._batch_bytes:
                    return start
                self._last_begin = start
        buffered = len(self._buffer)
        is_too_long = buffered - self._grouped > self._max_line_bytes
        if self._last_begin and (final or is_too_long):
            return self._last_begin
        return self._grouped if is_too_long or final else 0

    def _goes_on(self, start: int, end: int) -> bool:
        """Whether a line belongs to the record before it in this batch; else another begins with it."""
        line, size_bytes = self._look_at(start, end), end - start + (self._buffer[end - 1 : end] != LF)
        if start and self._records.goes_on(line, size_bytes):
            return True
        self._records.begin(line, size_bytes)
        return False

    def _look_at(self, start: int, end: int) -> Sight:
        line = bytes(memoryview(self._buffer)[start:end]).removesuffix(LF)
        return look_at(readable_line(line, is_first=self.lines_read == 0 and start == 0, charset=self._charset))

    def _take(self, length: int) -> Piece:
        body = bytes(memoryview(self._buffer)[:length])
        del self._buffer[:length]
        self._grouped = self._last_begin = 0
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
