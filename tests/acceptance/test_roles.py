"""Each service with accounts of its own, which may do what it does and no more: everything goes on as with one."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from deploy.local.postgres import PostgresEndpoint
from deploy.local.rabbitmq import RabbitmqEndpoint
from shared.topology import PIPELINE_QUEUES
from tests.support.broker import open_channel as open_own_channel
from tests.support.by_hand import (
    Database,
    enter_job,
    id_of,
    line_batch,
    open_channel,
    publish,
    spoil,
    store_batch,
    store_records,
    wait_for_value,
)
from tests.support.roles import OWNER, Accounts, accounts
from tests.support.suite import Service, Suite, wait_for
from tests.support.user import User, assert_conserved
from tests.support.webhooks import hook_of, message

NAMES = ("api", "worker", "aggregator")
LINES = b"".join(b"%d is a line\n" % number for number in range(2000))
OVER_LONG = b"x" * 3_000_000 + b"\n"
IMPATIENT = {"LOGMILL_MAINTENANCE_INTERVAL_SECONDS": "0.1", "LOGMILL_RETENTION_DAYS": "7"}
DENIED = ("permission denied", "must be owner", "access_refused")
HAS_TABLE = "SELECT to_regclass($1) IS NOT NULL"
COUNT_TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
MEND = "UPDATE dead_letters SET headers = jsonb_set(headers, '{crc32}', to_jsonb($2::bigint)) WHERE job_id = $1"


@pytest.fixture
def own(postgres: PostgresEndpoint, rabbitmq: RabbitmqEndpoint, tmp_path: Path) -> Iterator[Accounts]:
    with accounts(postgres, rabbitmq, tmp_path / "secrets") as made:
        yield made


def migrate(suite: Suite, own: Accounts) -> Service:
    """Starts the migrations as whom tables and queues belong to."""
    roles = {"LOGMILL_ROLE_PREFIX": own.prefix, "LOGMILL_ROLES_REQUIRED": "true"}
    return suite.start("migrate", **own.environments[OWNER], **roles)


def start(suite: Suite, own: Accounts, name: str, **settings: str) -> Service:
    return suite.start(name, **own.environments[name], LOGMILL_MIGRATE_AT_START="false", **settings)


def stop(suite: Suite) -> None:
    """The services before their accounts go; none was refused anything."""
    suite.stop_all()
    for service in suite.services:
        log = service.read_log()
        assert not [line for line in log.splitlines() if any(word in line.lower() for word in DENIED)], service.name


@pytest.fixture
def running(own_suite: Suite, own: Accounts) -> Iterator[Suite]:
    """One of each service, as itself."""
    assert migrate(own_suite, own).process.wait(60) == 0
    for name in NAMES:
        start(own_suite, own, name, **IMPATIENT)
    for service in own_suite.services[1:]:
        service.wait_ready()
    yield own_suite
    own_suite.stop_all()


@pytest.fixture
def services(running: Suite) -> Iterator[Suite]:
    """They are refused nothing."""
    yield running
    stop(running)


@pytest.fixture
def someone(services: Suite) -> Iterator[User]:
    with User(services.api_url) as fresh:
        yield fresh


@pytest.fixture
async def database(services: Suite) -> AsyncIterator[Database]:
    connection = await services.connect()
    yield connection
    await connection.close()


async def test_services_wait_until_somebody_migrated(own_suite: Suite, own: Accounts) -> None:
    """And say so; they make nothing themselves. What is lost later is declared by another run."""
    started = [start(own_suite, own, name) for name in NAMES]
    for service in started:
        told = "`python -m services.migrate` has to apply 0001_initial.sql"
        wait_for(f"{service.name} to say what it waits for", lambda s=service, t=told: t in s.read_log())  # type: ignore[misc]
        assert not service.is_ready()
    database = await own_suite.connect()
    try:
        assert await database.fetchval(COUNT_TABLES) == 0
        assert migrate(own_suite, own).process.wait(60) == 0
        for service in started:
            service.wait_ready()
        assert migrate(own_suite, own).process.wait(60) == 0
    finally:
        await database.close()
    async with open_own_channel(own_suite) as channel:
        for queue in PIPELINE_QUEUES:
            await channel.declare_queue(queue, passive=True)
    stop(own_suite)


async def test_a_right_that_is_taken_away_is_waited_for(running: Suite, own: Accounts) -> None:
    """Batches are to blame for nothing: none becomes a dead letter."""
    worker = next(service for service in running.services if service.name == "worker")
    database = await running.connect()
    try:
        await database.execute(f"REVOKE INSERT ON batches FROM {own.environments['worker']['PSQL_USER']}")
        with User(running.api_url) as someone:
            job_id = someone.upload(LINES, "some.log")
            wait_for("the worker to say so", lambda: "permission denied for table batches" in worker.read_log())
            assert migrate(running, own).process.wait(60) == 0
            assert someone.wait(job_id)["lines_stored"] == 2000
        assert await database.fetchval("SELECT count(*) FROM dead_letters") == 0
    finally:
        await database.close()


def test_what_is_uploaded_is_stored_read_back_and_taken_away(someone: User) -> None:
    job_id = someone.upload(LINES + OVER_LONG + b'{"level": "INFO", "message"\n', "some.log")
    job = someone.wait(job_id)
    assert_conserved(job)
    assert job["lines_read"] == 2002
    assert len(list(someone.lines(job_id))) == 2002
    assert someone.get(f"/api/jobs/{job_id}/verify")["adds_up"]
    assert someone.http.get(f"/api/jobs/{job_id}/export?format=raw").raise_for_status().content.startswith(LINES)
    for path in ("stats", "rollups?dimension=level", "replays", "audit", "dead-letters", "formats", "webhook-secrets"):
        someone.http.get(f"/api/{path}").raise_for_status()
    someone.http.delete(f"/api/jobs/{job_id}").raise_for_status()
    assert someone.get("/api/jobs")["items"] == []


async def test_a_dead_letter_is_replayed_and_another_one_discarded(
    services: Suite, someone: User, database: Database
) -> None:
    job_id = await enter_job(database, batches=3, lines=3, owner_id=id_of(someone))
    second = line_batch(job_id, 1, b"two\n", first_line=2)
    good = second.headers["crc32"]
    async with open_channel(services) as channel:
        await publish(channel, line_batch(job_id, 0, b"one\n"))
        await publish(channel, spoil(second))
        await publish(channel, spoil(line_batch(job_id, 2, b"three\n", first_line=3)))
    assert someone.wait(str(job_id))["lines_dead_lettered"] == 2
    third = await database.fetchval("SELECT dead_letter_id FROM dead_letters WHERE batch_no = 2")
    someone.http.delete(f"/api/dead-letters/{third}").raise_for_status()
    await database.execute(MEND, job_id, good)
    someone.http.post("/api/dead-letters/replay", json={}, params={"job_id": str(job_id)}).raise_for_status()
    wait_for("the letter to be stored", lambda: someone.job(str(job_id))["lines_stored"] == 2)
    assert someone.get(f"/api/jobs/{job_id}/verify")["adds_up"]


async def test_deliveries_become_a_job_that_closes(someone: User, database: Database) -> None:
    hook = hook_of(someone)
    job_id = hook.accepted(message("told"))["job_id"]
    wait_for("the delivery to be stored", lambda: someone.job(job_id)["lines_stored"] == 1)
    await database.execute("UPDATE webhook_feeds SET day = day - 2")
    assert someone.wait(job_id)["status"] == "completed"
    someone.http.get("/api/webhook-deliveries").raise_for_status()


async def test_what_is_old_goes(someone: User, database: Database) -> None:
    """Jobs, their records, whole days, sessions."""
    past = datetime.now(UTC) - timedelta(days=9)
    old = {"created_at": past, "sealed_at": past, "completed_at": past, "status": "completed"}
    job_id: UUID = await enter_job(
        database, lines=1, batches=1, batches_folded=1, batches_done=1, lines_stored=1, **old
    )
    await store_batch(database, job_id, 0, 1, stored_at=past)
    await database.execute("DELETE FROM partials")
    partition = await store_records(database, job_id, past.date(), 5)
    await database.execute("UPDATE sessions SET expires_at = now() - interval '2 days'")
    await wait_for_value(database, False, "SELECT EXISTS (SELECT FROM jobs WHERE job_id = $1)", job_id)
    await wait_for_value(database, False, HAS_TABLE, partition)
    await wait_for_value(database, 0, "SELECT count(*) FROM sessions")
    assert json.loads(someone.http.get("/api/queue-status").text)["available"]
