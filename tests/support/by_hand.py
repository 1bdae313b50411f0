"""Jobs, batches, dead letters and replays entered by hand: what api and workers would leave, without either."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import aio_pika
import asyncpg

from shared.identifiers import new_job_id
from shared.lines import count_lines
from shared.messages import InputHints, LineBatch, encode
from shared.summary import Partial, Summary
from shared.topology import DEAD_LETTER_QUEUE, INGEST_QUEUE
from tests.support.suite import POLL_SECONDS, READY_SECONDS, Suite
from tests.support.user import User

Channel: TypeAlias = aio_pika.abc.AbstractChannel
Database: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Row: TypeAlias = "asyncpg.Record"

DIED: dict[str, Any] = {"reason": "attempts_exhausted", "detail": "ValueError: told"}


async def enter_job(database: Database, *, lines: int, batches: int, **columns: object) -> UUID:
    """A sealed job in processing; `columns` of the job may say otherwise. Without an `owner_id` its user is its own."""
    job_id = new_job_id()
    row = {
        "job_id": job_id,
        "owner_id": columns.get("owner_id") or await _enter_user(database),
        "source": "upload",
        "file_name": "by hand",
        "status": "processing",
        "batches_total": batches,
        "lines_read": lines,
        "sealed_at": datetime.now(UTC),
        **columns,
    }
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await database.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({places})", *row.values())
    return job_id


async def _enter_user(database: Database) -> UUID:
    user_id = new_job_id()
    await database.execute(
        "INSERT INTO users (user_id, email, password_hash) VALUES ($1, $2, 'none')", user_id, f"{user_id}@example.com"
    )
    return user_id


def id_of(user: User) -> UUID:
    """As the `owner_id` of a job."""
    return UUID(user.get("/auth/me")["user_id"])


@asynccontextmanager
async def open_channel(suite: Suite) -> AsyncIterator[Channel]:
    """A channel to the suite's broker that does not lose what no queue takes."""
    async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
        yield await connection.channel(on_return_raises=True)


async def store_batch(
    database: Database, job_id: UUID, batch_no: int, lines: int, *, stored_at: datetime | None = None
) -> None:
    """A batch in the ledger, with its partial; its records are nowhere."""
    moment = stored_at or datetime.now(UTC)
    async with database.transaction():
        await database.execute(
            "INSERT INTO batches (job_id, batch_no, first_line, line_count, lines_stored, lines_rejected, stored_on,"
            " stored_at) VALUES ($1, $2, 1, $3, $3, 0, $4, $5)",
            job_id,
            batch_no,
            lines,
            moment.date(),
            moment,
        )
        body = Partial(Summary(records=lines, lines_stored=lines), []).encode()
        await database.execute("INSERT INTO partials VALUES ($1, $2, $3)", job_id, batch_no, body)


async def store_records(database: Database, job_id: UUID, day: date, lines: int) -> str:
    """Records stored on that day; the name of their partition."""
    partition: str = await database.fetchval("SELECT ensure_log_partition($1)", day)
    await database.execute(
        "INSERT INTO log_records (job_id, line_no, stored_on, line_count, message, format)"
        " SELECT $1, line_no, $2, 1, 'by hand', 'text' FROM generate_series(1, $3) AS line_no",
        job_id,
        day,
        lines,
    )
    return partition


def line_batch(
    job_id: UUID,
    batch_no: int,
    body: bytes,
    headers: Mapping[str, Any] | None = None,
    *,
    first_line: int | None = None,
    byte_offset: int = 0,
    line_part: int | None = None,
) -> aio_pika.Message:
    """A batch's message, as the api publishes it; without a `first_line` each batch is as long as the others."""
    lines = 0 if line_part else count_lines(body)
    begins = 1 + batch_no * lines if first_line is None else first_line
    batch = LineBatch(job_id, batch_no, begins, lines, byte_offset, body, InputHints(), line_part)
    message = encode(batch, datetime.now(UTC).replace(microsecond=0))
    message.headers.update(headers or {})
    return message


async def publish(channel: Channel, message: aio_pika.Message, queue: str = INGEST_QUEUE) -> None:
    """Into a queue, confirmed."""
    await channel.default_exchange.publish(message, queue)


def spoil(message: aio_pika.Message) -> aio_pika.Message:
    """The message with a checksum that is not its body's: no worker takes it, now and ever."""
    message.headers["crc32"] = 1
    return message


async def bury(channel: Channel, message: aio_pika.Message) -> None:
    """Into the dead-letter queue, as a worker does."""
    message.headers = {**DIED, **message.headers}
    await publish(channel, message, DEAD_LETTER_QUEUE)


async def enter_letter(database: Database, message: aio_pika.Message) -> UUID:
    """A dead letter that is recorded, and counted, already."""
    dead_letter_id, headers = uuid4(), message.headers
    await database.execute(
        "INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, line_count, reason, detail, headers, body,"
        " properties) VALUES ($1, ($2::jsonb ->> 'job_id')::uuid, ($2 ->> 'batch_no')::integer,"
        " ($2 ->> 'line_count')::integer, 'attempts_exhausted', 'told', $2, $3, $4)",
        dead_letter_id,
        as_json(headers),
        message.body,
        as_json({"type": message.type, "content_encoding": message.content_encoding}),
    )
    return dead_letter_id


async def start_replay(database: Database, where: str, *values: object) -> UUID:
    """A replay of the waiting letters that fulfil the condition, as the api marks them."""
    replay_id = uuid4()
    async with database.transaction():
        user_id = await database.fetchval("SELECT user_id FROM users LIMIT 1")
        await database.execute(
            "INSERT INTO replays (replay_id, user_id, filter, total) VALUES ($1, $2, '{}', 0)", replay_id, user_id
        )
        taken = await database.execute(
            "UPDATE dead_letters SET state = 'replaying', published_at = NULL, replays = replays + 1,"
            f" changed_at = now(), replay_id = '{replay_id}' WHERE state = 'waiting' AND {where}",
            *values,
        )
        total = int(taken.removeprefix("UPDATE "))
        await database.execute("UPDATE replays SET total = $2 WHERE replay_id = $1", replay_id, total)
    return replay_id


async def cancel_replay(database: Database, replay_id: UUID) -> None:
    """As the api does."""
    async with database.transaction():
        await database.execute(
            "UPDATE dead_letters SET state = 'waiting', changed_at = now()"
            " WHERE replay_id = $1 AND state = 'replaying' AND published_at IS NULL",
            replay_id,
        )
        await database.execute(
            "UPDATE replays SET status = 'cancelled', ended_at = now() WHERE replay_id = $1", replay_id
        )


async def wait_for_value(database: Database, expected: object, query: str, *values: object) -> None:
    """Returns once the query's one value is the expected one; fails with what it is instead."""
    found: object = None
    try:
        async with asyncio.timeout(READY_SECONDS):
            while (found := await database.fetchval(query, *values)) != expected:  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise AssertionError(f"{found!r} instead of {expected!r}: {query} {values}") from None


async def wait_for_status(database: Database, job_id: UUID, status: str) -> Row:
    """The job once it has that status."""
    await wait_for_value(database, status, "SELECT status FROM jobs WHERE job_id = $1", job_id)
    return await fetch_job(database, job_id)


async def fetch_job(database: Database, job_id: UUID) -> Row:
    """Its row."""
    return (await database.fetch("SELECT * FROM jobs WHERE job_id = $1", job_id))[0]


def as_json(value: object) -> str:
    """As a plain connection takes JSON."""
    return json.dumps(value, default=str)
