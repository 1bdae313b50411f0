"""`logmill canary` beside a real suite: it counts what is wrong, and nothing where nothing is."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.acceptance.test_backpressure import notice, start, start_worker, uploading_to
from tests.support.canary import canary
from tests.support.command_line import logmill
from tests.support.suite import SECRET, Service, Suite, free_port, wait_for
from tests.support.user import PASSWORD, User

LINES = 20
WRONG = ("late", "missing", "doubled", "altered")
SOURCES = ("job", "stats", "rollups")


def lines(probe: Service, outcome: str) -> float:
    return probe.metric(f"logmill_canary_lines_{outcome}_total")


def wrong(probe: Service) -> dict[str, float]:
    """What it counted that should not be."""
    counted = {outcome: lines(probe, outcome) for outcome in WRONG}
    counted |= {source: probe.metric("logmill_canary_counts_wrong_total", source=source) for source in SOURCES}
    return {name: value for name, value in counted.items() if value}


def troubles(probe: Service, kind: str) -> dict[str, float]:
    """Its writes or reads that came to nothing."""
    named = {result: probe.metric(f"logmill_canary_{kind}_total", result=result) for result in ("refused", "failed")}
    return {name: value for name, value in named.items() if value}


def last_success(probe: Service) -> float:
    return probe.metric("logmill_canary_last_success_timestamp_seconds")


def wait_for_good_rounds(probe: Service, rounds: int = 1) -> None:
    """Returns once so many more have been read back."""
    for _ in range(rounds):
        wait_for_good_round(probe, last_success(probe))


def wait_for_good_round(probe: Service, last: float) -> None:
    """Returns once the last good one is later than `last`."""
    wait_for("a good round", lambda: last_success(probe) > last)


def names_of(user: User) -> list[str]:
    return [job["file_name"] for job in user.get("/api/jobs", limit=1000)["items"]]


async def damage(suite: Suite, damages: Iterable[tuple[UUID, str]]) -> None:
    """All at once: a job in which anything is wrong is not looked at again."""
    connection = await suite.connect()
    try:
        async with connection.transaction():
            for job_id, sql in damages:
                assert await connection.execute(sql, job_id) not in ("DELETE 0", "INSERT 0 0", "UPDATE 0")
    finally:
        await connection.close()


@pytest.fixture
def user_of_canary(suite: Suite) -> Iterator[User]:
    """The account of a test's canary, at the suite that all share."""
    with User(suite.api_url) as user:
        yield user


def test_where_all_is_well_nothing_wrong_is_counted(suite: Suite, user_of_canary: User, tmp_path: Path) -> None:
    with canary(suite.api_url, tmp_path, user_of_canary.email, KEEP="1") as probe:
        probe.wait_ready()
        wait_for_good_rounds(probe, 2)
        assert wrong(probe) == {}
        assert (troubles(probe, "writes"), troubles(probe, "reads")) == ({}, {})
        assert probe.metric("logmill_canary_up") == 1
        assert lines(probe, "read_back") >= 3 * LINES
        assert probe.metric("logmill_canary_readable_seconds_count") >= 3
        assert len(names_of(user_of_canary)) <= 2, "one that is kept, and one that is being written"
        assert probe.stop() == 0
    assert PASSWORD not in probe.read_log()


DAMAGE = {
    "a line missing, one altered": (
        (
            "DELETE FROM log_records WHERE job_id = $1 AND line_no = 3",
            """
            UPDATE log_records SET raw = convert_to(replace(convert_from(raw, 'UTF8'), 'sings', 'stings'), 'UTF8')
            WHERE job_id = $1 AND line_no = 1
            """,
        ),
        {"missing": 1, "altered": 1},
    ),
    "a trace missing, the job's and the charts' counts doubled": (
        (
            "DELETE FROM log_records WHERE job_id = $1 AND line_count > 1",
            "UPDATE jobs SET lines_stored = 2 * lines_stored WHERE job_id = $1",
            "UPDATE rollups SET records = 2 * records WHERE job_id = $1",
        ),
        {"missing": 5, "job": 1, "rollups": 1},
    ),
    "doubled": (("INSERT INTO log_records SELECT * FROM log_records WHERE job_id = $1",), {"doubled": LINES}),
    "gone": (("DELETE FROM jobs WHERE job_id = $1",), {"missing": LINES}),
}
"""Statements on a job each, and what is counted for them."""


def test_what_is_damaged_behind_its_back_is_counted_once(suite: Suite, user_of_canary: User, tmp_path: Path) -> None:
    with canary(suite.api_url, tmp_path, user_of_canary.email, KEEP="20") as probe:
        probe.wait_ready()
        wait_for("enough jobs", lambda: len(names_of(user_of_canary)) > len(DAMAGE))
        # Not the newest: only when that was written, the others were all read back.
        jobs = [UUID(job["job_id"]) for job in user_of_canary.get("/api/jobs")["items"][1 : 1 + len(DAMAGE)]]
        statements = zip(jobs, DAMAGE.values(), strict=True)
        asyncio.run(damage(suite, ((job_id, sql) for job_id, (told, _) in statements for sql in told)))
        expected = sum((Counter(counted) for _, counted in DAMAGE.values()), Counter())
        wait_for(f"{expected} to be counted", lambda: wrong(probe) == expected)
        wait_for_good_rounds(probe)
        assert wrong(probe) == expected


