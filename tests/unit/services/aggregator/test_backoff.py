"""Rest after failures: doubling, bounded, forgotten after a success."""

from uuid import UUID

from services.aggregator.backoff import LONGEST_REST_SECONDS, Backoff

JOB, OTHER = UUID(int=1), UUID(int=2)


def test_rests_double_up_to_a_minute() -> None:
    backoff = Backoff()
    rests = [backoff.failed(JOB, now=0) for _ in range(10)]
    assert rests == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert max(rests) == LONGEST_REST_SECONDS


def test_a_job_rests_until_its_time_is_over() -> None:
    backoff = Backoff()
    seconds = backoff.failed(JOB, now=100)
    assert backoff.rests(JOB, 100)
    assert not backoff.rests(JOB, 100 + seconds)
    assert not backoff.rests(OTHER, 100)


def test_it_is_needed_until_the_job_succeeds() -> None:
    backoff = Backoff()
    assert not backoff.is_needed
    backoff.failed(JOB, now=0)
    assert backoff.is_needed
    backoff.succeeded(JOB)
    assert not backoff.is_needed
    assert backoff.failed(JOB, now=0) == 0.5


def test_a_job_that_is_gone_is_forgotten() -> None:
    backoff = Backoff()
    backoff.failed(JOB, now=0)
    backoff.failed(OTHER, now=0)
    backoff.keep_only({OTHER})
    assert backoff.is_needed
    assert not backoff.rests(JOB, 0)
    backoff.keep_only([])
    assert not backoff.is_needed
