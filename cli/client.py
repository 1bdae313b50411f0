"""logmill's HTTP interface as the command line uses it."""

import asyncio
import ipaddress
import os
import stat
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from cli.answers import ApiBusy, ApiError, Unreachable, check
from cli.outage import Outage
from cli.reading import read_file

CALL_TIMEOUT = httpx.Timeout(30)
"""Of whatever has none of its own."""
UPLOAD_TIMEOUT = httpx.Timeout(30, read=None, write=None)
PATIENT_TIMEOUT = httpx.Timeout(30, read=300)
"""Of what looks at many lines or dead letters before it answers: the next line that passes a filter may be far."""
PATIENCE_SECONDS = 60
"""How long `follow` goes on while the api cannot be reached, and how long it bears a stream without a sound."""
STREAM_TIMEOUT = httpx.Timeout(30, read=PATIENCE_SECONDS)
DEFAULT_URL = "http://127.0.0.1:8081"
TERMINAL_EVENTS = frozenset({"completed", "failed", "cancelled", "interrupted"})


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
            headers=authorization(token) if token else {},
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def login(self, email: str, password: str) -> str:
        """The access token of a user; waits while there were too many logins just now."""
        outage = Outage(self._patience_seconds)
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
        name = os.fsencode(path.name).decode("utf-8", "replace")
        answer = await self._call(
            "POST",
            "/upload",
            params={"name": name, "modified": modified, "again": str(again).lower(), **(hints or {})},
            content=read_file(path, status, sent),
            headers=headers,
            timeout=UPLOAD_TIMEOUT,
        )
        return [job["job_id"] for job in answer["jobs"]]

    async def ask_to_upload(self) -> None:
        """Nothing where the api would take a new upload now; raises ApiBusy where not."""
        await self._call("HEAD", "/upload")

    async def export(self, job_id: str, query: Mapping[str, str], write: Callable[[bytes], object]) -> None:
        """Gives `write` the export of a job, chunk by chunk; an ApiError means that it was not all of it."""
        await self.download(f"/api/jobs/{job_id}/export", query, write, f"the export of job {job_id}")

    async def download(self, path: str, query: Mapping[str, str], write: Callable[[bytes], object], what: str) -> None:
        """Gives `write` the bytes at `path`, chunk by chunk; errors call them `what`."""
        try:
            async with self._http.stream("GET", path, params=query, timeout=PATIENT_TIMEOUT) as answer:
                await check(answer)
                async for chunk in answer.aiter_bytes():
                    write(chunk)
        except httpx.RequestError as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"{what} broke off: {reason}") from error

    async def ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, **options: Any
    ) -> dict[str, Any]:
        """The JSON answer to a request; empty where there is none. Options: a body (`json` or `content`), `timeout`."""
        return await self._call(method, path, params=query, **options)

    async def items(self, path: str, query: Mapping[str, str], limit: int) -> tuple[list[dict[str, Any]], bool]:
        """The first `limit` items of a list, page after page, and whether there are more."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self._call("GET", path, params={**query, **cursor, "limit": str(limit - len(found))})
            found += page["items"]
            if page["next_cursor"] is None or len(found) >= limit:
                return found[:limit], page["next_cursor"] is not None or len(found) > limit
            cursor = {"cursor": page["next_cursor"]}

    async def job(self, job_id: str) -> dict[str, Any]:
        """The job as GET /api/jobs/{id} has it."""
        return await self._call("GET", f"/api/jobs/{job_id}")

    async def follow(self, job_id: str) -> AsyncIterator[Progress]:
        """The job's events until it has ended; a stream that breaks is opened again, while the api is busy too.

        Raises ApiError where that fails for PATIENCE_SECONDS.
        """
        outage = Outage(self._patience_seconds)
        while True:
            try:
                async for progress in self._events(f"/stream/{job_id}"):
                    outage = Outage(self._patience_seconds)
                    yield progress
                    if progress.is_last:
                        return
                trouble = "the stream ended early"
            except (httpx.TransportError, ApiBusy) as error:
                trouble = str(error) or type(error).__name__
            if outage.is_over():
                raise ApiError(f"cannot follow job {job_id} any longer: {trouble}; the job goes on by itself")
            await asyncio.sleep(outage.next_pause_seconds())

    async def watch(self) -> AsyncIterator[Progress]:
        """The events of all jobs, those to come included, until the stream breaks; raises Unreachable then."""
        try:
            async for progress in self._events("/stream"):
                yield progress
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error

    async def _events(self, path: str) -> AsyncIterator[Progress]:
        async with self._http.stream("GET", path, timeout=STREAM_TIMEOUT) as answer:
            await check(answer)
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
        except httpx.RequestError as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"{self._http.base_url} does not answer: {reason}") from error
        await check(answer)
        if answer.status_code == httpx.codes.NO_CONTENT:
            return {}
        try:
            content: dict[str, Any] = answer.json()
        except ValueError as error:
            raise ApiError(f"{self._http.base_url} does not answer as logmill does") from error
        return content


def authorization(token: str) -> dict[str, str]:
    """The header that says who asks; raises ApiError for what no token can be."""
    if not (token.isascii() and token.isprintable()):
        raise ApiError("the token has characters that no token has; is it copied whole, and nothing else?")
    return {"Authorization": f"Bearer {token}"}


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
