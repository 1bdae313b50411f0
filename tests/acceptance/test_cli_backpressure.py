"""`logmill upload` while a queue is full: it says what it waits for, and gets its file in."""

from pathlib import Path

import pytest

from tests.acceptance.test_backpressure import CONTENT, LINES, SMALL, notice, start, start_worker
from tests.support.command_line import logmill_as, started_as
from tests.support.suite import Suite, wait_for
from tests.support.user import User

FULL = "the queue logs_ingest is full"


def refusals(suite: Suite) -> float:
    return suite.api.metric("logmill_api_uploads_total", result="refused")


@pytest.mark.timeout(180)
def test_a_full_queue_is_waited_for(own_suite: Suite, tmp_path: Path) -> None:
    start(own_suite)
    big, small = tmp_path / "big.log", tmp_path / "small.log"
    big.write_bytes(CONTENT)
    small.write_bytes(SMALL)
    with (
        User(own_suite.api_url) as user,
        User(own_suite.api_url) as other,
        started_as(user, "upload", str(big), "--follow") as slowed,
    ):
        wait_for("the upload to begin", lambda: user.get("/api/jobs")["items"])
        wait_for("the upload to be held up", lambda: FULL in notice(user))
        with started_as(other, "upload", str(small), "--follow") as refused:
            wait_for("the other to be refused", lambda: refusals(own_suite))
            start_worker(own_suite)
            (_, said), (_, told) = slowed.communicate(timeout=120), refused.communicate(timeout=120)
        sent_once = [job["status"] for job in other.get("/api/jobs")["items"]]
    assert (slowed.returncode, refused.returncode) == (0, 0), (said, told)
    assert sent_once == ["completed"]
    assert said.splitlines()[0] == f"big.log: The upload waits: {FULL}."
    assert said.splitlines()[-1] == f"big.log: completed, {LINES:,} of {LINES:,} lines stored"
    assert FULL in told
    assert "it is sent again as soon as it is taken, for 600 s at most" in told
    assert told.splitlines()[-1] == "small.log: completed, 1 of 1 lines stored"


@pytest.mark.timeout(180)
def test_what_broke_off_half_way_is_not_sent_again(own_suite: Suite, tmp_path: Path) -> None:
    start(own_suite, LOGMILL_PUBLISH_PATIENCE_SECONDS="3")
    big = tmp_path / "big.log"
    big.write_bytes(CONTENT)
    with User(own_suite.api_url) as user:
        done = logmill_as(user, "upload", str(big))
        (job,) = user.get("/api/jobs")["items"]
        assert (done.returncode, job["status"]) == (1, "interrupted"), done
        assert f"what could be read before is kept: job {job['job_id']}" in done.stderr
        start_worker(own_suite)
        wait_for("what came in to be stored", lambda: user.get(f"/api/jobs/{job['job_id']}/verify")["adds_up"])
        (job,) = user.get("/api/jobs")["items"]
        assert 0 < job["lines_stored"] < LINES
