"""`deploy/backup`: what is brought back is what was there, wholly or not at all, and nothing is given up unasked."""

import asyncio
import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import zstandard

from deploy.local.infrastructure import Infrastructure
from deploy.local.postgres import PostgresEndpoint, binary_folder
from services.worker.settings import WorkerSettings
from shared.database import migrate
from tests.support.backups import run
from tests.support.servers import connect, empty_database

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
def target(postgres: PostgresEndpoint) -> PostgresEndpoint:
    """Another database, empty."""
    return postgres


@pytest.fixture(scope="module")
def source(infrastructure: Infrastructure) -> Iterator[PostgresEndpoint]:
    """A database with a few rows of what is hard to tell from SQL; nobody changes it."""
    with empty_database(infrastructure) as database, pytest.MonkeyPatch.context() as environment:
        for name, value in database.environment().items():
            environment.setenv(name, value)
        asyncio.run(migrate(WorkerSettings.load()))
        execute(database, FILL)
        yield database


@pytest.fixture(scope="module")
def backup(source: PostgresEndpoint, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Of `source`."""
    file = tmp_path_factory.mktemp("backup") / "logmill.backup"
    done = run("backup", str(file), database=source)
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


def unpacked(backup: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(backup)


def test_what_was_there_is_there(backup: bytes, source: PostgresEndpoint, target: PostgresEndpoint) -> None:
    there = execute(source, CONTENT)
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


def test_a_backup_never_overwrites(source: PostgresEndpoint, tmp_path: Path) -> None:
    file = tmp_path / "logmill.backup"
    file.write_bytes(b"precious")
    refused = run("backup", str(file), database=source)
    assert (refused.returncode, file.read_bytes()) == (1, b"precious")


@pytest.mark.parametrize(
    ("program", "instead"),
    [
        pytest.param("pg_dump", "echo 'SET x = 1;'; exit 1", id="pg_dump ends early"),
        pytest.param("pg_dump", "echo 'SET x = 1;'; kill -9 $PPID", id="so does what runs it"),
        pytest.param("zstd", "head -c 1000; exit 1", id="the disk is full"),
    ],
)
def test_a_backup_that_fails_leaves_nothing(
    source: PostgresEndpoint, tmp_path: Path, program: str, instead: str
) -> None:
    (tmp_path / "files").mkdir()
    install(tmp_path, program, instead)
    for file in (str(tmp_path / "files" / "logmill.backup"), "-"):
        assert run("backup", file, database=source, programs=tmp_path).returncode != 0
    assert list((tmp_path / "files").iterdir()) == []


def test_a_database_without_tables_gives_no_backup(target: PostgresEndpoint, tmp_path: Path) -> None:
    failed = run("backup", str(tmp_path / "logmill.backup"), database=target)
    assert failed.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_no_day_is_dropped_once_the_backup_has_its_snapshot(
    source: PostgresEndpoint, target: PostgresEndpoint, tmp_path: Path
) -> None:
    """As retention does it, in the moment before pg_dump has locks of its own."""
    dropping = 'psql -qc "SET lock_timeout = \'200ms\'" -c "DROP TABLE $(psql -qAtc "$DAYS")"'
    days = "DAYS='SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = $$log_records$$::regclass'"
    real = shutil.which("pg_dump", path=f"{binary_folder()}{os.pathsep}{os.environ['PATH']}")
    install(tmp_path, "pg_dump", f'{days}\n{dropping} >&2\nexec {real} "$@"')
    done = run("backup", "-", database=source, programs=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "canceling statement due to lock timeout" in done.stderr
    assert run("restore", "-", database=target, content=done.stdout).returncode == 0
    assert execute(target, CONTENT) == execute(source, CONTENT)


def install(folder: Path, program: str, script: str) -> None:
    (folder / program).write_text(f"#!/bin/sh\n{script}\n")
    (folder / program).chmod(0o700)
