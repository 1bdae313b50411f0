"""Files of one request into jobs: entered, streamed, sealed together; interrupted together when one breaks off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

from aio_pika.abc import AbstractExchange

from services.api.batching import Batcher
from services.api.metrics import ApiMetrics
from services.api.publisher import Publisher, open_window
from services.api.settings import ApiSettings
from services.api.uploads.incoming import IncomingFile
from services.api.uploads.registry import UploadRegistry
from shared.database import Database
from shared.errors import DatabaseUnavailable
from shared.events import publish_progress
from shared.identifiers import new_job_id
from shared.logs import get_logger
from shared.messages import InputHints
from shared.progress import fetch_progress

log = get_logger(__name__)

KEEP_ALIVE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Receiver:
    """What turns files into jobs; shared by all requests of the process."""

    settings: ApiSettings
    database: Database
    registry: UploadRegistry
    publisher: Publisher
    events: AbstractExchange
    metrics: ApiMetrics

    async def receive(
        self,
        owner_id: UUID,
        file_name: str,
        chunks: AsyncIterator[bytes],
        hints: InputHints,
        bytes_total: int | None,
    ) -> IncomingFile:
        """Streams one file into the queue; returns when every batch of it is confirmed. Seal it afterwards.

        Whatever goes wrong, the job is marked interrupted with the reason before the error goes on.
        """
        settings = self.settings
        batcher = Batcher(batch_bytes=settings.batch_bytes, max_line_bytes=settings.max_line_bytes)
        file = IncomingFile(new_job_id(), owner_id, file_name, hints, batcher, bytes_total)
        await self.registry.enter(file.job_id, owner_id, file_name, bytes_total)
        try:
            with self.metrics.uploads_in_progress.track_inprogress():
                async with (
                    self._kept_alive(file),
                    open_window(self.publisher, settings.publish_window_batches) as window,
                ):
                    async for chunk in chunks:
                        self.metrics.upload_bytes.inc(len(chunk))
                        await file.feed(chunk, window)
                    await file.flush(window)
        except BaseException as error:
            await asyncio.shield(self.interrupt(file, error))
            raise
        return file

    async def seal(self, file: IncomingFile) -> None:
        """The job's input is complete. Raises DatabaseUnavailable, or JobNotReceiving if the job was ended."""
        try:
            await self.registry.seal(file.job_id, file.received())
        except BaseException as error:
            await asyncio.shield(self.interrupt(file, error))
            raise
        self.metrics.uploads.labels("accepted").inc()
        self.metrics.lines_read.inc(file.lines_read)
        await self._tell(file.job_id)

    async def interrupt(self, file: IncomingFile, error: BaseException) -> None:
        """Marks the job; never raises, since the sweeper marks what could not be marked here."""
        self.metrics.uploads.labels("interrupted").inc()
        reason = str(error) or type(error).__name__
        log.info("upload interrupted", job_id=str(file.job_id), bytes_received=file.bytes_received, reason=reason)
        with suppress(DatabaseUnavailable):
            await self.registry.interrupt(file.job_id, file.bytes_received, file.lines_read, reason)
            await self._tell(file.job_id)

    async def _tell(self, job_id: UUID) -> None:
        with suppress(DatabaseUnavailable):
            async with self.database.acquire() as connection:
                for progress in await fetch_progress(connection, [job_id]):
                    await publish_progress(self.events, progress)

    @asynccontextmanager
    async def _kept_alive(self, file: IncomingFile) -> AsyncIterator[None]:
        reporting = asyncio.create_task(self._report(file), name=f"report {file.job_id}")
        try:
            yield
        finally:
            reporting.cancel()
            with suppress(asyncio.CancelledError):
                await reporting

    async def _report(self, file: IncomingFile) -> None:
        while True:
            await publish_progress(self.events, file.progress())
            await asyncio.sleep(KEEP_ALIVE_SECONDS)
            with suppress(DatabaseUnavailable):
                await self.registry.keep_alive(file.job_id, file.bytes_received, file.lines_read)
