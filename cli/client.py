"""logmill's HTTP interface as the command line uses it."""

import asyncio
import ipaddress
import os
import stat
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from shared.errors import LogmillError

CHUNK_BYTES = 256 * 1024
CALL_TIMEOUT = httpx.Timeout(30)
"""Nothing but the sending of a file and an event stream may take longer."""
UPLOAD_TIMEOUT = httpx.Timeout(30, read=None, write=None)
EXPORT_TIMEOUT = httpx.Timeout(30, read=300)
"""The next line that passes a filter may be far."""
PATIENCE_SECONDS = 60
"""How long `follow` goes on while the api cannot be reached, and how long it bears a stream without a sound."""
STREAM_TIMEOUT = httpx.Timeout(30, read=PATIENCE_SECONDS)
SHORTEST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5
BUSY = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE})
DUPLICATE = "urn:logmill:problem:duplicate"
DEFAULT_URL = "http://127.0.0.1:8081"
TERMINAL_EVENTS = frozenset({"completed", "failed", "cancelled", "interrupted"})


class ApiError(LogmillError):
    """The api refused a request, or does not answer; the text is for the person at the terminal."""


class AlreadyThere(ApiError):
    """The same content came in before, as the job `job_id`."""

    def __init__(self, told: str, job_id: str) -> None:
        super().__init__(told)
        self.job_id = job_id


class TooLarge(ApiError):
    """The api takes less than that (413)."""


class ApiBusy(ApiError):
    """The api cannot answer now (429, 502, 503) but may in a moment."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One event of a job's stream: its name and its data."""

    event: str
    data: dict[str, Any]

    @property
    def is_last(self) -> bool:
        """Whether the job has ended."""
        return self.event in TERMINAL_EVENTS


class _Outage:
    """Time without an event, and the pauses between the attempts to end that."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._began: float | None = None
        self._pause_seconds = SHORTEST_PAUSE_SECONDS / 2

    def is_over(self) -> bool:
        """Whether this failure comes later after the first than patience allows."""
        now = time.monotonic()
        self._began = self._began or now
        return now - self._began > self._patience_seconds

    def next_pause_seconds(self) -> float:
        """Twice as long as the last."""
        self._pause_seconds = min(LONGEST_PAUSE_SECONDS, 2 * self._pause_seconds)
        return self._pause_seconds


class ApiClient:
    """One logged-in user. Every method raises ApiError."""

    def __init__(
        self,
        api_url: str,
        token: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._http = httpx.AsyncClient(
            base_url=api_url,
            timeout=CALL_TIMEOUT,
            transport=transport,
            trust_env=not is_loopback(api_url),  # a proxy set for the internet does not reach this machine
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def login(self, email: str, password: str) -> str:
        """The access token of a user; waits while there were too many logins just now."""
        outage = _Outage(self._patience_seconds)
        while True:
            try:
                answer = await self._call("POST", "/auth/login", json={"email": email, "password": password})
            except ApiBusy:
                if outage.is_over():
                    raise
                await asyncio.sleep(outage.next_pause_seconds())
            else:
                token: str = answer["access_token"]
                return token

    async def upload(
        self,
        path: Path,
        sent: Callable[[int], None],
        *,
        again: bool = False,
        hints: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Streams a file; `sent` is told the number of bytes of each chunk. The ids of its jobs: an archive has many.

        `hints`: format, timezone, charset and modified as POST /upload takes them; modified is the file's own else.
        Raises AlreadyThere for content the user has sent before, unless `again`.
        Of a file that grows meanwhile, what was there at the start is sent; one that shrinks is an ApiError.
        """
        status = path.stat()
        headers = {"Content-Type": "application/octet-stream"}
        if stat.S_ISREG(status.st_mode):
            headers["Content-Length"] = str(status.st_size)
        modified = datetime.fromtimestamp(status.st_mtime, UTC).isoformat()
        answer = await self._call(
            "POST",
            "/upload",
            params={"name": path.name, "modified": modified, "again": str(again).lower(), **(hints or {})},
            content=_read(path, status, sent),
            headers=headers,
            timeout=UPLOAD_TIMEOUT,
        )
        return [job["job_id"] for job in answer["jobs"]]

    async def export(self, job_id: str, query: Mapping[str, str], write: Callable[[bytes], object]) -> None:
        """Gives `write` the export of a job, chunk by chunk; an ApiError means that it was not all of it."""
        try:
            async with self._http.stream(
                "GET", f"/api/jobs/{job_id}/export", params=query, timeout=EXPORT_TIMEOUT
            ) as answer:
                await _check(answer)
                async for chunk in answer.aiter_bytes():
                    write(chunk)
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            raise ApiError(f"the export of job {job_id} broke off: {reason}") from error

    async def ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, **body: Any
    ) -> dict[str, Any]:
        """The JSON answer to a request with a body, as `json` or `content`, if any; empty where there is none."""
        return await self._call(method, path, params=query, **body)

    async def job(self, job_id: str) -> dict[str, Any]:
        """The job as GET /api/jobs/{id} has it."""
        return await self._call("GET", f"/api/jobs/{job_id}")

    async def follow(self, job_id: str) -> AsyncIterator[Progress]:
        """The job's events until it has ended; a stream that breaks is opened again, while the api is busy too.

        Raises ApiError where that fails for PATIENCE_SECONDS.
        """
        outage = _Outage(self._patience_seconds)
        while True:
            try:
                async for progress in self._stream(f"/stream/{job_id}"):
                    outage = _Outage(self._patience_seconds)
                    yield progress
                    if progress.is_last:
                        return
                trouble = "the stream ended early"
            except (httpx.TransportError, ApiBusy) as error:
                trouble = str(error) or type(error).__name__
            if outage.is_over():
                raise ApiError(f"cannot follow job {job_id} any longer: {trouble}; the job goes on by itself")
            await asyncio.sleep(outage.next_pause_seconds())

    async def _stream(self, path: str) -> AsyncIterator[Progress]:
        async with self._http.stream("GET", path, timeout=STREAM_TIMEOUT) as answer:
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
            reason = str(error) or type(error).__name__
            raise ApiError(f"{self._http.base_url} does not answer: {reason}") from error
        await _check(answer)
        if answer.status_code == httpx.codes.NO_CONTENT:
            return {}
        try:
            content: dict[str, Any] = answer.json()
        except ValueError as error:
            raise ApiError(f"{self._http.base_url} does not answer as logmill does") from error
        return content


