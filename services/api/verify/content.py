"""A job's bytes against the hash of its lines as they came in, or against how many they were."""

import asyncio
import hashlib
from typing import NamedTuple

import asyncpg
from starlette.requests import ClientDisconnect, Request

from services.api.export.completeness import FIND_PLACES, Expected, Places, what_is_missing
from services.api.export.raw import LinesMissing, raw_chunks
from services.api.export.stretches import Source
from services.api.verify.checks import Check, same
from shared.progress import TERMINAL


class Content(NamedTuple):
    """What was read: the bytes' hash, and how many they are."""

    sha256: bytes
    size: int


async def require_client(request: Request) -> None:
    """Raises ClientDisconnect once nobody waits for the answer any more."""
    if await request.is_disconnected():
        raise ClientDisconnect


async def check_content(source: Source, job: asyncpg.Record, request: Request) -> Check:
    """Reads all of a job's bytes, where they can be compared with anything; else the detail says why not.

    Raises InputError (404) once the job is removed, ClientDisconnect once the client is gone.
    """
    # Before there was a hash of the lines themselves, only that of the content was kept.
    expected = job["lines_sha256"] or job["content_sha256"]
    reason = await _not_comparable(source, job)
    if reason is not None or (expected is None and None in (job["batches_total"], job["bytes_total"])):
        return _uncompared(reason or "its upload broke off, so that nobody knows all of it")
    try:
        found = await _read(source, job, request)
    except LinesMissing as error:
        told = expected.hex() if expected else as_size(job["bytes_total"])
        return Check(name="content", expected=told, found=None, ok=False, detail=str(error))
    return compare(job, found)


def compare(job: asyncpg.Record, found: Content) -> Check:
    """By the hash, or, of what no hash was made of as it came in over a day, by the size. Pure."""
    expected = job["lines_sha256"] or job["content_sha256"]
    told = "the bytes are not those that came in"
    if expected is None:
        return same("content", as_size(job["bytes_total"]), as_size(found.size), told)
    if found.sha256 != expected and job["lines_sha256"] is None:
        return _uncompared("of what was UTF-16 or a JSON array, an older release kept the hash of the file only")
    return same("content", expected.hex(), found.sha256.hex(), told)


def as_size(size: int) -> str:
    """As a check tells it."""
    return f"{size} bytes"


async def _not_comparable(source: Source, job: asyncpg.Record) -> str | None:
    if job["status"] not in TERMINAL:
        return "still under way"
    async with source.connection() as connection:
        row = await connection.fetchrow(FIND_PLACES, source.job_id)
    expected = Expected(job["status"], job["lines_read"], job["batches_total"], job["source"])
    return None if row is None else what_is_missing(expected, Places(**row))


async def _read(source: Source, job: asyncpg.Record, request: Request) -> Content:
    digest, size = hashlib.sha256(), 0
    ends_in_newline = job["ends_in_newline"] is not False
    async for chunk in raw_chunks(source, ends_in_newline=ends_in_newline, batches_total=job["batches_total"]):
        await require_client(request)
        await asyncio.to_thread(digest.update, chunk)
        size += len(chunk)
    return Content(digest.digest(), size)


def _uncompared(reason: str) -> Check:
    return Check(name="content", expected=None, found=None, ok=True, detail=f"not comparable: {reason}")
