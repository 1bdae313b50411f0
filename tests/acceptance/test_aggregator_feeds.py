"""Webhook jobs: open for their day however quiet it is, then closed, whole and conserved, then gone like any other."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from services.api.job_actions import CLOSE_FEED
from tests.support.by_hand import (
    Database,
    enter_job,
    fetch_job,
    id_of,
    open_channel,
    publish,
    spoil,
    wait_for_status,
    wait_for_value,
)
from tests.support.feeds import append, confirm, day_before, enter_feed, enter_unconfirmed, line
from tests.support.suite import Suite
from tests.support.user import User

QUICK = {"LOGMILL_MAINTENANCE_INTERVAL_SECONDS": "0.1"}
CLOSED = "a webhook job is closed"
HAS_JOB = "SELECT EXISTS (SELECT FROM jobs WHERE job_id = $1)"
BODIES = [line("push", 1) + line("commit", 2), line("issues", 3), line("star", 4)]


@pytest.fixture
async def database(own_suite: Suite) -> AsyncIterator[Database]:
    own_suite.start("api").wait_ready()
    connection = await own_suite.connect()
    yield connection
    await connection.close()


@pytest.fixture
async def owner_id(database: Database) -> UUID:
    """Somebody who is not asked."""
    job = await fetch_job(database, await enter_job(database, lines=0, batches=0, status="completed"))
    owner_id: UUID = job["owner_id"]
    return owner_id


def wrong_checks(user: User, job_id: UUID) -> dict[str, Any]:
    return {check["name"]: check for check in user.get(f"/api/jobs/{job_id}/verify")["checks"] if not check["ok"]}


async def test_a_day_that_is_over_is_closed_whole_and_conserved(own_suite: Suite, database: Database) -> None:
    own_suite.start("worker")
    own_suite.start("aggregator", **QUICK)
    with User(own_suite.api_url) as user:
        job_id, batches = await enter_feed(database, id_of(user), day_before(2), BODIES, lines_read=1, bytes_received=7)
        async with open_channel(own_suite) as channel:
            for batch in reversed(batches):
                await publish(channel, batch.message)
        job = await wait_for_status(database, job_id, "completed")
        size = len(b"".join(BODIES))
        assert (job["lines_read"], job["lines_stored"], job["batches_total"]) == (4, 4, 3)
        assert (job["bytes_received"], job["bytes_total"], job["error_message"]) == (size, size, None)
        assert await database.fetchval("SELECT closed_at IS NOT NULL FROM webhook_feeds WHERE job_id = $1", job_id)
        assert wrong_checks(user, job_id) == {}
        answer = user.get(f"/api/jobs/{job_id}/verify")
        assert [check["found"] for check in answer["checks"] if check["name"] == "content"] == [f"{size} bytes"]
        assert user.http.get(f"/api/jobs/{job_id}/export?format=raw").raise_for_status().content == b"".join(BODIES)


async def test_what_died_of_a_day_is_in_its_bytes(own_suite: Suite, database: Database) -> None:
    own_suite.start("worker")
    own_suite.start("aggregator", **QUICK)
    with User(own_suite.api_url) as user:
        job_id, batches = await enter_feed(database, id_of(user), day_before(2), BODIES)
        async with open_channel(own_suite) as channel:
            for batch, is_bad in zip(batches, (False, True, False), strict=True):
                await publish(channel, spoil(batch.message) if is_bad else batch.message)
        job = await wait_for_status(database, job_id, "completed_with_errors")
        assert (job["lines_read"], job["lines_stored"], job["lines_dead_lettered"]) == (4, 3, 1)
        assert wrong_checks(user, job_id) == {}
        assert user.http.get(f"/api/jobs/{job_id}/export?format=raw").raise_for_status().content == b"".join(BODIES)


async def test_a_quiet_day_is_not_an_upload_that_broke_off(own_suite: Suite, database: Database) -> None:
    own_suite.start("worker")
    with User(own_suite.api_url) as user:
        silent = {"status": "receiving", "receiving_seen_at": day_before(1), "owner_id": id_of(user)}
        job_id, batches = await enter_feed(
            database, id_of(user), day_before(0), BODIES, receiving_seen_at=day_before(1)
        )
        # One of a feed that is closed, or of none, nobody keeps alive.
        upload = await enter_job(database, lines=0, batches=0, batches_total=None, sealed_at=None, **silent)
        abandoned, _ = await enter_feed(
            database, id_of(user), day_before(0), feed="octo/gone", receiving_seen_at=day_before(1)
        )
        await database.execute(CLOSE_FEED, abandoned, id_of(user))
        async with open_channel(own_suite) as channel:
            for batch in batches:
                await publish(channel, batch.message)
        own_suite.start("aggregator", **QUICK, LOGMILL_WEBHOOK_CLOSE_AFTER_SECONDS="0")
        for broken_off in (upload, abandoned):
            await wait_for_status(database, broken_off, "interrupted")
        await wait_for_value(database, 4, "SELECT lines_stored FROM jobs WHERE job_id = $1", job_id)
        job = user.job(str(job_id))
        assert (job["status"], job["source"], job["lines_read"]) == ("receiving", "github", 4)
        assert wrong_checks(user, job_id) == {}
        raw = user.http.get(f"/api/jobs/{job_id}/export?format=raw")
        assert (raw.status_code, "deliveries of its day (UTC) still come in" in raw.json()["detail"]) == (409, True)
        exported = user.http.get(f"/api/jobs/{job_id}/export?format=ndjson").raise_for_status().text.splitlines()
        assert [json.loads(each)["line_no"] for each in exported] == [1, 2, 3, 4]


async def test_what_the_broker_may_not_have_keeps_its_job_open(
    own_suite: Suite, database: Database, owner_id: UUID
) -> None:
    """The oldest is looked at first: what is closed meanwhile was looked at later."""
    job_id, batches = await enter_feed(database, owner_id, day_before(9), BODIES)
    await enter_unconfirmed(database, batches[1])
    later, _ = await enter_feed(database, owner_id, day_before(3), feed="octo/later")
    own_suite.start("aggregator", **QUICK).wait_ready()
    await wait_for_status(database, later, "completed")
    assert (await fetch_job(database, job_id))["status"] == "receiving"
    await confirm(database, batches[1])
    job = await wait_for_status(database, job_id, "processing")
    assert (job["lines_read"], job["batches_total"]) == (4, 3)


async def test_closing_sees_what_is_entered_at_the_same_time(
    own_suite: Suite, database: Database, owner_id: UUID
) -> None:
    """And holds up no other job for it."""
    job_id, batches = await enter_feed(database, owner_id, day_before(9), BODIES[:2])
    other = await own_suite.connect()
    try:
        async with other.transaction():
            late = await append(other, owner_id, batches[-1].line_batch, BODIES[2])
            own_suite.start("aggregator", **QUICK).wait_ready()
            for feed in ("octo/one", "octo/two"):
                again, _ = await enter_feed(database, owner_id, day_before(3), feed=feed)
                await wait_for_status(database, again, "completed")
        again, _ = await enter_feed(database, owner_id, day_before(3), feed="octo/three")
        await wait_for_status(database, again, "completed")
        assert (await fetch_job(database, job_id))["status"] == "receiving"
        async with other.transaction():
            await confirm(other, late)
            again, _ = await enter_feed(database, owner_id, day_before(3), feed="octo/four")
            await wait_for_status(database, again, "completed")
            assert (await fetch_job(database, job_id))["status"] == "receiving"
    finally:
        await other.close()
    job = await wait_for_status(database, job_id, "processing")
    assert (job["lines_read"], job["batches_total"]) == (4, 3)
    assert job["bytes_total"] == job["bytes_received"] == len(b"".join(BODIES))


async def test_several_aggregators_close_each_job_once(own_suite: Suite, database: Database, owner_id: UUID) -> None:
    jobs = [(await enter_feed(database, owner_id, day_before(2 + n % 5), feed=f"octo/{n}"))[0] for n in range(60)]
    aggregators = [own_suite.start("aggregator", **QUICK) for _ in range(2)]
    for aggregator in aggregators:
        aggregator.wait_ready()
    for job_id in jobs:
        await wait_for_status(database, job_id, "completed")
    assert sum(aggregator.read_log().count(CLOSED) for aggregator in aggregators) == len(jobs)


async def test_a_day_is_waited_for_as_long_as_the_setting_says(
    own_suite: Suite, database: Database, owner_id: UUID
) -> None:
    ours = {days: (await enter_feed(database, owner_id, day_before(days)))[0] for days in (0, 1, 3)}
    own_suite.start("aggregator", **QUICK, LOGMILL_WEBHOOK_CLOSE_AFTER_SECONDS=str(36 * 3600)).wait_ready()
    await wait_for_status(database, ours[3], "completed")
    later, _ = await enter_feed(database, owner_id, day_before(3), feed="octo/later")
    await wait_for_status(database, later, "completed")
    assert [(await fetch_job(database, ours[days]))["status"] for days in (0, 1)] == ["receiving"] * 2


async def test_a_closed_job_goes_with_its_deliveries_in_the_end(
    own_suite: Suite, database: Database, owner_id: UUID
) -> None:
    """What is still open is older than anything may be, and stays."""
    long_ago = day_before(30)
    waits, batches = await enter_feed(database, owner_id, long_ago, BODIES[:1], created_at=long_ago)
    await enter_unconfirmed(database, batches[0])
    ended = {"status": "completed", "created_at": long_ago, "sealed_at": long_ago, "completed_at": long_ago}
    expired, _ = await enter_feed(database, owner_id, long_ago, BODIES, "octo/expired", **ended)
    await database.execute(CLOSE_FEED, expired, owner_id)
    own_suite.start("aggregator", **QUICK, LOGMILL_RETENTION_DAYS="7").wait_ready()
    await wait_for_value(database, False, HAS_JOB, expired)
    for table in ("webhook_feeds", "webhook_deliveries"):
        rows = await database.fetch(f"SELECT job_id FROM {table}")
        assert {row["job_id"] for row in rows} == {waits}, table
    assert (await fetch_job(database, waits))["status"] == "receiving"
