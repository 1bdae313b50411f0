"""What the canary asks the api: to take lines in, to give them back, to delete them."""

import re
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec

from cli.answers import ApiError, Unreachable
from cli.canary.lines import KnownLines
from cli.canary.rounds import Look, Round, Texts
from cli.client import PATIENT_TIMEOUT, ApiClient

UPLOAD_TIMEOUT = httpx.Timeout(30, read=120)
UNDER_WAY = ("receiving", "processing")
NAME = re.compile(r"logmill-canary-[0-9a-f]{8}-\d+\.log")
"""The files of canaries; nothing else is ever deleted."""
MOST_JOBS = 1000
FAR_TOO_MANY = 4
"""Of how many times the lines that were written a view is read."""

T = TypeVar("T")


class Job(msgspec.Struct):
    """A job as GET /api/jobs/{id} has it, as far as it matters here."""

    job_id: str
    file_name: str
    status: str
    lines_read: int
    lines_stored: int
    lines_rejected: int
    lines_dead_lettered: int

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it is to come."""
        return self.status not in UNDER_WAY

    @property
    def counts(self) -> dict[str, int]:
        """Its counters of lines."""
        names = ("lines_read", "lines_stored", "lines_rejected", "lines_dead_lettered")
        return {name: getattr(self, name) for name in names}


class Accepted(msgspec.Struct):
    """The answer to an upload."""

    job_id: UUID


class Item(msgspec.Struct):
    """A record or rejected line."""

    line_no: int
    raw: str


class Stats(msgspec.Struct):
    """A job's sums."""

    level_distribution: dict[str, int]


class Bucket(msgspec.Struct):
    """Records of a level in a stretch of time."""

    group: str
    lines: int


class Rollups(msgspec.Struct):
    """A job's records over time."""

    items: list[Bucket]


def understood(answer: Any, kind: type[T]) -> T:
    """The answer as `kind`; raises ApiError where it is something else."""
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:
        raise ApiError(f"the api answers something else than {kind}: {error}") from error


async def write(client: ApiClient, name: str, known: KnownLines) -> str:
    """Uploads the lines as the file `name`; the job's id. Raises ApiError."""
    headers = {"Content-Type": "application/octet-stream"}
    options: dict[str, Any] = {"content": known.content, "headers": headers, "timeout": UPLOAD_TIMEOUT}
    return str(understood(await client.ask("POST", "/upload", query={"name": name}, **options), Accepted).job_id)


async def find_job(client: ApiClient, job_id: str) -> Job:
    """The job as it is now; raises ApiError."""
    return understood(await client.job(job_id), Job)


async def canaries(client: ApiClient) -> list[Job]:
    """The jobs of this account that a canary wrote, the newest first; raises ApiError."""
    found, _ = await client.items("/api/jobs", {}, MOST_JOBS)
    return [job for job in understood(found, list[Job]) if NAME.fullmatch(job.file_name)]


async def delete(client: ApiClient, job_id: str) -> None:
    """Deletes a job, if it is still there; raises ApiError."""
    try:
        await client.ask("DELETE", f"/api/jobs/{job_id}", timeout=PATIENT_TIMEOUT)
    except ApiError as error:
        if error.status != httpx.codes.NOT_FOUND:
            raise


async def look_at(client: ApiClient, written: Round) -> Look:
    """What there is of a round's job just now; raises ApiError where that cannot be told."""
    path, marker = f"/api/jobs/{written.job_id}", written.known.marker
    limit = FAR_TOO_MANY * len(written.known.texts)
    try:
        job = await find_job(client, written.job_id)
        lines = await _lines(client, path, {}, limit)
        search = await _lines(client, path, {"q": marker}, limit)
        counts = await _counts(client, job) if job.has_ended else {}
    except ApiError as error:
        if error.status == httpx.codes.NOT_FOUND:
            return Look({"lines": ()}, is_gone=True)
        raise
    export = await _export(client, written.job_id) if job.has_ended else None
    return Look({"lines": lines, "search": search, "export": export}, counts)


async def _lines(client: ApiClient, path: str, query: dict[str, str], limit: int) -> Texts:
    """The lines of its records, each with its number."""
    found, _ = await client.items(f"{path}/lines", query, limit)
    items = understood(found, list[Item])
    return [(item.line_no + index, text) for item in items for index, text in enumerate(item.raw.split("\n"))]


async def _export(client: ApiClient, job_id: str) -> Texts | None:
    """The lines of the raw export; None where there is none, or not all of it."""
    body = bytearray()
    try:
        await client.export(job_id, {"format": "raw"}, body.extend)
    except ApiError as error:
        if isinstance(error, Unreachable) or error.status == httpx.codes.CONFLICT:
            return None
        raise
    return list(enumerate(body.decode("utf-8", "backslashreplace").removesuffix("\n").split("\n"), 1))


async def _counts(client: ApiClient, job: Job) -> dict[str, dict[str, int]]:
    """What each source of sums tells of an ended job; levels without records are left out."""
    stats = understood(await client.ask("GET", f"/api/stats/{job.job_id}"), Stats)
    query = {"job_id": job.job_id, "step": "1d", "group_by": "level"}
    rollups = understood(await client.ask("GET", "/api/rollups", query=query), Rollups)
    levels: dict[str, int] = {}
    for bucket in rollups.items:
        levels[bucket.group] = levels.get(bucket.group, 0) + bucket.lines
    told = {level: count for level, count in stats.level_distribution.items() if count}
    return {"job": job.counts, "stats": told, "rollups": levels}
