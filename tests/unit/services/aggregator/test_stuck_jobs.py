"""How long the queues have to be empty until what is missing counts as lost."""

from services.aggregator.stuck_jobs import LONGEST_QUIET_SECONDS
from services.worker.pipeline import LONGEST_HOLD_SECONDS


def test_quiet_is_longer_than_a_worker_holds_a_batch_twice() -> None:
    """While PostgreSQL is away, and then once more as one that is to run alone."""
    assert LONGEST_QUIET_SECONDS > 2 * LONGEST_HOLD_SECONDS
