"""Jobs as the other services leave them in the database."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.database import Database
from shared.messages import InputHints, LineBatch, encode
from shared.summary import RollupRow, Summary, encode_summary

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)
TODAY = date(2025, 6, 1)


@dataclass
class Record:
    """A record of a batch; `columns` are further ones of log_records."""

    line_no: int
    message: str = "hello"
    columns: dict[str, Any] = field(default_factory=dict)


@dataclass
class Rejected:
    """A rejected line of a batch."""

    line_no: int
    raw: bytes = b"\xff broken"
    reason: str = "broken_json"


class Seed:
    """Writes rows the way worker and aggregator do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def job(self, owner_id: UUID, **columns: Any) -> UUID:
        """A job; every other column as given."""
        job_id: UUID = columns.pop("job_id", None) or uuid4()
        values = {"job_id": job_id, "owner_id": owner_id, "source": "upload", "file_name": "a.log", **columns}
        await self._insert("jobs", values)
        return job_id

    async def batch(
        self,
        job_id: UUID,
        batch_no: int,
        rows: list[Record | Rejected],
        first_line: int | None = None,
        line_count: int | None = None,
        stored_on: date = TODAY,
    ) -> None:
        """A stored batch: its ledger row and its lines; by default from its first to its last row's line."""
        first = first_line or min(row.line_no for row in rows)
        count = line_count or max(row.line_no for row in rows) - first + 1
        records = [row for row in rows if isinstance(row, Record)]
        ledger = {
            "job_id": job_id,
            "batch_no": batch_no,
            "first_line": first,
            "line_count": count,
            "lines_stored": len(records),
            "lines_rejected": len(rows) - len(records),
            "stored_on": stored_on,
        }
        await self._insert("batches", ledger)
        await self._partition(stored_on)
        for row in rows:
            if isinstance(row, Record):
                values = {"line_count": 1, "format": "plain", "message": row.message, **row.columns}
                await self._insert(
                    "log_records", {"job_id": job_id, "line_no": row.line_no, "stored_on": stored_on, **values}
                )
            else:
                await self._insert("rejected_lines", _rejected(job_id, row))

    async def many(self, job_id: UUID, batches: int, lines_per_batch: int) -> None:
        """Plain records `line N`, every tenth of them an error, one second apart from noon."""
        await self._partition(TODAY)
        async with self._database.acquire() as connection:
            await connection.execute(
                "INSERT INTO batches SELECT $1, b, b * $3 + 1, $3, $3, 0, $4 FROM generate_series(0, $2 - 1) AS b",
                job_id,
                batches,
                lines_per_batch,
                TODAY,
            )
            await connection.execute(
                "INSERT INTO log_records (job_id, line_no, stored_on, line_count, logged_at, severity, message, format)"
                " SELECT $1, n, $3, 1, $4::timestamptz + n * interval '1 second',"
                " CASE WHEN n % 10 = 0 THEN 17 ELSE 9 END, 'line ' || n, 'plain' FROM generate_series(1, $2) AS n",
                job_id,
                batches * lines_per_batch,
                TODAY,
                NOON,
            )

    async def dead_letter(
        self, job_id: UUID | None, batch_no: int = 0, body: bytes = b"one\ntwo\n", **columns: Any
    ) -> UUID:
        """A dead letter that waits: a whole line batch as the api publishes it; every other column as given."""
        batch = LineBatch(job_id or uuid4(), batch_no, 1, body.count(b"\n"), 0, body, InputHints())
        message = encode(batch, NOON)
        values = {
            "dead_letter_id": uuid4(),
            "job_id": job_id,
            "batch_no": batch_no,
            "first_line": batch.first_line,
            "line_count": batch.line_count,
            "reason": "attempts_exhausted",
            "detail": "ValueError: no",
            "headers": message.headers,
            "body": message.body,
            "properties": {"type": message.type, "message_id": message.message_id},
            **columns,
        }
        await self._insert("dead_letters", values)
        letter_id: UUID = values["dead_letter_id"]
        return letter_id

    async def dead_letters(self, job_id: UUID, number: int) -> None:
        """That many letters of the job's that wait, with bytes that are nothing."""
        async with self._database.acquire() as connection:
            await connection.execute(
                "INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, line_count, reason, detail, headers, body)"
                " SELECT gen_random_uuid(), $1, n, 10, 'attempts_exhausted', 'why',"
                " jsonb_build_object('job_id', $1::uuid, 'batch_no', n), 'bytes' FROM generate_series(0, $2 - 1) AS n",
                job_id,
                number,
            )

    async def operator(self, user_id: UUID) -> None:
        """Makes the user one."""
        async with self._database.acquire() as connection:
            await connection.execute("UPDATE users SET is_operator = true WHERE user_id = $1", user_id)

    async def change(self, statement: str, *arguments: object) -> None:
        """Whatever else the other services do meanwhile."""
        async with self._database.acquire() as connection:
            await connection.execute(statement, *arguments)

    async def summary(self, job_id: UUID, summary: Summary) -> None:
        """What the job's records add up to."""
        await self._insert("job_stats", {"job_id": job_id, "summary": encode_summary(summary)})

    async def rollups(self, job_id: UUID, rows: list[RollupRow]) -> None:
        """Records by minute."""
        for row in rows:
            values = {"dimension": row.dimension, "bucket": row.bucket, "value": row.value, "records": row.records}
            await self._insert("rollups", {"job_id": job_id, **values})

    async def _partition(self, day: date) -> None:
        async with self._database.acquire() as connection:
            await connection.execute("SELECT ensure_log_partition($1)", day)

    async def _insert(self, table: str, values: dict[str, Any]) -> None:
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        async with self._database.acquire() as connection:
            await connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", *values.values())


def _rejected(job_id: UUID, row: Rejected) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "line_no": row.line_no,
        "line_count": 1,
        "reason": row.reason,
        "detail": "why",
        "raw": row.raw,
        "format": "json",
    }


def minute(number: int) -> datetime:
    """That many minutes after noon."""
    return NOON + timedelta(minutes=number)
