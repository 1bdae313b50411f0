"""One file coming in: bytes to batches to the queue, counted and hashed on the way."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from services.api.batching import Batcher, Piece
from services.api.publisher import Window
from services.api.uploads.registry import Received
from shared.messages import InputHints, LineBatch
from shared.parsing.headers import HeaderTracker
from shared.progress import JobProgress


class IncomingFile:
    """The state of one upload; memory is the batcher's and the window's, whatever the file's size."""

    def __init__(
        self,
        job_id: UUID,
        owner_id: UUID,
        file_name: str,
        hints: InputHints,
        batcher: Batcher,
        bytes_total: int | None,
    ) -> None:
        self.job_id = job_id
        self.owner_id = owner_id
        self.file_name = file_name
        self.bytes_total = bytes_total
        self.bytes_received = 0
        self.lines_confirmed = 0
        self._hints = hints
        self._batcher = batcher
        self._headers = HeaderTracker()
        self._digest = hashlib.sha256()

    async def feed(self, chunk: bytes, window: Window) -> None:
        """Takes the file's next bytes; waits while the window is full."""
        self.bytes_received += len(chunk)
        self._digest.update(chunk)
        await self._send(self._batcher.feed(chunk), window)

    async def flush(self, window: Window) -> None:
        """The file is whole: sends what is left of it."""
        await self._send(self._batcher.flush(), window)

    async def _send(self, pieces: Iterable[Piece], window: Window) -> None:
        for piece in pieces:
            await window.send(
                LineBatch(
                    job_id=self.job_id,
                    batch_no=piece.batch_no,
                    first_line=piece.first_line,
                    line_count=piece.line_count,
                    byte_offset=piece.byte_offset,
                    body=piece.body,
                    hints=self._hints,
                    line_part=piece.line_part,
                    header=self._headers.before(piece.body),
                )
            )

    def confirmed(self, batch: LineBatch) -> None:
        """The broker has this batch."""
        self.lines_confirmed += batch.line_count

    def received(self) -> Received:
        """What the job is sealed with once every batch is confirmed."""
        return Received(
            bytes_received=self.bytes_received,
            lines_read=self._batcher.lines_read,
            batches_total=self._batcher.batches_cut,
            content_sha256=self._digest.digest(),
        )

    def progress(self) -> JobProgress:
        """How far the upload is."""
        return JobProgress(
            job_id=self.job_id,
            owner_id=self.owner_id,
            file_name=self.file_name,
            status="receiving",
            bytes_received=self.bytes_received,
            bytes_total=self.bytes_total,
            lines_read=self.lines_confirmed,
        )
