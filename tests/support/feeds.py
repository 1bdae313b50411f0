"""Webhook jobs entered by hand: what the api leaves of deliveries, without GitHub."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

import aio_pika

from shared.identifiers import new_job_id
from shared.lines import count_lines
from shared.messages import InputHints, LineBatch, encode

FEED = "octo/widget"
GITHUB = InputHints(format="github")


class Connection(Protocol):
    """To the database."""

    def execute(self, query: str, *arguments: Any) -> Awaitable[str]: ...


@dataclass(frozen=True)
class Batch:
    """A line batch of a webhook job, and the id of the one delivery it is of."""

    line_batch: LineBatch
    delivery_id: str

    @property
    def message(self) -> aio_pika.Message:
        """As the api publishes it."""
        return encode(self.line_batch, datetime.now(UTC).replace(microsecond=0))


def day_before(days: int) -> date:
    """So many days before today, in UTC."""
    return datetime.now(UTC).date() - timedelta(days=days)


def line(event: str, number: int = 0) -> bytes:
    """What is made of a delivery."""
    payload = b'{"number":%d,"repository":{"full_name":"octo/widget"},"sender":{"login":"octocat"}}' % number
    told = b'"delivery":"d-%d","received_at":"2026-11-22T15:00:00.123Z","payload":%s' % (number, payload)
    return b'{"github_event":"%s",%s}\n' % (event.encode(), told)


async def enter_feed(
    connection: Connection, owner_id: UUID, day: date, bodies: Sequence[bytes] = (), feed: str = FEED, **columns: Any
) -> tuple[UUID, list[Batch]]:
    """A job of that day with these batches, which the broker has confirmed; `columns` of it may say otherwise."""
    batches: list[Batch] = []
    job_id, next_line, next_byte = new_job_id(), 1, 0
    for batch_no, body in enumerate(bodies):
        lines = count_lines(body)
        line_batch = LineBatch(job_id, batch_no, next_line, lines, next_byte, body, GITHUB, None)
        batches.append(Batch(line_batch, str(uuid4())))
        next_line, next_byte = next_line + lines, next_byte + len(body)
    values = {"job_id": job_id, "owner_id": owner_id, "source": "github", "file_name": f"{feed} {day}"}
    row = {**values, "lines_read": next_line - 1, "bytes_received": next_byte, **columns}
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await connection.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({places})", *row.values())
    await connection.execute(
        "INSERT INTO webhook_feeds (job_id, owner_id, feed, day, next_batch, next_line, next_byte)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(job_id, owner_id, feed, day, len(batches), next_line, next_byte),
    )
    for batch in batches:
        await enter_delivery(connection, owner_id, batch)
    return job_id, batches


async def enter_delivery(connection: Connection, owner_id: UUID, batch: Batch) -> None:
    """It has its place, whether or not the broker has it."""
    placed = batch.line_batch
    await connection.execute(
        "INSERT INTO webhook_deliveries (owner_id, delivery_id, job_id, batch_no, line_no, line_count, event)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'push')",
        *(owner_id, batch.delivery_id, placed.job_id, placed.batch_no, placed.first_line, placed.line_count),
    )


async def enter_unconfirmed(connection: Connection, batch: Batch) -> None:
    """The broker is not known to have it."""
    placed, body = batch.line_batch, batch.message.body
    await connection.execute(
        "INSERT INTO webhook_batches (job_id, batch_no, first_line, line_count, byte_offset, body_bytes, body)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(placed.job_id, placed.batch_no, placed.first_line, placed.line_count, placed.byte_offset),
        *(len(placed.body), body),
    )


async def append(connection: Connection, owner_id: UUID, after: LineBatch, body: bytes) -> Batch:
    """One more delivery behind the batch that was the last, as far as the database goes; the broker has none of it."""
    first_line, offset = after.first_line + after.line_count, after.byte_offset + len(after.body)
    lines = count_lines(body)
    batch = Batch(
        LineBatch(after.job_id, after.batch_no + 1, first_line, lines, offset, body, GITHUB, None), str(uuid4())
    )
    await connection.execute(
        "UPDATE webhook_feeds SET next_batch = next_batch + 1, next_line = next_line + $2, next_byte = next_byte + $3"
        " WHERE job_id = $1",
        *(after.job_id, lines, len(body)),
    )
    await enter_delivery(connection, owner_id, batch)
    await enter_unconfirmed(connection, batch)
    return batch


async def confirm(connection: Connection, batch: Batch) -> None:
    """As the api marks what the broker has."""
    placed = batch.line_batch
    await connection.execute(
        "DELETE FROM webhook_batches WHERE job_id = $1 AND batch_no = $2", *(placed.job_id, placed.batch_no)
    )
    await connection.execute(
        "UPDATE jobs SET lines_read = lines_read + $2, bytes_received = bytes_received + $3 WHERE job_id = $1",
        *(placed.job_id, placed.line_count, len(placed.body)),
    )
