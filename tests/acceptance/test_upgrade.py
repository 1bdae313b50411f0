"""The release before this one and this one, side by side under load: every way up, and back, one process at a time."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.postgres import PostgresEndpoint
from deploy.local.rabbitmq import RabbitmqEndpoint
from shared.database import migrations
from tests.support.load import Gate, uploading
from tests.support.releases import Load, Release, some_lines, unpack
from tests.support.suite import Service, Suite
from tests.support.user import User, assert_conserved

BIG = 30_000
STEPS = (
    # The documented order …
    ("aggregator", "new"),
    ("worker", "new"),
    # … and by ways round it …
    ("aggregator", "old"),
    ("api", "new"),
    ("aggregator", "new"),
    # … to the new release alone; then back to the old one, which has the new one's schema now.
    ("worker", "old"),
    ("aggregator", "old"),
    ("api", "old"),
)
"""Each changes one service, and no two leave the same mixture: all eight there are, each single change between them."""


class Releases:
    """Both, around one database and one virtual host; one process of each service runs, of either."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        for name in ("old", "new", "tree"):
            (folder / name).mkdir()
        self.of: dict[str, Suite] = {
            "old": Release(environment, folder / "old", root=unpack(folder / "tree")),
            "new": Suite(environment, folder / "new", is_forked=True),
        }
        self.running: dict[str, Service] = {}

    def start_all(self, release: str) -> None:
        self.running = {name: self.of[release].start(name) for name in ("api", "worker", "aggregator")}
        for service in self.running.values():
            service.wait_ready()

    def start(self, release: str, name: str) -> Service:
        """Ready; the one it takes the place of, which still runs."""
        before = self.running[name]
        self.running[name] = self.of[release].start(name).wait_ready()
        return before

    def stop_all(self) -> None:
        for release in self.of.values():
            release.stop_all()


@pytest.fixture
def releases(postgres: PostgresEndpoint, rabbitmq: RabbitmqEndpoint, tmp_path: Path) -> Iterator[Releases]:
    many_batches = {"LOGMILL_BATCH_BYTES": "65536"}
    both = Releases({**postgres.environment(), **rabbitmq.environment(), **many_batches}, tmp_path)
    yield both
    both.stop_all()


@pytest.mark.timeout(600)
def test_every_mixture_of_two_releases_stores_every_line_once(releases: Releases) -> None:
    releases.start_all("old")
    assert asyncio.run(applied(releases)) < len(migrations())
    big: list[str] = []
    with Load(releases.running["api"]) as load:
        for step, (name, release) in enumerate(STEPS):
            big.append(replace_under_load(releases, load, name, release, some_lines(f"step-{step}", BIG)))
            assert asyncio.run(applied(releases)) == len(migrations())
    check(releases, load, {**load.jobs, **dict.fromkeys(big, BIG)})


def replace_under_load(releases: Releases, load: Load, name: str, release: str, content: bytes) -> str:
    """A process for one of the other release, while an upload is half in; the upload's job."""
    gate = Gate(content)
    with User(releases.running["api"].url, load.user.email) as user, uploading(user, gate) as upload:
        assert gate.half_sent.wait(60)
        before = releases.start(release, name)
        load.api = releases.running["api"]
        before.process.terminate()
        gate.open.set()
        job_id = upload.result(60)
        assert before.process.wait(30) == 0, before.read_log()[-3000:]
    load.wait_for_more()
    with User(releases.running["api"].url, load.user.email) as user:
        assert user.wait(job_id)["status"] == "completed"
    return job_id


def check(releases: Releases, load: Load, expected: dict[str, int]) -> None:
    """Every line is there once: jobs, deliveries, sums and rows say the same."""
    with User(releases.running["api"].url, load.user.email) as user:
        ended = {job_id: user.wait(job_id) for job_id in expected}
        for job_id, job in ended.items():
            assert (job["status"], job["lines_stored"]) == ("completed", expected[job_id]), job
            assert_conserved(job)
            verified = user.get(f"/api/jobs/{job_id}/verify")
            assert verified["adds_up"], verified
        told = [item["attrs"]["delivery"] for feed in load.feeds for item in user.lines(feed)]
    assert sorted(told) == sorted(load.deliveries)
    rows = asyncio.run(fetch(releases, "SELECT count(*) AS records FROM log_records"))
    assert rows[0]["records"] == sum(expected.values()) + len(told)
    assert len(asyncio.run(fetch(releases, "SELECT FROM jobs"))) == len(expected) + len(load.feeds)
    assert asyncio.run(fetch(releases, "SELECT FROM dead_letters")) == []


async def fetch(releases: Releases, query: str) -> list[Any]:
    database = await releases.of["new"].connect()
    try:
        return list(await database.fetch(query))
    finally:
        await database.close()


async def applied(releases: Releases) -> int:
    """How many migrations are."""
    return len(await fetch(releases, "SELECT FROM schema_migrations"))