@pytest.mark.timeout(120)
def test_what_waits_for_a_worker_is_late_and_only_after_long_missing(own_suite: Suite, tmp_path: Path) -> None:
    for name in ("api", "aggregator"):
        own_suite.start(name)
    own_suite.api.wait_ready()
    with (
        canary(own_suite.api_url, tmp_path, LATE_SECONDS="1", MISSING_SECONDS="600") as probe,
        canary(own_suite.api_url, tmp_path, LATE_SECONDS="1", MISSING_SECONDS="2") as impatient,
    ):
        wait_for("lines to be missing", lambda: lines(impatient, "missing") >= LINES)
        assert wrong(impatient).keys() == {"late", "missing"}
        assert last_success(impatient) == 0
        wait_for("two rounds to be late", lambda: lines(probe, "late") >= 2 * LINES)
        assert probe.metric("logmill_canary_lines_waiting") >= LINES
        assert probe.metric("logmill_canary_up") == 1, "the api does all that it is asked for"
        own_suite.start("worker").wait_ready()
        wait_for_good_rounds(probe)
        assert wrong(probe).keys() == {"late"}
        assert probe.metric("logmill_canary_lines_waiting") == 0
        wait_for("all to be read back", lambda: lines(probe, "read_back") == lines(probe, "written"))


@pytest.mark.timeout(120)
def test_an_api_that_is_away_is_told_and_no_line_is_blamed(own_suite: Suite, tmp_path: Path) -> None:
    port = free_port()
    with canary(f"http://127.0.0.1:{port}", tmp_path, LATE_SECONDS="20") as probe:
        wait_for("the canary to have tried", lambda: troubles(probe, "writes"))
        assert not probe.is_ready()
        for name in ("aggregator", "worker"):
            own_suite.start(name)
        own_suite.start_on(port, "api", {})
        wait_for_good_rounds(probe, 2)
        own_suite.api.stop()
        wait_for("the canary to notice", lambda: probe.metric("logmill_canary_up") == 0)
        told = httpx.get(f"{probe.url}/health/ready").json()["checks"]["api"]
        assert (told["ok"], "does not answer" in told["detail"]) == (False, True)
        # Another secret: the canary has to log in again.
        own_suite.start_on(port, "api", {"LOGMILL_JWT_SECRET": SECRET[::-1]})
        wait_for_good_rounds(probe, 2)
        assert (wrong(probe), probe.metric("logmill_canary_up")) == ({}, 1)
        assert troubles(probe, "writes")["failed"] > 1


@pytest.mark.timeout(180)
def test_what_is_refused_is_no_failure_and_not_missing(own_suite: Suite, tmp_path: Path) -> None:
    start(own_suite)
    with User(own_suite.api_url) as user, uploading_to(own_suite, user) as upload:
        wait_for("the queue to be full", lambda: notice(user))
        with canary(own_suite.api_url, tmp_path) as probe:
            wait_for("a refusal", lambda: troubles(probe, "writes"))
            assert (set(troubles(probe, "writes")), probe.metric("logmill_canary_up")) == ({"refused"}, 0)
            start_worker(own_suite)
            upload.result(120)
            wait_for_good_rounds(probe)
            assert (wrong(probe), troubles(probe, "reads")) == ({}, {})


def test_after_a_restart_the_jobs_of_before_are_deleted(suite: Suite, user_of_canary: User, tmp_path: Path) -> None:
    user_of_canary.upload(b"somebody's own\n", "logmill-canary-notes.log")
    with canary(suite.api_url, tmp_path, user_of_canary.email) as killed:
        killed.wait_ready()
        wait_for_good_rounds(killed)
        killed.kill()
    before = set(names_of(user_of_canary)) - {"logmill-canary-notes.log"}
    assert before
    with canary(suite.api_url, tmp_path, user_of_canary.email) as probe:
        probe.wait_ready()
        wait_for_good_rounds(probe)
        assert before.isdisjoint(names_of(user_of_canary))
        assert "logmill-canary-notes.log" in names_of(user_of_canary)
        assert wrong(probe) == {}


def test_a_port_that_is_taken_is_refused(suite: Suite) -> None:
    done = logmill("canary", LOGMILL_CANARY_PASSWORD=PASSWORD, LOGMILL_CANARY_PORT=str(suite.api.port))
    assert (done.returncode, f"canary_port {suite.api.port}" in done.stderr) == (1, True), done
