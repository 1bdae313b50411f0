"""Workers are killed, stopped, cut off, their network sliced, their clocks wrong: each batch is stored once."""

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid4

import pytest

from bench.access_lines import access_lines
from deploy.local.infrastructure import Infrastructure
from deploy.local.postgres import create_database, drop_database
from deploy.local.rabbitmq import RabbitmqEndpoint, create_vhost, drop_vhost, manage
from shared.topology import INGEST_QUEUE
from tests.faults.conftest import QUICK, WORKERS
from tests.faults.proof import Ask, assert_stored_once, session, wait_until_received
from tests.support.load import Gate, uploading
from tests.support.proxy import proxied
from tests.support.suite import ROOT, Service, Suite, wait_for
from tests.support.user import User

BATCHES = "logmill_worker_batches_total"
CONTENT = access_lines(10_000)
THOUSAND_BATCHES = access_lines(6_000)
APART = """
SELECT count(*) AS batches, coalesce(sum(lines_stored), 0) AS lines,
    (SELECT count(*) FROM log_records WHERE job_id = $1) AS records
FROM batches WHERE job_id = $1
"""


@pytest.fixture(scope="module")
def workerless(infrastructure: Infrastructure, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """An api and an aggregator; the tests bring the workers."""
    name = f"workerless_{uuid4().hex}"
    database = create_database(infrastructure.postgres, name)
    vhost = create_vhost(infrastructure.rabbitmq, name)
    environment = {**database.environment(), **vhost.environment(), **QUICK}
    suite = Suite(environment, tmp_path_factory.mktemp("workerless"), is_forked=True)
    try:
        yield suite.start_all(workers=0)
    finally:
        suite.stop_all()
        drop_database(infrastructure.postgres, name)
        drop_vhost(infrastructure.rabbitmq, name)


@pytest.mark.parametrize(
    ("crash_point", "batches_left", "duplicates"),
    [("worker.entered", 0, 0), ("worker.copied", 0, 0), ("worker.committed", 1, 1)],
)
def test_killed_in_the_middle_of_a_batch(
    workerless: Suite, crash_point: str, batches_left: int, duplicates: int
) -> None:
    """The batch is there wholly or not at all, comes again, and is known where it was committed."""
    with User(workerless.api_url) as user:
        job_id = user.upload(CONTENT)
        doomed = workerless.start("worker", LOGMILL_CRASH_POINTS=crash_point, WORKER_CONCURRENCY="1")
        assert doomed.process.wait(30) == -signal.SIGKILL
        with session(workerless) as ask:
            found = ask(APART, UUID(job_id))[0]
        assert found["batches"] == batches_left
        assert found["lines"] == found["records"]
        worker = workerless.start("worker").wait_ready()
        assert_stored_once(workerless, user, job_id, CONTENT)
        wait_for("duplicates to be known", lambda: worker.metric(BATCHES, outcome="duplicate") == duplicates)
    assert worker.stop() == 0


@pytest.mark.timeout(180)
def test_workers_out_of_reach_come_back_and_double_nothing(standing: Suite, user: User) -> None:
    """One is stopped for longer than its heartbeats allow, one is behind a black hole; both have batches in hand."""
    address = urlsplit(standing.environment["RABBITMQ_URL"])
    assert address.port is not None
    with proxied(address.port) as proxy:
        through = standing.environment["RABBITMQ_URL"].replace(f":{address.port}", f":{proxy.port}")
        frozen = standing.start("worker", RABBITMQ_URL=through).wait_ready()
        stopped = standing.workers[0]
        with session(standing) as ask:
            ask("BEGIN")
            ask("LOCK TABLE batches IN ACCESS EXCLUSIVE MODE")
            job_id = user.upload(CONTENT, again="true")
            for worker in (frozen, stopped):
                wait_for("it to have batches in hand", partial(has_in_hand, worker))
            stopped.process.send_signal(signal.SIGSTOP)
            proxy.freeze()
            ask("ROLLBACK")
        assert_stored_once(standing, user, job_id, CONTENT)
        stopped.process.send_signal(signal.SIGCONT)
        for worker in (frozen, stopped):
            worker.wait_ready()
        wait_for("every worker to consume, and nobody else", lambda: consumers(standing) == WORKERS + 1)
        assert_stored_once(standing, user, user.upload(CONTENT, again="true"), CONTENT)
        assert_stored_once(standing, user, job_id, CONTENT)
        assert frozen.stop() == 0


def has_in_hand(worker: Service) -> bool:
    return worker.metric("logmill_worker_batches_in_progress") > 0


def consumers(suite: Suite) -> int:
    """Of the ingest queue, as the broker counts them."""
    environment = suite.environment
    broker = RabbitmqEndpoint(environment["RABBITMQ_URL"], environment["LOGMILL_RABBITMQ_MANAGEMENT_URL"])
    vhost = quote(environment["RABBITMQ_URL"].rsplit("/", 1)[1], safe="")
    return int(manage(broker, "GET", f"/api/queues/{vhost}/{INGEST_QUEUE}").json()["consumers"])


@pytest.mark.timeout(180)
def test_a_thousand_batches_in_slices_and_through_resets(own_suite: Suite) -> None:
    """Every write arrives in pieces, and again and again all connections end: with RST, or in good order."""
    address = urlsplit(own_suite.environment["RABBITMQ_URL"])
    assert address.port is not None
    with proxied(address.port) as proxy:
        own_suite.environment["RABBITMQ_URL"] = address._replace(
            netloc=address.netloc.replace(f":{address.port}", f":{proxy.port}")
        ).geturl()
        proxy.slice(61)
        own_suite.start_all(workers=2, **{**QUICK, "LOGMILL_BATCH_BYTES": "1024"})
        with User(own_suite.api_url) as user:
            gate = Gate(THOUSAND_BATCHES)
            with uploading(user, gate) as upload:
                job_id = wait_until_received(user, gate)
                for end, stored in ((proxy.reset, 1000), (proxy.cut, 2000)):
                    wait_for("some to be stored", partial(has_stored, user, job_id, stored))
                    end()
                    gate.open.set()
                assert upload.result(120) == job_id
            job = assert_stored_once(own_suite, user, job_id, THOUSAND_BATCHES)
            with session(own_suite) as ask:
                (row,) = ask("SELECT batches_total FROM jobs WHERE job_id = $1", UUID(job["job_id"]))
            assert row["batches_total"] >= 1000
        own_suite.stop_all()


def has_stored(user: User, job_id: str, lines: int) -> bool:
    return bool(user.job(job_id)["lines_stored"] >= lines)


WRONG_CLOCK = """
from datetime import UTC, datetime, timedelta
from shared import clock
clock.SYSTEM_CLOCK = clock.Clock(now=lambda: datetime.now(UTC) + timedelta(hours={hours}))
"""


def wrong_clock(folder: Path, hours: int) -> dict[str, str]:
    """Settings that start a process whose wall clock is that much ahead."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WRONG_CLOCK.format(hours=hours))
    return {"PYTHONPATH": f"{folder}:{ROOT}"}


def test_wrong_clocks_end_nothing_early(own_suite: Suite, tmp_path: Path) -> None:
    """Who is alive, and what is stuck, is told by the database's clock; durations by no wall clock at all."""
    for name, hours in (("api", -1), ("worker", 1), ("worker", -1), ("aggregator", 1)):
        clock = wrong_clock(tmp_path / f"{name}{hours}", hours)
        own_suite.start(name, **clock, **QUICK, LOGMILL_STUCK_AFTER_SECONDS="600")
    for service in own_suite.services:
        service.wait_ready()
    gate = Gate(CONTENT)
    with User(own_suite.api_url) as user, user.stream("/stream") as stream, uploading(user, gate) as upload:
        job_id = wait_until_received(user, gate)
        with session(own_suite) as ask:
            for _ in range(2):
                wait_for_housekeeping(ask)
        assert user.job(job_id)["status"] == "receiving"
        gate.open.set()
        events = [next(stream)]
        while events[-1].name == "progress":
            events.append(next(stream))
        assert_stored_once(own_suite, user, upload.result(60), CONTENT)
    ahead = own_suite.workers[0]
    age_seconds = ahead.metric("logmill_worker_batch_age_seconds_sum")
    assert age_seconds >= 7200 * ahead.metric("logmill_worker_batch_age_seconds_count"), "the clocks are right"
    assert events[-1].name == "completed"
    assert all((event.data["eta_seconds"] or 0) >= 0 for event in events)
    assert all((event.data["lines_per_second"] or 0) >= 0 for event in events)


def wait_for_housekeeping(ask: Ask) -> None:
    """Returns after one more round of the aggregator's, told by the sessions one of its chores drops."""
    (user,) = ask("SELECT user_id FROM users LIMIT 1")
    expired = uuid4()
    ask(
        "INSERT INTO sessions (session_id, user_id, expires_at) VALUES ($1, $2, now() - interval '2 days')",
        expired,
        user["user_id"],
    )
    wait_for("a round", lambda: not ask("SELECT FROM sessions WHERE session_id = $1", expired))
