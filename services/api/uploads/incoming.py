"""One file coming in: bytes to text to batches, counted and hashed on the way; the work is done in a thread."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from uuid import UUID

from services.api.batching import Batcher, Piece
from services.api.decoding.failures import Undecodable
from services.api.decoding.text import TextReader
from services.api.settings import ApiSettings
from services.api.uploads.registry import Alive, Received
from shared.lines import LF
from shared.messages import InputHints, LineBatch
from shared.parsing import RecordBounds
from shared.parsing.headers import HeaderTracker
from shared.progress import JobProgress


class IncomingFile:
    """The state of one file; memory is the batcher's and the window's, whatever the file's size."""

    def __init__(
        self,
        job_id: UUID,
        owner_id: UUID,
        file_name: str,
        hints: InputHints,
        settings: ApiSettings,
        bytes_total: int | None,
    ) -> None:
        self.job_id = job_id
        self.owner_id = owner_id
        self.file_name = file_name
        self.bytes_total = bytes_total
        self.bytes_received = 0
        self.lines_confirmed = 0
        self.batches_confirmed = 0
        self.notice: str | None = None
        self.failure: Undecodable | None = None
        self.is_over = False
        self._settings = settings
        self._hints = hints
        self._text = TextReader(hints.charset)
        self._batches: _Batches | None = None
        self._digest = hashlib.sha256()
        self._lines_digest = hashlib.sha256()
        self._received: Received | None = None

    def feed(self, content: bytes) -> list[LineBatch]:
        """Takes the file's next bytes, unpacked; the batches that are full now."""
        self._digest.update(content)
        return self._cut(self._text.feed(content))

    def flush(self, failure: Undecodable | None = None) -> list[LineBatch]:
        """The file is over: what is left of it. With a `failure` it is not whole."""
        left = self._cut(self._text.flush())
        batches = self._opened()
        left += batches.flush()
        self.failure = failure
        self._received = Received(
            bytes_received=self.bytes_received,
            lines_read=batches.lines_read,
            batches_total=batches.count,
            content_sha256=self._digest.digest(),
            lines_sha256=(self._digest if self._text.is_verbatim else self._lines_digest).digest(),
            ends_in_newline=batches.ends_in_newline,
            charset=self._text.charset,
            failure=failure.detail if failure else None,
        )
        self._batches = None
        self.is_over = True
        return left

    def _cut(self, text: Iterable[bytes]) -> list[LineBatch]:
        return [batch for piece in text for batch in self._take(piece)]

    def _take(self, piece: bytes) -> Iterator[LineBatch]:
        if not self._text.is_verbatim:
            self._lines_digest.update(piece)
        return self._opened().feed(piece)

    def _opened(self) -> "_Batches":
        """Only once the text's charset is known: where records begin depends on it."""
        if self._batches is None:
            hints = replace(self._hints, charset=self._text.charset)
            self._batches = _Batches(self.job_id, hints, self._settings)
        return self._batches

    def confirmed(self, batch: LineBatch) -> None:
        """The broker has this batch."""
        self.lines_confirmed += batch.line_count
        self.batches_confirmed += 1

    def received(self) -> Received:
        """What the job is sealed with once every batch is confirmed; only of a file that is over."""
        if self._received is None:
            raise RuntimeError(f"the file of the job {self.job_id} still comes in")
        return self._received

    def alive(self) -> Alive:
        """How far the file is, for the registry."""
        return Alive(self.job_id, self.bytes_received, self.lines_confirmed, self.notice)

    def progress(self) -> JobProgress:
        """How far the upload is, for who watches."""
        return JobProgress(
            job_id=self.job_id,
            owner_id=self.owner_id,
            file_name=self.file_name,
            status="receiving",
            notice=self.notice,
            bytes_received=self.bytes_received,
            bytes_total=self.bytes_total,
            lines_read=self.lines_confirmed,
        )


class _Batches:
    """A file's text on its way out."""

    def __init__(self, job_id: UUID, hints: InputHints, settings: ApiSettings) -> None:
        self.ends_in_newline = True
        self._job_id = job_id
        self._hints = hints
        self._batcher = Batcher(
            batch_bytes=settings.batch_bytes,
            max_line_bytes=settings.max_line_bytes,
            bounds=RecordBounds(settings.max_record_lines, settings.max_record_bytes),
            charset=hints.charset,
        )
        self._headers = HeaderTracker(hints.format, hints.charset)

    @property
    def lines_read(self) -> int:
        return self._batcher.lines_read

    @property
    def count(self) -> int:
        return self._batcher.batches_cut

    def feed(self, text: bytes) -> Iterator[LineBatch]:
        return map(self._batch, self._batcher.feed(text))

    def flush(self) -> Iterator[LineBatch]:
        return map(self._batch, self._batcher.flush())

    def _batch(self, piece: Piece) -> LineBatch:
        self.ends_in_newline = piece.body.endswith(LF)
        return LineBatch(
            job_id=self._job_id,
            batch_no=piece.batch_no,
            first_line=piece.first_line,
            line_count=piece.line_count,
            byte_offset=piece.byte_offset,
            body=piece.body,
            hints=self._hints,
            line_part=piece.line_part,
            header=self._headers.before(piece.body),
        )
