"""What has to hold once a fault is over: every line in its place, once, byte for byte, and counted as such."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from shared.lines import count_lines
from tests.support.load import Gate
from tests.support.suite import Suite, wait_for
from tests.support.user import User

RECOUNT = """
WITH folded AS (
    SELECT bucket, sum(records) AS records FROM rollups WHERE job_id = $1 AND dimension = 'level' GROUP BY bucket
), recounted AS (
    SELECT date_trunc('minute', logged_at) AS bucket, count(*) AS records
    FROM log_records WHERE job_id = $1 GROUP BY 1
)
SELECT
    (SELECT count(*) FROM log_records WHERE job_id = j.job_id) AS records,
    (SELECT count(DISTINCT line_no) FROM log_records WHERE job_id = j.job_id) AS line_numbers,
    (SELECT count(*) FROM batches WHERE job_id = j.job_id) AS batches,
    (SELECT sum(lines_stored) FROM batches WHERE job_id = j.job_id) AS in_ledger,
    (SELECT sum(records) FROM folded) AS in_rollups,
    (SELECT count(*) FROM folded FULL JOIN recounted USING (bucket)
        WHERE folded.records IS DISTINCT FROM recounted.records) AS wrong_minutes,
    (SELECT count(*) FROM partials WHERE job_id = j.job_id) AS unfolded,
    (SELECT count(*) FROM dead_letters WHERE job_id = j.job_id) AS dead_letters,
    j.batches_total
FROM jobs j WHERE j.job_id = $1
"""
SETTLE_SECONDS = 60

Ask = Callable[..., list[Any]]
"""Runs one statement with its arguments and answers the rows."""


@contextmanager
def session(suite: Suite) -> Iterator[Ask]:
    """A connection to the suite's database that stays open for the block."""
    with asyncio.Runner() as runner:
        connection = runner.run(suite.connect())
        try:
            yield lambda statement, *arguments: runner.run(connection.fetch(statement, *arguments))
        finally:
            runner.run(connection.close())


def assert_stored_once(suite: Suite, user: User, job_id: str, content: bytes) -> dict[str, Any]:
    """Waits for a job of dated one-line records to complete and compares all that is kept of it with `content`."""
    job = user.wait(job_id, SETTLE_SECONDS)
    lines = count_lines(content)
    assert job["status"] == "completed", job
    assert (job["lines_read"], job["lines_stored"]) == (lines, lines), job
    export = user.http.get(f"/api/jobs/{job_id}/export", params={"format": "raw"}, timeout=120).raise_for_status()
    assert export.content == content
    with session(suite) as ask:
        found = dict(ask(RECOUNT, UUID(job_id))[0])
    assert found == {
        "records": lines,
        "line_numbers": lines,
        "batches": found["batches_total"],
        "in_ledger": lines,
        "in_rollups": lines,
        "wrong_minutes": 0,
        "unfolded": 0,
        "dead_letters": 0,
        "batches_total": found["batches_total"],
    }
    return job


def wait_until_received(user: User, gate: Gate) -> str:
    """The job of the user's only upload, once the broker has confirmed some of what the gate let through."""
    assert gate.half_sent.wait(60)
    wait_for("the broker to have some of it", lambda: any(job["lines_read"] for job in user.get("/api/jobs")["items"]))
    return str(user.get("/api/jobs")["items"][0]["job_id"])


def wait_until_accounted(user: User, job_id: str) -> dict[str, Any]:
    """The job once every line that was read of it is stored, rejected or dead-lettered."""
    job: dict[str, Any] = {}

    def is_accounted() -> bool:
        job.update(user.job(job_id))
        counted = job["lines_stored"] + job["lines_rejected"] + job["lines_dead_lettered"]
        return bool(job["lines_read"] == counted)

    wait_for(f"every line of {job_id} to be accounted for", is_accounted)
    return job
