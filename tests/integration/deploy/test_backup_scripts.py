"""`deploy/backup`: what is brought back is what was there, wholly or not at all, and nothing is given up unasked."""

import asyncio
import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import zstandard

from deploy.local.infrastructure import Infrastructure
from deploy.local.postgres import PostgresEndpoint, create_database, drop_database
from services.worker.settings import WorkerSettings
from shared.database import migrate
from tests.support.backups import run

USERS = 1000
LAST_LINE = b"\\set is_complete true\n"
FILL = f"""
INSERT INTO users (user_id, email, password_hash)
SELECT gen_random_uuid(), number || '@example.com', repeat('hash', 50) FROM generate_series(1, {USERS}) AS number;
SELECT ensure_log_partition(current_date);
INSERT INTO log_records (job_id, line_no, stored_on, line_count, message, raw, format)
SELECT gen_random_uuid(), number, current_date, 1, E'\\\\. CREATE SCHEMA public; \\\\set is_complete true',
    '\\x5c2e0a00', 'text' FROM generate_series(1, {USERS}) AS number;
"""
CONTENT = """
SELECT (SELECT count(*) FROM users) AS users, (SELECT md5(string_agg(r::text, '|' ORDER BY line_no)) FROM log_records r)
    AS records, (SELECT count(*) FROM schema_migrations) AS migrations
"""
Spoil = Callable[[bytes], bytes]


@pytest.fixture
def target(infrastructure: Infrastructure) -> Iterator[PostgresEndpoint]:
    """Another database, empty."""
    name = f"test_{uuid4().hex}"
    yield create_database(infrastructure.postgres, name)
    drop_database(infrastructure.postgres, name)


@pytest.fixture
def backup(postgres: PostgresEndpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> bytes:
    """Of a database with a few rows of what is hard to tell from SQL."""
    for name, value in postgres.environment().items():
        monkeypatch.setenv(name, value)
    asyncio.run(migrate(WorkerSettings.load()))
    execute(postgres, FILL)
    file = tmp_path / "logmill.backup"
    done = run("backup", str(file), database=postgres)
    assert done.returncode == 0, done.stderr
    assert f"{USERS} users" in done.stderr
    assert file.stat().st_mode & 0o077 == 0
    return file.read_bytes()


def execute(endpoint: PostgresEndpoint, statement: str) -> list[asyncpg.Record]:
    async def ask() -> list[asyncpg.Record]:
        connection = await connect(endpoint)
        try:
            if statement.lstrip().startswith("SELECT"):
                return list(await connection.fetch(statement))
            await connection.execute(statement)
            return []
        finally:
            await connection.close()

    return asyncio.run(ask())


async def connect(endpoint: PostgresEndpoint) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(
        host=endpoint.host,
        port=endpoint.port,
        user=endpoint.user,
        password=endpoint.password,
        database=endpoint.database,
    )


def unpacked(backup: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(backup)


def test_what_was_there_is_there(backup: bytes, postgres: PostgresEndpoint, target: PostgresEndpoint) -> None:
    there = execute(postgres, CONTENT)
    for content in (backup, gzip.compress(unpacked(backup))):
        assert run("restore", "--replace", "-", database=target, content=content).returncode == 0
        assert execute(target, CONTENT) == there
    again = run("backup", "-", database=target)
    assert again.returncode == 0
    assert run("restore", "--replace", "-", database=target, content=again.stdout).returncode == 0
    assert execute(target, CONTENT) == there


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(lambda content: content[: len(content) // 2], "nothing was restored", id="cut"),
        pytest.param(
            lambda content: unpacked(content).removesuffix(LAST_LINE), "not complete", id="without its last line"
        ),
        pytest.param(lambda content: unpacked(content)[: len(unpacked(content)) // 2], "nothing", id="half"),
        pytest.param(lambda _: b"", "no backup of logmill", id="nothing"),
        pytest.param(lambda _: b"\\! touch /tmp/obeyed\n", "no backup of logmill", id="another script"),
        pytest.param(lambda _: os.urandom(5000), "no backup of logmill", id="noise"),
        pytest.param(
            lambda content: unpacked(content).replace(b"CREATE TABLE public.rollups", b"CREATE TABLE wrong.rollups"),
            'schema "wrong" does not exist',
            id="refused half-way",
        ),
    ],
)
def test_it_is_all_or_nothing(backup: bytes, target: PostgresEndpoint, spoil: Spoil, told: str) -> None:
    execute(target, "CREATE TABLE precious (thing text); INSERT INTO precious VALUES ('kept')")
    done = run("restore", "--replace", "-", database=target, content=spoil(backup))
    assert done.returncode != 0
    assert told in done.stderr
    assert [row["thing"] for row in execute(target, "SELECT thing FROM precious")] == ["kept"]


def test_nothing_is_given_up_unasked(backup: bytes, target: PostgresEndpoint) -> None:
    assert run("restore", "-", database=target, content=backup).returncode == 0
    refused = run("restore", "-", database=target, content=backup)
    assert refused.returncode == 1
    assert "has data: --replace gives it up" in refused.stderr
    execute(target, "TRUNCATE users CASCADE")
    assert run("restore", "-", database=target, content=backup).returncode == 0
    execute(target, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE precious (thing text)")
    assert run("restore", "-", database=target, content=backup).returncode == 1


async def test_services_have_to_be_stopped(backup: bytes, target: PostgresEndpoint) -> None:
    service = await connect(target)
    try:
        refused = await asyncio.to_thread(run, "restore", "--replace", "-", database=target, content=backup)
    finally:
        await service.close()
    assert refused.returncode == 1
    assert f"in use by {target.user}" in refused.stderr


def test_a_backup_never_overwrites(backup: bytes, postgres: PostgresEndpoint, tmp_path: Path) -> None:
    file = tmp_path / "logmill.backup"
    refused = run("backup", str(file), database=postgres)
    assert (refused.returncode, file.read_bytes()) == (1, backup)


def test_a_backup_that_fails_leaves_nothing(postgres: PostgresEndpoint, tmp_path: Path) -> None:
    """There are no tables yet."""
    failed = run("backup", str(tmp_path / "another.backup"), database=postgres)
    assert failed.returncode == 1
    assert list(tmp_path.glob("another*")) == []
