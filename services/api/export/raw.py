"""A job's bytes as they came in: every line's own, stored, rejected or dead-lettered, batch after batch."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import asyncpg

from services.api.export.stretches import Source
from shared.database import Connection
from shared.errors import LogmillError, PoisonMessage
from shared.lines import LF
from shared.messages import decompress

BATCHES_AT_ONCE = 4

# With a body: a further part of an over-long line, or, with headers, a batch that no worker could store.
FIND_BODIES = """
(
    SELECT batch_no, first_line, line_count, stored_on, body, NULL::jsonb AS headers
    FROM batches LEFT JOIN line_parts USING (job_id, batch_no)
    WHERE job_id = $1 AND batch_no >= $2 ORDER BY batch_no LIMIT $3
) UNION ALL (
    SELECT batch_no, NULL, NULL, NULL, body, headers
    FROM dead_letters AS dead
    WHERE job_id = $1 AND batch_no >= $2
        AND NOT EXISTS (SELECT FROM batches WHERE batches.job_id = $1 AND batches.batch_no = dead.batch_no)
    ORDER BY batch_no LIMIT $3
) ORDER BY batch_no LIMIT $3
"""
JOIN_LINES = """
SELECT string_agg(line, '\\x0a'::bytea ORDER BY line_no) AS body, coalesce(sum(line_count), 0)::bigint AS line_count
FROM (
    SELECT line_no, line_count, coalesce(raw, convert_to(message, 'UTF8')) AS line FROM log_records
    WHERE job_id = $1 AND line_no BETWEEN $2 AND $3 AND stored_on = ANY ($4::date[])
    UNION ALL
    SELECT line_no, line_count, raw FROM rejected_lines WHERE job_id = $1 AND line_no BETWEEN $2 AND $3
) AS lines
"""


class LinesMissing(LogmillError):
    """Bytes are not where they should be: a batch's, a letter's, or of lines in the ledger (the job is going)."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines without the last one's line feed; or, if it `continues`, more of the line before."""

    body: bytes
    continues: bool


async def raw_chunks(
    source: Source, *, ends_in_newline: bool, batches_total: int | None = None
) -> AsyncIterator[bytes]:
    """The input, byte for byte, a few batches at a time; `batches_total` is None where it broke off.

    Raises DatabaseUnavailable, InputError (404) or LinesMissing once the job is removed, LinesMissing where a batch
    is nowhere, or dead-lettered with bytes that cannot be unpacked.
    """
    next_batch, line_feed = 0, b""
    while True:
        async with source.connection() as connection:
            batches = await connection.fetch(FIND_BODIES, source.job_id, next_batch, BATCHES_AT_ONCE)
            require_all((batch["batch_no"] for batch in batches), next_batch)
            passages = [passage async for passage in _read(connection, source.job_id, batches)]
        if not batches:
            break
        chunk = bytearray()
        for passage in passages:
            chunk += passage.body if passage.continues else line_feed + passage.body
            line_feed = LF
        yield bytes(chunk)
        next_batch = batches[-1]["batch_no"] + 1
    if batches_total is not None and next_batch != batches_total:
        raise LinesMissing(f"there are {next_batch} batches, not {batches_total}")
    if ends_in_newline:
        yield line_feed


def require_all(batch_numbers: Iterable[int], first: int) -> None:
    """Raises LinesMissing unless the batches are those from `first` on, one after the other."""
    for expected, batch_no in enumerate(batch_numbers, first):
        if batch_no != expected:
            raise LinesMissing(f"batch {expected} is nowhere")


async def _read(connection: Connection, job_id: UUID, batches: list[asyncpg.Record]) -> AsyncIterator[Passage]:
    for is_stored, group in groupby(batches, key=lambda batch: batch["body"] is None):
        if is_stored:
            yield await _join_lines(connection, job_id, list(group))
        else:
            for passage in map(_kept_whole, group):
                yield passage


async def _join_lines(connection: Connection, job_id: UUID, batches: list[asyncpg.Record]) -> Passage:
    """Consecutive batches of whole lines, as one passage."""
    last_line = batches[-1]["first_line"] + batches[-1]["line_count"] - 1
    days = list({batch["stored_on"] for batch in batches})
    row = await connection.fetchrow(JOIN_LINES, job_id, batches[0]["first_line"], last_line, days)
    line_count = sum(batch["line_count"] for batch in batches)
    if row is None or row["line_count"] != line_count:
        raise LinesMissing(f"{line_count} lines from line {batches[0]['first_line']} on are not all there")
    return Passage(row["body"], continues=False)


def _kept_whole(batch: asyncpg.Record) -> Passage:
    headers = batch["headers"]
    if headers is None:
        return Passage(batch["body"].removesuffix(LF), continues=True)
    try:
        body = decompress(batch["body"], headers)
    except PoisonMessage as error:
        raise LinesMissing(f"the bytes of batch {batch['batch_no']}, a dead letter, cannot be unpacked") from error
    return Passage(body.removesuffix(LF), continues=bool(headers.get("line_part")))
