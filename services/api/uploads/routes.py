"""POST /upload, and HEAD: whether it would be taken."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.api.auth.authentication import authenticate
from services.api.context import Context
from services.api.decoding.decompression import GZIP, ZSTD, Compression
from services.api.decoding.failures import Undecodable
from services.api.jobs import job_links
from services.api.problems import DuplicateError, UploadFailedError
from services.api.uploads.body import read_body, refuse_size
from services.api.uploads.incoming import IncomingFile
from services.api.uploads.intake import Input, Intake
from services.api.uploads.multipart import PartBegins, PartEnds, PartEvent, read_files
from services.api.uploads.options import clean_name, read_again, read_hints
from services.api.uploads.receiver import Receiver, Reception
from services.api.uploads.registry import FirstJob, JobNotReceiving
from services.api.user_hints import user_hints
from shared.errors import InputError
from shared.messages import InputHints

ENCODINGS = {"gzip": GZIP, "x-gzip": GZIP, "zstd": ZSTD}


class Uploads:
    """Takes files in; a user may have `max_uploads_per_user` under way."""

    def __init__(self, context: Context, receiver: Receiver) -> None:
        self._context = context
        self._receiver = receiver
        self._under_way: Counter[UUID] = Counter()

    async def answer(self, request: Request) -> Response:
        """HEAD and POST."""
        return await (self.head(request) if request.method == "HEAD" else self.post(request))

    async def head(self, request: Request) -> Response:
        """204 where uploads are taken just now; asked before a body is sent once more. Raises what `post` would."""
        await authenticate(self._context, request)
        await self._receiver.require_room(is_question=True)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    async def post(self, request: Request) -> Response:
        """Streams the body's file or files; answers 202 once every line batch of them is confirmed."""
        user = await authenticate(self._context, request)
        settings = self._context.settings
        encoding = _check_type(request)
        refuse_size(request.headers.get("content-length"), settings.max_upload_bytes)
        await self._receiver.require_room()
        hints = await user_hints(self._context, user.user_id, read_hints(request.query_params))
        again = read_again(request.query_params)
        with self._place(user.user_id):
            try:
                async with self._receiver.open(user.user_id, again=again) as reception:
                    await self._receive(request, reception, hints, encoding)
            except JobNotReceiving as error:
                raise InputError(409, "Job ended", str(error)) from error
        return answer(reception)

    async def _receive(
        self, request: Request, reception: Reception, hints: InputHints, encoding: Compression | None
    ) -> None:
        settings = self._context.settings
        idle_seconds, max_bytes = settings.upload_idle_timeout_seconds, settings.max_upload_bytes
        body = read_body(request, idle_seconds=idle_seconds, max_bytes=max_bytes)
        content_type = request.headers.get("content-type", "")
        if content_type.lower().startswith("multipart/"):
            async for file_name, chunks in split_files(read_files(content_type, body)):
                await reception.receive(Input(clean_name(file_name), hints), chunks)
        else:
            name = clean_name(request.query_params.get("name"))
            length = request.headers.get("content-length")
            await reception.receive(Input(name, hints, int(length) if length else None, encoding), body)

    @contextmanager
    def _place(self, user_id: UUID) -> Iterator[None]:
        most = self._context.settings.max_uploads_per_user
        if self._under_way[user_id] >= most:
            raise InputError(429, "Too many uploads", f"{most} uploads of yours are under way (max_uploads_per_user).")
        self._under_way[user_id] += 1
        try:
            yield
        finally:
            self._under_way[user_id] -= 1
            self._under_way += Counter()  # drops the zeros


async def split_files(events: AsyncIterator[PartEvent]) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
    """Each file as (name, its bytes); read one wholly before asking for the next."""
    async for event in events:
        if isinstance(event, PartBegins):
            yield event.file_name, _bytes_of_file(events)


async def _bytes_of_file(events: AsyncIterator[PartEvent]) -> AsyncIterator[bytes]:
    async for event in events:
        if isinstance(event, PartEnds):
            return
        if isinstance(event, bytes):
            yield event


def _check_type(request: Request) -> Compression | None:
    """The compression around the body that the client announced."""
    content_type = request.headers.get("content-type", "").lower()
    if content_type.startswith("multipart/") and not content_type.startswith("multipart/form-data"):
        raise InputError(415, "Unsupported media type", "Send multipart/form-data or the file as the raw body.")
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return None
    if encoding not in ENCODINGS or content_type.startswith("multipart/"):
        known = ", ".join(ENCODINGS)
        told = f"Content-Encoding {encoding[:50]!r} is not understood; of a raw body: {known}; of a form: none."
        raise InputError(415, "Unsupported media type", told)
    return ENCODINGS[encoding]


def answer(reception: Reception) -> Response:
    """202 with the job of each file; a file whose content is there already has that job.

    Raises DuplicateError where that is so of all of them, UploadFailedError where no input could be read.
    """
    duplicates = reception.duplicates
    jobs = [_job(file, duplicates.get(file.job_id)) for file in reception.files]
    failures = [_failure(intake) for intake in reception.inputs]
    if failures and all(failures):
        raise UploadFailedError(cast(Undecodable, failures[0]), jobs)
    accepted = [file for file in reception.files if file.job_id not in duplicates]
    if not accepted:
        first = duplicates[reception.files[0].job_id]
        raise DuplicateError(first.job_id, job_links(first.job_id))
    shown = next((file for file in accepted if file.failure is None), accepted[0]).job_id
    return JSONResponse(
        {"job_id": str(shown), "jobs": jobs}, status_code=202, headers={"Location": job_links(shown)["self"]}
    )


def _failure(intake: Intake) -> Undecodable | None:
    """Why an input counts as failed: it was not read to its end, or not one of its files was."""
    if intake.failure is not None or any(file.failure is None for file in intake.files):
        return intake.failure
    return intake.files[0].failure if intake.files else None


def _job(file: IncomingFile, first: FirstJob | None) -> dict[str, Any]:
    if first is not None:
        return {**_identity(first.job_id, first.file_name), "status": first.status, "duplicate": True}
    if file.failure is not None:
        return {**_identity(file.job_id, file.file_name), "status": "failed", "error_message": file.failure.detail}
    return {**_identity(file.job_id, file.file_name), "status": "processing"}


def _identity(job_id: UUID, file_name: str) -> dict[str, Any]:
    return {"job_id": str(job_id), "file_name": file_name, "links": job_links(job_id)}
