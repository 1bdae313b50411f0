"""A small file does not stand behind a big one."""

import pytest

from bench.access_lines import access_lines
from tests.support.load import chunks
from tests.support.queues import waiting
from tests.support.suite import Suite
from tests.support.user import User

BATCH_BYTES = 64 * 1024
PRIORITY_BYTES = 4 * BATCH_BYTES
LINES = 150_000
CONTENT = access_lines(LINES)


@pytest.mark.timeout(240)
def test_a_small_file_overtakes_a_big_one(own_suite: Suite) -> None:
    api = {"LOGMILL_BATCH_BYTES": str(BATCH_BYTES), "LOGMILL_PRIORITY_BYTES": str(PRIORITY_BYTES)}
    own_suite.start("api", **api).wait_ready()
    own_suite.start("aggregator").wait_ready()
    with User(own_suite.api_url) as user, User(own_suite.api_url) as other:
        big = user.upload(chunks(CONTENT), "big.log")
        small = other.upload(CONTENT[:100_000].rpartition(b"\n")[0], "small.log")
        queued = waiting(own_suite)
        own_suite.start("worker", LOGMILL_WORKER_CONCURRENCY="1").wait_ready()
        assert other.wait(small)["status"] == "completed"
        begun = user.job(big)
        ended = user.wait(big, 120)
    assert queued["logs_ingest"] == PRIORITY_BYTES // BATCH_BYTES + 1 + 2
    assert queued["logs_ingest.bulk"] > 10 * queued["logs_ingest"]
    assert begun["status"] == "processing"
    assert begun["lines_stored"] < LINES / 2
    assert (ended["status"], ended["lines_stored"]) == ("completed", LINES)
