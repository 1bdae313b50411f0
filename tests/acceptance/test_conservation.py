"""Every line once, whatever is killed on the way: 500,000 access-log lines through two workers."""

from collections import Counter

import pytest

from bench.access_lines import access_lines
from tests.support.load import chunks, uploading
from tests.support.suite import Service, Suite, wait_for
from tests.support.user import User, assert_conserved

LINES = 500_000
CONTENT = access_lines(LINES)


async def numbers_in_database(suite: Suite, job_id: str) -> dict[str, object]:
    """A recount from the rows themselves."""
    connection = await suite.connect()
    try:
        row = await connection.fetchrow(
            "SELECT count(*) AS rows, count(DISTINCT line_no) AS lines, min(line_no) AS first, max(line_no) AS last,"
            " sum(hashtextextended(message, line_no)::numeric) AS fingerprint FROM log_records WHERE job_id = $1",
            job_id,
        )
        assert row is not None
        levels = await connection.fetchval(
            "SELECT sum(records) FROM rollups WHERE job_id = $1 AND dimension = 'level'", job_id
        )
        partials = await connection.fetchval("SELECT count(*) FROM partials WHERE job_id = $1", job_id)
    finally:
        await connection.close()
    return {**dict(row), "in_rollups": levels, "unfolded": partials}


def check(job: dict[str, object], counted: dict[str, object]) -> None:
    assert job["status"] == "completed", job
    assert job["lines_read"] == job["lines_stored"] == LINES
    assert (counted["rows"], counted["lines"], counted["first"], counted["last"]) == (LINES, LINES, 1, LINES)
    assert (counted["in_rollups"], counted["unfolded"]) == (LINES, 0)


def batches_done(worker: Service) -> float:
    return worker.metric("logmill_worker_batches_total", outcome="stored")


@pytest.mark.timeout(240)
async def test_killing_a_worker_half_way_changes_nothing(own_suite: Suite) -> None:
    suite = own_suite.start_all(workers=2)
    with User(suite.api_url) as user:
        calm = user.upload(chunks(CONTENT), "calm.log")
        calm_job = user.wait(calm)
        assert_conserved(calm_job)
        calm_count = await numbers_in_database(suite, calm)
        check(calm_job, calm_count)
        assert all(batches_done(worker) > 0 for worker in suite.workers), "one worker did all the work"

        victim = suite.workers[0]
        before = batches_done(victim)
        with uploading(user, chunks(CONTENT), "killed.log") as upload:
            wait_for("the worker to be in the middle of it", lambda: batches_done(victim) > before + 5)
            victim.kill()
            suite.start("worker")
            killed = upload.result(120)
        killed_job = user.wait(killed)
        assert_conserved(killed_job)
        killed_count = await numbers_in_database(suite, killed)
        check(killed_job, killed_count)
        assert killed_count == calm_count
        stats = [{**user.get(f"/api/stats/{job_id}"), "job_id": None} for job_id in (calm, killed)]
        assert Counter(stats[0]["level_distribution"]) == Counter(stats[1]["level_distribution"])
        assert stats[0]["status_distribution"] == stats[1]["status_distribution"]
        assert stats[0]["unique_ips"] == stats[1]["unique_ips"]
