"""POST /upload."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.api.auth.authentication import authenticate
from services.api.context import Context
from services.api.uploads.body import read_body, refuse_size
from services.api.uploads.incoming import IncomingFile
from services.api.uploads.multipart import FileBegins, FileEnds, FileEvent, read_files
from services.api.uploads.options import clean_name, read_hints
from services.api.uploads.receiver import Receiver, Reception
from services.api.uploads.registry import JobNotReceiving
from shared.errors import InputError
from shared.messages import InputHints


class Uploads:
    """Takes files in; a user may have `max_uploads_per_user` under way."""

    def __init__(self, context: Context, receiver: Receiver) -> None:
        self._context = context
        self._receiver = receiver
        self._under_way: Counter[UUID] = Counter()

    async def post(self, request: Request) -> Response:
        """Streams the body's file or files; answers 202 once every line batch of them is confirmed."""
        user = await authenticate(self._context, request)
        settings = self._context.settings
        _check_type(request)
        refuse_size(request.headers.get("content-length"), settings.max_upload_bytes)
        hints = read_hints(request.query_params)
        with self._place(user.user_id):
            try:
                async with self._receiver.open(user.user_id) as reception:
                    await self._receive(request, reception, hints)
            except JobNotReceiving as error:
                raise InputError(409, "Job ended", str(error)) from error
        return _accepted(reception.files)

    async def _receive(self, request: Request, reception: Reception, hints: InputHints) -> None:
        settings = self._context.settings
        idle_seconds, max_bytes = settings.upload_idle_timeout_seconds, settings.max_upload_bytes
        body = read_body(request, idle_seconds=idle_seconds, max_bytes=max_bytes)
        content_type = request.headers.get("content-type", "")
        if content_type.lower().startswith("multipart/"):
            async for file_name, chunks in split_files(read_files(content_type, body)):
                await reception.receive(clean_name(file_name), chunks, hints, None)
        else:
            name = clean_name(request.query_params.get("name"))
            length = request.headers.get("content-length")
            await reception.receive(name, body, hints, int(length) if length else None)

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


async def split_files(events: AsyncIterator[FileEvent]) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
    """Each file as (name, its bytes); read one wholly before asking for the next."""
    async for event in events:
        if isinstance(event, FileBegins):
            yield event.file_name, _bytes_of_file(events)


async def _bytes_of_file(events: AsyncIterator[FileEvent]) -> AsyncIterator[bytes]:
    async for event in events:
        if isinstance(event, FileEnds):
            return
        if isinstance(event, bytes):
            yield event


def _check_type(request: Request) -> None:
    content_type = request.headers.get("content-type", "").lower()
    if content_type.startswith("multipart/") and not content_type.startswith("multipart/form-data"):
        raise InputError(415, "Unsupported media type", "Send multipart/form-data or the file as the raw body.")
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding != "identity":
        raise InputError(415, "Unsupported media type", f"Content-Encoding {encoding[:50]!r} is not understood.")


def _accepted(files: list[IncomingFile]) -> Response:
    jobs = [_job(file) for file in files]
    location = jobs[0]["links"]["self"]
    return JSONResponse({"job_id": jobs[0]["job_id"], "jobs": jobs}, status_code=202, headers={"Location": location})


def _job(file: IncomingFile) -> dict[str, Any]:
    job_id = str(file.job_id)
    links = {
        "self": f"/api/jobs/{job_id}",
        "lines": f"/api/jobs/{job_id}/lines",
        "stats": f"/api/stats/{job_id}",
        "stream": f"/stream/{job_id}",
    }
    return {"job_id": job_id, "file_name": file.file_name, "status": "processing", "links": links}
