"""A job's bytes against the hash of its lines as they came in."""

import asyncio
import hashlib

import asyncpg
from starlette.requests import ClientDisconnect, Request

from services.api.export.completeness import FIND_PLACES, Expected, Places, what_is_missing
from services.api.export.raw import LinesMissing, raw_chunks
from services.api.export.stretches import Source
from services.api.verify.checks import Check
from shared.progress import TERMINAL


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
    if expected is None or reason is not None:
        return _uncompared(reason or "its upload broke off, so that nobody knows all of it")
    try:
        found = await _hash(source, job, request)
    except LinesMissing as error:
        return Check(name="content", expected=expected.hex(), found=None, ok=False, detail=str(error))
    if found != expected and job["lines_sha256"] is None:
        return _uncompared("of what was UTF-16 or a JSON array, an older release kept the hash of the file only")
    ok = found == expected
    detail = None if ok else "the bytes are not those that came in"
    return Check(name="content", expected=expected.hex(), found=found.hex(), ok=ok, detail=detail)


async def _not_comparable(source: Source, job: asyncpg.Record) -> str | None:
    if job["status"] not in TERMINAL:
        return "still under way"
    async with source.connection() as connection:
        row = await connection.fetchrow(FIND_PLACES, source.job_id)
    expected = Expected(job["status"], job["lines_read"], job["batches_total"])
    return None if row is None else what_is_missing(expected, Places(**row))


async def _hash(source: Source, job: asyncpg.Record, request: Request) -> bytes:
    digest = hashlib.sha256()
    ends_in_newline = job["ends_in_newline"] is not False
    async for chunk in raw_chunks(source, ends_in_newline=ends_in_newline, batches_total=job["batches_total"]):
        await require_client(request)
        await asyncio.to_thread(digest.update, chunk)
    return digest.digest()


def _uncompared(reason: str) -> Check:
    return Check(name="content", expected=None, found=None, ok=True, detail=f"not comparable: {reason}")
