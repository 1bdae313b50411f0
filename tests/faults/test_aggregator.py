"""Several aggregators at once, one of them killed in the middle of it: every line is counted, and once."""

from contextlib import ExitStack

from bench.access_lines import access_lines
from tests.faults.proof import assert_stored_once, session
from tests.support.load import chunks, uploading
from tests.support.suite import Suite, wait_for
from tests.support.user import User

CONTENT = access_lines(30_000)
AT_ONCE = 3
FOLDED = "logmill_aggregator_partials_total"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def test_aggregators_share_the_work_and_survive_each_other(standing: Suite, user: User) -> None:
    before = deadlocks(standing)
    others = [standing.start("aggregator", LOGMILL_FOLD_BATCHES="3").wait_ready() for _ in range(2)]
    with ExitStack() as stack:
        uploads = [stack.enter_context(uploading(user, chunks(CONTENT))) for _ in range(AT_ONCE)]
        wait_for("both to have folded", lambda: all(other.metric(FOLDED) for other in others))
        others[0].kill()
        jobs = [upload.result(60) for upload in uploads]
    for job_id in jobs:
        assert_stored_once(standing, user, job_id, CONTENT)
    # A session's count is told when it ends, if not before.
    assert [service.stop() for service in (others[1], standing.aggregator)] == [0, 0]
    assert deadlocks(standing) == before


def deadlocks(suite: Suite) -> int:
    """How many PostgreSQL has ever ended in the suite's database."""
    with session(suite) as ask:
        return int(ask(DEADLOCKS)[0][0])
