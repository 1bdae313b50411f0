"""The tables of the days' records: made beside whoever reads or stores just now."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from deploy.local.postgres import PostgresEndpoint
from services.worker.settings import WorkerSettings
from shared.database import migrate
from tests.support.servers import connect

ENSURE = "SELECT ensure_log_partition($1)"
INDEXES = """
SELECT count(*) FROM pg_index x JOIN pg_inherits i ON i.inhrelid = x.indexrelid
WHERE x.indrelid = to_regclass($1)
"""


async def test_a_day_begins_while_a_backup_reads_and_others_store(
    postgres: PostgresEndpoint, postgres_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in postgres_env.items():
        monkeypatch.setenv(name, value)
    await migrate(WorkerSettings.load())
    reader, writer, *beginners = [await connect(postgres, lock_timeout="5s") for _ in range(6)]
    today = datetime.now(UTC).date()
    try:
        await writer.fetchval(ENSURE, today)
        async with reader.transaction(), writer.transaction():
            await reader.fetchval("SELECT count(*) FROM log_records")
            await writer.execute(
                "INSERT INTO log_records (job_id, line_no, stored_on, line_count, message, format)"
                " VALUES (gen_random_uuid(), 1, $1, 1, 'one', 'text')",
                today,
            )
            tomorrow = today + timedelta(days=1)
            names = await asyncio.gather(*(beginner.fetchval(ENSURE, tomorrow) for beginner in beginners))
        assert set(names) == {f"log_records_{tomorrow:%Y%m%d}"}
        for name in (names[0], f"log_records_{today:%Y%m%d}"):
            assert await reader.fetchval(INDEXES, name) == 2
    finally:
        for connection in (reader, writer, *beginners):
            await connection.close()
