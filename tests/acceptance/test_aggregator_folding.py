"""A job that cannot be folded is nobody else's trouble, and does not fill the log."""

import time
from uuid import UUID

import pytest

from tests.support.suite import Service, Suite, wait_for
from tests.support.user import User

OTHERS = 6


def failures(aggregator: Service) -> float:
    return aggregator.metric("logmill_aggregator_fold_failures_total")


def last_success(aggregator: Service) -> float:
    return aggregator.metric("logmill_aggregator_last_success_timestamp_seconds")


def upload_unfolded(suite: Suite, user: User, count: int) -> list[str]:
    """Jobs whose partials wait: no aggregator runs yet."""
    job_ids = [user.upload(b"one\ntwo\n", again="true") for _ in range(count)]
    wait_for(
        "them to be stored",
        lambda: (
            sum(worker.metric("logmill_worker_batches_total", outcome="stored") for worker in suite.workers) == count
        ),
    )
    return job_ids


@pytest.fixture
def unfolded_suite(own_suite: Suite) -> Suite:
    for name in ("api", "worker"):
        own_suite.start(name)
    for service in own_suite.services:
        service.wait_ready()
    return own_suite


async def test_a_fold_that_always_fails_is_tried_less_and_less(unfolded_suite: Suite) -> None:
    suite = unfolded_suite
    database = await suite.connect()
    with User(suite.api_url) as user:
        try:
            broken, *others = upload_unfolded(suite, user, 2)
            body = await database.fetchval("SELECT body FROM partials WHERE job_id = $1", UUID(broken))
            await database.execute("UPDATE partials SET body = 'not a partial' WHERE job_id = $1", UUID(broken))
            aggregator = suite.start("aggregator").wait_ready()
            wait_for("the first failure", lambda: failures(aggregator) >= 1)
            began = time.monotonic()
            assert user.wait(others[0])["status"] == "completed"
            wait_for("the fourth failure", lambda: failures(aggregator) >= 4)
            # It rested for 0.5, 1 and 2 seconds; the first look at the metric may have come late.
            assert time.monotonic() - began > 2.5
            assert last_success(aggregator) == 0
            await database.execute("UPDATE partials SET body = $2 WHERE job_id = $1", UUID(broken), body)
            assert user.wait(broken)["status"] == "completed"
            wait_for("a round without failures", lambda: last_success(aggregator) > 0)
        finally:
            await database.close()
    assert aggregator.read_log().count("a job could not be folded") == failures(aggregator)


async def test_a_locked_job_does_not_hold_up_the_others(unfolded_suite: Suite) -> None:
    suite = unfolded_suite
    with User(suite.api_url) as user:
        locked, *others = upload_unfolded(suite, user, 1 + OTHERS)
        database = await suite.connect()
        try:
            async with database.transaction():
                await database.execute("SELECT FROM partials WHERE job_id = $1 FOR UPDATE", UUID(locked))
                suite.start("aggregator", LOGMILL_DATABASE_LOCK_TIMEOUT_SECONDS="0.2").wait_ready()
                assert {user.wait(other)["status"] for other in others} == {"completed"}
                assert user.job(locked)["status"] == "processing"
            assert user.wait(locked)["status"] == "completed"
        finally:
            await database.close()
    assert failures(suite.aggregator) == 0
