"""A backup of a suite in use, brought back into an empty database.

What was stored then is there, and no job looks whole that is not, whatever RabbitMQ still has of it.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.infrastructure import Infrastructure
from deploy.local.postgres import PostgresEndpoint
from deploy.local.rabbitmq import RabbitmqEndpoint
from tests.support.backups import run
from tests.support.load import Gate, uploading
from tests.support.queues import are_drained
from tests.support.queues import waiting as waiting_messages
from tests.support.releases import LINES, Load, some_lines
from tests.support.servers import empty_database, empty_vhost
from tests.support.suite import Suite, wait_for
from tests.support.user import User, assert_conserved
from tests.support.webhooks import Hook, hook_of, message, new_delivery_id

BIG = 20_000
SETTINGS = {"LOGMILL_BATCH_BYTES": "65536", "LOGMILL_MAINTENANCE_INTERVAL_SECONDS": "0.5"}
CONTENT = {name: some_lines(name, BIG) for name in ("stored", "under way", "waiting", "later")}


@dataclass
class Story:
    """What came before the backup, and after it; ids by what it is called here."""

    email: str
    hook: Hook
    api_key: str
    token: str
    jobs: dict[str, str] = field(default_factory=dict)
    deliveries: dict[str, str] = field(default_factory=dict)


@contextmanager
def suite_of(postgres: PostgresEndpoint, rabbitmq: RabbitmqEndpoint, folder: Path) -> Iterator[Suite]:
    """One of each service, ready; stopped at the end."""
    folder.mkdir()
    suite = Suite({**postgres.environment(), **rabbitmq.environment(), **SETTINGS}, folder, is_forked=True)
    try:
        yield suite.start_all(workers=1)
    finally:
        suite.stop_all()


def take(database: PostgresEndpoint, file: Path) -> None:
    done = run("backup", str(file), database=database)
    assert done.returncode == 0, done.stderr


def bring_back(file: Path, database: PostgresEndpoint) -> None:
    done = run("restore", str(file), database=database)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backup")


@pytest.fixture(scope="module")
def broker(infrastructure: Infrastructure) -> Iterator[RabbitmqEndpoint]:
    """The one that outlives the database."""
    with empty_vhost(infrastructure) as rabbitmq:
        yield rabbitmq


@pytest.fixture(scope="module")
def story(infrastructure: Infrastructure, broker: RabbitmqEndpoint, folder: Path) -> Iterator[Story]:
    """Told up to the day on which the database is lost, all of it stopped."""
    with (
        empty_database(infrastructure) as database,
        suite_of(database, broker, folder / "before") as suite,
        User(suite.api_url) as user,
    ):
        yield tell(suite, user, lambda: take(database, folder / "file"))


def tell(suite: Suite, user: User, back_up: Callable[[], None]) -> Story:
    api_key = user.http.post("/auth/api-keys", json={"name": "kept"}).json()["api_key"]
    story = Story(user.email, hook_of(user), api_key, user.token)
    story.jobs["stored"] = user.upload(CONTENT["stored"])
    deliver(story, "stored")
    user.wait(story.jobs["stored"])
    gate = Gate(CONTENT["under way"])
    with User(suite.api_url, user.email) as another, uploading(another, gate) as upload:
        assert gate.half_sent.wait(60)
        wait_for("half of it to be stored", lambda: jobs_of(user)[0]["lines_stored"] > BIG / 4 and are_drained(suite))
        suite.workers[0].stop()
        story.jobs["waiting"] = user.upload(CONTENT["waiting"])
        deliver(story, "waiting")
        back_up()
        suite.start("worker").wait_ready()
        assert user.wait(story.jobs["waiting"])["status"] == "completed"
        wait_for("the delivery to be stored", lambda: are_drained(suite))
        suite.workers[0].stop()
        gate.open.set()
        story.jobs["under way"] = upload.result(60)
    story.jobs["later"] = user.upload(CONTENT["later"])
    deliver(story, "later")
    assert sum(waiting_messages(suite).values()) > 3
    suite.stop_all()
    return story


def deliver(story: Story, name: str, api_url: str | None = None) -> str:
    """Tells of it, for the first time or again; the job it is in."""
    delivery_id = story.deliveries.setdefault(name, new_delivery_id())
    answer = Hook(api_url or story.hook.api_url, story.hook.secret).accepted(message(name), delivery_id=delivery_id)
    job_id: str = answer["job_id"]
    return job_id


def jobs_of(user: User) -> list[dict[str, Any]]:
    """All of them, the latest first."""
    jobs: list[dict[str, Any]] = user.get("/api/jobs", limit=200)["items"]
    return jobs


@pytest.fixture(scope="module")
def restored(infrastructure: Infrastructure, broker: RabbitmqEndpoint, story: Story, folder: Path) -> Iterator[Suite]:
    """Another database beside the RabbitMQ that there was."""
    with empty_database(infrastructure) as database:
        bring_back(folder / "file", database)
        with suite_of(database, broker, folder / "after") as suite:
            wait_for("what was left in RabbitMQ to be gone", lambda: are_drained(suite))
            yield suite


@pytest.fixture
def user(restored: Suite, story: Story) -> Iterator[User]:
    """Signs in again, with the password of before."""
    with User(restored.api_url, story.email) as again:
        yield again


def test_accounts_are_there_and_sessions_are_not(restored: Suite, story: Story) -> None:
    answers = [
        httpx.get(f"{restored.api_url}/auth/me", headers={"Authorization": f"Bearer {secret}"}).status_code
        for secret in (story.token, story.api_key)
    ]
    assert answers == [401, 200]


def test_what_was_stored_is_there_to_the_byte(user: User, story: Story) -> None:
    job_id = story.jobs["stored"]
    raw = user.http.get(f"/api/jobs/{job_id}/export", params={"format": "raw"}).raise_for_status()
    assert raw.content == CONTENT["stored"]
    verified = user.get(f"/api/jobs/{job_id}/verify")
    assert (verified["status"], verified["adds_up"]) == ("completed", True), verified
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        user.upload(CONTENT["stored"])


def test_an_upload_under_way_is_interrupted_and_rabbitmqs_part_of_it_counts_once(user: User, story: Story) -> None:
    job_id = story.jobs["under way"]
    wait_for("the rest of it to be folded", lambda: user.job(job_id)["lines_stored"] == BIG)
    job = user.job(job_id)
    assert job["status"] == "interrupted"
    assert job["error_message"].startswith("the database was restored from a backup of 20")
    assert_conserved(job)
    assert len({line["line_no"] for line in user.lines(job_id)}) == BIG


def test_what_was_lost_is_failed_and_may_be_sent_again(user: User, story: Story) -> None:
    job = user.job(story.jobs["waiting"])
    assert (job["status"], job["lines_read"], job["lines_stored"]) == ("failed", BIG, 0)
    assert " batches never arrived: the database was restored from a backup of 20" in job["error_message"]
    again = user.wait(user.upload(CONTENT["waiting"]))
    assert (again["status"], again["lines_stored"]) == ("completed", BIG)


async def test_what_came_later_is_a_dead_letter_and_told(restored: Suite, user: User, story: Story) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        user.job(story.jobs["later"])
    database = await restored.connect()
    try:
        wanted = "SELECT coalesce(sum(line_count), 0) FROM dead_letters WHERE reason = 'unknown_job' AND job_id IS NULL"
        async with asyncio.timeout(60):
            while await database.fetchval(wanted) != BIG:  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(0.05)
        assert await database.fetchval("SELECT count(*) FROM dead_letters WHERE reason <> 'unknown_job'") == 0
    finally:
        await database.close()
    assert restored.workers[0].metric("logmill_worker_breaker_open") == 0
    assert restored.aggregator.metric("logmill_aggregator_conservation_violations_total") == 0


def test_webhooks_go_on_in_another_job_and_take_in_again_what_was_lost(
    restored: Suite, user: User, story: Story
) -> None:
    feeds = {deliver(story, name, restored.api_url) for name in ("stored", "waiting", "new")}
    assert len(feeds) == 2
    places = {name: sorted(lines_told(user, feeds, told)) for name, told in story.deliveries.items()}

    def all_told() -> bool:
        places.update({name: lines_told(user, feeds, told) for name, told in story.deliveries.items()})
        return all(places.values())

    wait_for("all of them to be stored", all_told)
    assert {name: len(found) for name, found in places.items()} == dict.fromkeys(story.deliveries, 1)
    before, now = (user.job(job_id) for job_id in sorted(feeds))
    assert (before["status"], now["status"]) == ("interrupted", "receiving")
    assert_conserved(before)


def lines_told(user: User, feeds: set[str], delivery_id: str) -> list[str]:
    return [job for job in feeds for item in user.lines(job) if item["attrs"]["delivery"] == delivery_id]


@pytest.mark.timeout(600)
def test_whatever_the_moment_and_with_rabbitmq_lost_nothing_looks_whole_that_is_not(
    infrastructure: Infrastructure, postgres: PostgresEndpoint, rabbitmq: RabbitmqEndpoint, tmp_path: Path
) -> None:
    with suite_of(postgres, rabbitmq, tmp_path / "before") as suite:
        gate = Gate(CONTENT["later"])
        with Load(suite.api) as load, User(suite.api_url, load.user.email) as user, uploading(user, gate) as upload:
            assert gate.half_sent.wait(60)
            load.wait_for_more()
            wait_for("one to be completed", lambda: "completed" in [job["status"] for job in jobs_of(user)])
            take(postgres, tmp_path / "file")
            load.wait_for_more()
            gate.open.set()
            upload.result(60)
    with empty_database(infrastructure) as database, empty_vhost(infrastructure) as broker:
        bring_back(tmp_path / "file", database)
        with suite_of(database, broker, tmp_path / "after") as suite, User(suite.api_url, load.user.email) as user:
            check_jobs(user)
            load.api, load.user = suite.api, user
            send_all_again(load, user)


def check_jobs(user: User) -> None:
    """Each has ended, and only what adds up is completed."""
    jobs = [user.wait(job["job_id"]) for job in jobs_of(user)]
    assert {"completed", "interrupted"} <= {job["status"] for job in jobs} <= {"completed", "interrupted", "failed"}
    for job in jobs:
        if job["status"] == "completed":
            assert job["lines_stored"] == LINES
            assert user.get(f"/api/jobs/{job['job_id']}/verify")["adds_up"], job
        else:
            # What was stored, but not folded, when the backup was taken is folded now, and the aggregator says it anew.
            restored = "the database was restored from a backup of" in job["error_message"]
            assert restored or job["error_message"].endswith(" batches never arrived"), job
            assert job["lines_stored"] < job["lines_read"] or job["status"] == "interrupted", job


def send_all_again(load: Load, user: User) -> None:
    """Those that are there are told to be; of all others there is one that is completed, in the end."""
    jobs = {load.upload(some_lines(f"load-{number}")) for number in range(1, len(load.jobs) + 1)}
    assert len(jobs) == len(load.jobs)
    for job_id in jobs:
        job = user.wait(job_id)
        assert (job["status"], job["lines_stored"]) == ("completed", LINES)
    feeds = {load.deliver(f"told {number}", each) for number, each in enumerate(load.deliveries, 1)} | load.feeds

    def told() -> list[str]:
        return sorted(item["attrs"]["delivery"] for feed in feeds for item in user.lines(feed))

    wait_for("every delivery to be stored", lambda: len(told()) >= len(load.deliveries))
    assert told() == sorted(load.deliveries)
