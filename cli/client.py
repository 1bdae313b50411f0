"""logmill's HTTP interface as the command line uses it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from shared.errors import LogmillError

CHUNK_BYTES = 256 * 1024
RECONNECT_SECONDS = 1
DEFAULT_URL = "http://127.0.0.1:8081"
TERMINAL_EVENTS = frozenset({"completed", "failed", "cancelled", "interrupted"})


class ApiError(LogmillError):
    """The api refused a request, or does not answer; the text is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One event of a job's stream: its name and its data."""

    event: str
    data: dict[str, Any]

    @property
    def is_last(self) -> bool:
        """Whether the job has ended."""
        return self.event in TERMINAL_EVENTS


class ApiClient:
    """One logged-in user. Every method raises ApiError."""

    def __init__(self, api_url: str, token: str | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=api_url,
            timeout=httpx.Timeout(30, read=None, write=None),
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def login(self, email: str, password: str) -> str:
        """The access token of a user."""
        answer = await self._call("POST", "/auth/login", json={"email": email, "password": password})
        token: str = answer["access_token"]
        return token

    async def upload(self, path: Path, sent: Callable[[int], None]) -> str:
        """Streams a file; `sent` is told the number of bytes of each chunk. The job's id."""
        status = path.stat()
        modified = datetime.fromtimestamp(status.st_mtime, UTC).isoformat()
        answer = await self._call(
            "POST",
            "/upload",
            params={"name": path.name, "modified": modified},
            content=_read(path, sent),
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(status.st_size)},
        )
        job_id: str = answer["job_id"]
        return job_id

    async def job(self, job_id: str) -> dict[str, Any]:
        """The job as GET /api/jobs/{id} has it."""
        return await self._call("GET", f"/api/jobs/{job_id}")

    async def follow(self, job_id: str) -> AsyncIterator[Progress]:
        """The job's events until it has ended; an open stream that breaks is opened again."""
        while True:
            try:
                async for progress in self._stream(f"/stream/{job_id}"):
                    yield progress
                    if progress.is_last:
                        return
            except httpx.TransportError:
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _stream(self, path: str) -> AsyncIterator[Progress]:
        async with self._http.stream("GET", path) as answer:
            await _check(answer)
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                if name:
                    fields[name] = value.strip()
                elif not line and "data" in fields:
                    yield Progress(fields.get("event", "message"), msgspec.json.decode(fields["data"]))
                    fields = {}

    async def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            answer = await self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise ApiError(f"{self._http.base_url} does not answer: {error}") from error
        await _check(answer)
        content: dict[str, Any] = answer.json()
        return content


async def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    await answer.aread()
    try:
        problem = answer.json()
        told = f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        told = answer.reason_phrase
    raise ApiError(f"{answer.request.url.path} answered {answer.status_code} ({told})")


async def _read(path: Path, sent: Callable[[int], None]) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
            sent(len(chunk))