async def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    await answer.aread()
    told, problem = answer.reason_phrase, {}
    with suppress(ValueError, KeyError, TypeError):
        problem = dict(answer.json())
        told = f"{problem['title']}: {problem['detail']}"
    told = f"{answer.request.url.path} answered {answer.status_code} ({told}){kept_lines(problem)}"
    if problem.get("type") == DUPLICATE and "job_id" in problem:
        raise AlreadyThere(told, problem["job_id"])
    if answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        raise TooLarge(told)
    raise (ApiBusy if answer.status_code in BUSY else ApiError)(told)


def kept_lines(problem: Mapping[str, Any]) -> str:
    """Which jobs have what could be read of an upload that could not be read whole; empty where none has."""
    jobs = [f"job {job['job_id']} ({job['file_name']}) is {job['status']}" for job in problem.get("jobs", [])]
    return f"; what could be read before is kept: {', '.join(jobs)}" if jobs else ""


def is_loopback(api_url: str) -> bool:
    """Whether the address is this machine's own; raises ApiError for what is no address at all."""
    try:
        host = httpx.URL(api_url).host
    except httpx.InvalidURL as error:
        raise ApiError(f"{api_url} is not an address: {error}") from error
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _read(path: Path, status: os.stat_result, sent: Callable[[int], None]) -> AsyncIterator[bytes]:
    """A regular file up to the size it had; a pipe to its end."""
    left = status.st_size if stat.S_ISREG(status.st_mode) else None
    with path.open("rb") as file:
        while left != 0:
            chunk = await asyncio.to_thread(file.read, CHUNK_BYTES if left is None else min(CHUNK_BYTES, left))
            if not chunk:
                break
            left = None if left is None else left - len(chunk)
            yield chunk
            sent(len(chunk))
    if left:
        raise ApiError(f"{path} became {left} bytes shorter while it was sent")
