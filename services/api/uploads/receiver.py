"""The files of one request into jobs: entered, streamed, sealed together; interrupted together when one breaks off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

from aio_pika.abc import AbstractExchange

from services.api.batching import Batcher
from services.api.metrics import ApiMetrics
from services.api.publisher import Publisher, open_window
from services.api.settings import ApiSettings
from services.api.uploads.body import UploadInterrupted
from services.api.uploads.incoming import IncomingFile
from services.api.uploads.registry import JobNotReceiving, UploadRegistry
from shared.database import Database
from shared.errors import BrokerUnavailable, DatabaseUnavailable, InputError
from shared.events import publish_progress
from shared.identifiers import new_job_id
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.messages import InputHints
from shared.progress import fetch_progress
from shared.retries import wait_until_available

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
    stop: Stop

    @asynccontextmanager
    async def open(self, owner_id: UUID) -> AsyncIterator["Reception"]:
        """Receives files for as long as the block lasts and keeps their jobs alive; leaving it cleanly seals them all.

        Whatever goes wrong, all of them are marked interrupted with the reason before the error goes on.
        """
        reception = Reception(self, owner_id)
        try:
            with self.metrics.uploads_in_progress.track_inprogress():
                async with self._kept_alive(reception.files):
                    yield reception
                    await self._seal(reception.files)
        except BaseException as error:
            await asyncio.shield(self._interrupt(reception.files, error))
            raise
        await self._tell(reception.files)

    @asynccontextmanager
    async def _kept_alive(self, files: list[IncomingFile]) -> AsyncIterator[None]:
        """Stops the block and raises JobNotReceiving when one of the jobs was ended, UploadInterrupted at a stop."""
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = [tasks.create_task(self._report(files)), tasks.create_task(self._end_with_the_process())]
                yield
                for task in watching:
                    task.cancel()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group

    async def _report(self, files: list[IncomingFile]) -> None:
        while True:
            for file in files:
                await publish_progress(self.events, file.progress())
                with suppress(DatabaseUnavailable):
                    await self.registry.keep_alive(file.job_id, file.bytes_received, file.lines_confirmed)
            await asyncio.sleep(KEEP_ALIVE_SECONDS)

    async def _end_with_the_process(self) -> None:
        """A lively upload may finish while the process stops; for half of the deadline."""
        await self.stop.wait()
        await asyncio.sleep(self.settings.stop_deadline_seconds / 2)
        raise UploadInterrupted(503, "Service stopping", "The service is stopping; send the upload again.")

    async def _seal(self, files: list[IncomingFile]) -> None:
        received = {file.job_id: file.received() for file in files}
        try:
            async with asyncio.timeout(self.settings.publish_patience_seconds):
                await wait_until_available("PostgreSQL", lambda: self.registry.seal(received), self.stop)
        except TimeoutError:
            raise DatabaseUnavailable("the upload could not be sealed in time") from None
        self.metrics.uploads.labels("accepted").inc(len(files))
        self.metrics.lines_read.inc(sum(file.lines_confirmed for file in files))

    async def _interrupt(self, files: list[IncomingFile], error: BaseException) -> None:
        """Never raises: the sweeper marks what could not be marked here."""
        reason = reason_of(error)
        for file in files:
            self.metrics.uploads.labels("interrupted").inc()
            log.info("upload interrupted", job_id=str(file.job_id), bytes_received=file.bytes_received, reason=reason)
            with suppress(DatabaseUnavailable):
                await self.registry.interrupt(file.job_id, file.bytes_received, file.lines_confirmed, reason)
        await self._tell(files)

    async def _tell(self, files: list[IncomingFile]) -> None:
        try:
            async with self.database.acquire() as connection:
                states = await fetch_progress(connection, [file.job_id for file in files])
        except DatabaseUnavailable:
            return  # whoever watches looks the jobs up by and by
        for progress in states:
            await publish_progress(self.events, progress)


@dataclass(frozen=True, slots=True)
class Reception:
    """The files of one request so far."""

    receiver: Receiver
    owner_id: UUID
    files: list[IncomingFile] = field(default_factory=list)

    async def receive(
        self, file_name: str, chunks: AsyncIterator[bytes], hints: InputHints, bytes_total: int | None
    ) -> None:
        """Streams one file into the queue; returns when every batch of it is confirmed.

        Raises BrokerUnavailable, DatabaseUnavailable, and what `chunks` raises.
        """
        receiver, settings = self.receiver, self.receiver.settings
        batcher = Batcher(batch_bytes=settings.batch_bytes, max_line_bytes=settings.max_line_bytes)
        file = IncomingFile(new_job_id(), self.owner_id, file_name, hints, batcher, bytes_total)
        await receiver.registry.enter(file.job_id, self.owner_id, file_name, bytes_total)
        self.files.append(file)
        async with open_window(receiver.publisher, settings.publish_window_batches, file.confirmed) as window:
            async for chunk in chunks:
                receiver.metrics.upload_bytes.inc(len(chunk))
                await file.feed(chunk, window)
            await file.flush(window)


def reason_of(error: BaseException) -> str:
    """What an interrupted job's owner is told; never a library's own words, which may name hosts."""
    match error:
        case InputError(detail=detail):
            return detail
        case JobNotReceiving():
            return str(error)
        case BrokerUnavailable():
            return "The message broker did not take the upload in time."
        case DatabaseUnavailable():
            return "The database could not be reached."
        case asyncio.CancelledError():
            return "The request was broken off."
        case _:
            return "The service failed; its log says why."
