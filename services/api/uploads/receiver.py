"""The files of one request into jobs: entered, streamed, sealed together; over together when one breaks off."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from aio_pika.abc import AbstractExchange

from services.api.congestion import HeldUp
from services.api.decoding.contents import InputDecoder
from services.api.decoding.events import FileBegins
from services.api.decoding.failures import Undecodable
from services.api.decoding.limits import Limits, Meter
from services.api.metrics import ApiMetrics
from services.api.problems import UploadCutOffError
from services.api.publisher import Publisher, Window, open_window
from services.api.settings import ApiSettings
from services.api.uploads.body import UploadInterrupted
from services.api.uploads.broken_off import cut_off, is_not_now, reason_of
from services.api.uploads.incoming import IncomingFile
from services.api.uploads.intake import Input, Intake
from services.api.uploads.options import dated
from services.api.uploads.registry import FirstJob, JobNotReceiving, UploadRegistry
from shared import tracing
from shared.crash_points import crash_point
from shared.database import Database
from shared.errors import DatabaseUnavailable
from shared.events import publish_progress
from shared.identifiers import new_job_id
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.messages import InputHints
from shared.progress import fetch_progress, removed
from shared.retries import wait_until_available

log = get_logger(__name__)

KEEP_ALIVE_SECONDS = 0.5
TELLING_SECONDS = 2
OVER_SECONDS = 1.5


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

    async def require_room(self, *, is_question: bool = False) -> None:
        """Raises HeldUp where the broker takes nothing in now: nobody should send a body for that.

        `is_question`: nobody sends one yet, so that none is refused.
        """
        try:
            await self.publisher.require_room()
        except HeldUp:
            if not is_question:
                self.metrics.uploads.labels("refused").inc()
            raise

    @asynccontextmanager
    async def open(self, owner_id: UUID, *, again: bool = False) -> AsyncIterator["Reception"]:
        """Receives files for as long as the block lasts and keeps their jobs alive; leaving it cleanly seals them all.

        Raises Undecodable where there is nothing in any of them that could be read, and so no job.
        Unless `again`, the job of content the owner has already is removed then; `duplicates` names its first job.
        Whatever goes wrong, they are all ended before the error goes on: marked interrupted, with the reason. Where it
        was not the sender's fault, they are removed if the broker has nothing of any of them, so that the input can be
        sent again; else UploadCutOffError says what there is of it.
        """
        settings = self.settings
        limits = Limits(settings.max_decompressed_bytes, settings.max_expansion_ratio, settings.max_archive_members)
        reception = Reception(self, owner_id, again, Meter(limits))
        try:
            with self.metrics.uploads_in_progress.track_inprogress():
                async with self._kept_alive(reception):
                    yield reception
                    await reception.enter_refused()
                    await self._seal(reception)
        except BaseException as error:
            told = await asyncio.shield(self._break_off(reception.files, error))
            if told is not None:
                raise told from error
            raise
        await self._tell_duplicates(reception)
        await self._tell(reception.files)

    @asynccontextmanager
    async def _kept_alive(self, reception: "Reception") -> AsyncIterator[None]:
        """Stops the block and raises JobNotReceiving when one of the jobs was ended, UploadInterrupted at a stop."""
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = [tasks.create_task(self._report(reception)), tasks.create_task(self._end_with_the_process())]
                yield
                for task in watching:
                    task.cancel()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group

    async def _report(self, reception: "Reception") -> None:
        """Those of an archive's files that are over are spoken of less often: there may be thousands of them."""
        all_told_at = -math.inf
        while True:
            notice = await reception.notice()
            is_all_due = time.monotonic() - all_told_at >= OVER_SECONDS
            files = [file for file in reception.files if is_all_due or not file.is_over]
            all_told_at = time.monotonic() if is_all_due else all_told_at
            for file in files:
                file.notice = notice
            with suppress(DatabaseUnavailable):
                await self._keep_alive(files, reception)
            with suppress(TimeoutError):  # a broker that takes nothing in must not keep the jobs from being kept alive
                async with asyncio.timeout(TELLING_SECONDS):
                    for file in files:
                        await publish_progress(self.events, file.progress())
            await asyncio.sleep(KEEP_ALIVE_SECONDS)

    async def _keep_alive(self, files: list[IncomingFile], reception: "Reception") -> None:
        try:
            if files:
                await self.registry.keep_alive([file.alive() for file in files])
        except JobNotReceiving:
            # While the jobs are being sealed, the sealing finds out what was ended, and may remove one itself.
            if not reception.sealing.is_set():
                raise

    async def _end_with_the_process(self) -> None:
        """A lively upload may finish while the process stops; for half of the deadline."""
        await self.stop.wait()
        await asyncio.sleep(self.settings.stop_deadline_seconds / 2)
        raise UploadInterrupted(503, "Service stopping", "The service is stopping; send the upload again.")

    async def _seal(self, reception: "Reception") -> None:
        received = {file.job_id: file.received() for file in reception.files}
        reception.sealing.set()

        async def seal() -> dict[UUID, FirstJob]:
            return await self.registry.seal(reception.owner_id, received, again=reception.again)

        try:
            async with asyncio.timeout(self.settings.publish_patience_seconds):
                reception.duplicates.update(await wait_until_available("PostgreSQL", seal, self.stop))
        except TimeoutError:
            raise DatabaseUnavailable("the upload could not be sealed in time") from None
        crash_point("api.sealed")
        accepted = [file for file in reception.files if file.job_id not in reception.duplicates]
        failed = [file for file in accepted if file.failure is not None]
        self.metrics.uploads.labels("accepted").inc(len(accepted) - len(failed))
        self.metrics.uploads.labels("failed").inc(len(failed))
        self.metrics.uploads.labels("duplicate").inc(len(reception.duplicates))
        self.metrics.lines_read.inc(sum(file.lines_confirmed for file in accepted))

    async def _break_off(self, files: list[IncomingFile], error: BaseException) -> UploadCutOffError | None:
        """Never raises: the sweeper marks what could not be dealt with here. What to tell instead of `error`, if so."""
        reason, is_refusal = reason_of(error), is_not_now(error)
        if is_refusal and not any(file.batches_confirmed for file in files) and await self._remove(files, reason):
            return None
        await self._interrupt(files, reason)
        return cut_off(files, reason) if is_refusal else None

    async def _remove(self, files: list[IncomingFile], reason: str) -> bool:
        """Whether there are no jobs of these files now. One that is left may still get what was tried to publish."""
        try:
            await self.registry.remove([file.job_id for file in files])
        except DatabaseUnavailable:
            return not files
        self.metrics.uploads.labels("refused").inc()
        log.info("upload refused", files=len(files), reason=reason)
        for file in files:
            await publish_progress(self.events, removed(file.progress(), reason))
        return True

    async def _interrupt(self, files: list[IncomingFile], reason: str) -> None:
        for file in files:
            self.metrics.uploads.labels("interrupted").inc()
            log.info("upload interrupted", job_id=str(file.job_id), bytes_received=file.bytes_received, reason=reason)
            with suppress(DatabaseUnavailable):
                await self.registry.interrupt(file.job_id, file.bytes_received, file.lines_confirmed, reason)
        await self._tell(files)

    async def _tell_duplicates(self, reception: "Reception") -> None:
        """Nobody can look these jobs up any more; whoever watched one is told why."""
        for file in reception.files:
            if first := reception.duplicates.get(file.job_id):
                told = f"the same content as job {first.job_id}"
                await publish_progress(self.events, removed(file.progress(), told))

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
    again: bool
    meter: Meter
    inputs: list[Intake] = field(default_factory=list)
    files: list[IncomingFile] = field(default_factory=list)
    duplicates: dict[UUID, FirstJob] = field(default_factory=dict)
    sealing: asyncio.Event = field(default_factory=asyncio.Event)
    windows: list[Window] = field(default_factory=list)

    async def notice(self) -> str | None:
        """What holds the files up just now, for people; they are sealed together, so what holds up one does all."""
        reason = await self.windows[-1].held_up() if self.windows else None
        return f"The upload waits: {reason}." if reason else None

    async def receive(self, sent: Input, chunks: AsyncIterator[bytes]) -> None:
        """Streams one input into the queue; returns when every batch of it is confirmed.

        Raises BrokerUnavailable, DatabaseUnavailable, and what `chunks` raises. An input that cannot be read does
        not raise: its jobs, and its intake, have the failure.
        """
        receiver, settings = self.receiver, self.receiver.settings
        by_job: dict[UUID, IncomingFile] = {}

        async def enter(name: str, begins: FileBegins) -> IncomingFile:
            bytes_total = sent.bytes_total if begins.name is None else begins.size
            file = await self._enter(name, dated(sent.hints, begins.modified_at), bytes_total)
            by_job[file.job_id] = file
            return file

        intake = Intake(sent.name, InputDecoder(self.meter, sent.encoding), enter)
        self.inputs.append(intake)
        is_first = not any(file.batches_confirmed for file in self.files)
        async with open_window(
            receiver.publisher, settings, lambda batch: by_job[batch.job_id].confirmed(batch), is_first=is_first
        ) as window:
            self.windows.append(window)
            await intake.read(_counted(chunks, receiver.metrics), window.send)

    async def _enter(self, name: str, hints: InputHints, bytes_total: int | None = None) -> IncomingFile:
        file = IncomingFile(new_job_id(), self.owner_id, name, hints, self.receiver.settings, bytes_total)
        await self.receiver.registry.enter(file.job_id, self.owner_id, name, bytes_total)
        self.files.append(file)
        tracing.current().set({"logmill.job.id": str(file.job_id), "logmill.upload.files": len(self.files)})
        return file

    async def enter_refused(self) -> None:
        """Inputs of which nothing could be read get a job that says so, unless that is so of all: then it raises."""
        refused = [intake for intake in self.inputs if intake.failure is not None and not intake.files]
        if refused and not self.files:
            raise cast(Undecodable, refused[0].failure)
        for intake in refused:
            file = await self._enter(intake.name, InputHints())
            file.flush(intake.failure)
            intake.files.append(file)


async def _counted(chunks: AsyncIterator[bytes], metrics: ApiMetrics) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        metrics.upload_bytes.inc(len(chunk))
        yield chunk
