"""The hub: latest states, only one's own, nothing queued up."""

from typing import Any
from uuid import UUID

import pytest

from services.api.progress.hub import FORGET_AFTER_SECONDS, Hub
from shared.clock import Clock
from shared.progress import JobProgress

ALICE, BOB = UUID(int=1), UUID(int=2)


def told(job: int = 7, owner: UUID = ALICE, status: str = "processing", **counts: Any) -> JobProgress:
    return JobProgress(job_id=UUID(int=job), owner_id=owner, file_name="a.log", status=status, **counts)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.clock = Clock(monotonic=lambda: self.seconds)


def test_a_slow_watcher_gets_the_latest_state_once() -> None:
    hub = Hub(Hands().clock)
    with hub.watch(ALICE, None) as watch:
        for stored in range(1000):
            hub.update(told(lines_stored=stored))
        assert [progress.lines_stored for progress in watch.take()] == [999]
        assert watch.take() == []
        assert not watch.changed.is_set()


def test_watchers_see_their_own_jobs_only() -> None:
    hub = Hub(Hands().clock)
    with hub.watch(ALICE, None) as all_of_alice, hub.watch(ALICE, UUID(int=8)) as one, hub.watch(BOB, None) as bob:
        hub.update(told(7))
        hub.update(told(8))
        assert [progress.job_id.int for progress in all_of_alice.take()] == [7, 8]
        assert [progress.job_id.int for progress in one.take()] == [8]
        assert bob.take() == []


def test_counters_never_fall_and_an_ended_job_stays_ended() -> None:
    hub = Hub(Hands().clock)
    with hub.watch(ALICE, None) as watch:
        hub.update(told(lines_stored=10))
        hub.update(told(lines_stored=5))
        assert watch.take()[0].lines_stored == 10
        hub.update(told(status="completed", lines_stored=10))
        hub.update(told(status="processing", lines_stored=9))
        assert [progress.status for progress in watch.take()] == ["completed"]


def test_only_watched_unfinished_jobs_are_looked_up() -> None:
    hub = Hub(Hands().clock)
    with hub.watch(ALICE, None):
        hub.update(told(7))
        hub.update(told(8, status="completed"))
        hub.update(told(9, owner=BOB))
        assert [job_id.int for job_id in hub.watched()] == [7]
    assert hub.watched() == []


def test_a_watched_job_is_not_forgotten_however_long_nothing_is_heard_of_it() -> None:
    hands = Hands()
    hub = Hub(hands.clock)
    with hub.watch(ALICE, UUID(int=7)):
        hub.update(told(7))
        hands.seconds = 100 * FORGET_AFTER_SECONDS
        hub.forget_silent()
        assert [job_id.int for job_id in hub.watched()] == [7]


def test_owners_of_watches_over_all_jobs() -> None:
    hub = Hub(Hands().clock)
    with hub.watch(ALICE, None), hub.watch(ALICE, None), hub.watch(BOB, UUID(int=7)):
        assert hub.owners() == [ALICE]
    assert hub.owners() == []


@pytest.mark.parametrize("status", ["processing", "completed"])
def test_an_introduction_is_for_the_one_watcher(status: str) -> None:
    hub = Hub(Hands().clock)
    with hub.watch(ALICE, None) as other, hub.watch(ALICE, UUID(int=7)) as watch:
        hub.introduce(watch, told(status=status))
        assert [progress.status for progress in watch.take()] == [status]
        assert other.take() == []


def test_an_introduction_that_is_an_end_nobody_heard_of_is_for_all() -> None:
    hub = Hub(Hands().clock)
    with hub.watch(ALICE, None) as other:
        hub.update(told(lines_stored=5))
        other.take()
        with hub.watch(ALICE, UUID(int=7)) as watch:
            hub.introduce(watch, told(status="completed", lines_stored=9))
            hub.introduce(watch, told(lines_stored=7))
            assert [progress.status for progress in watch.take()] == ["completed"]
        assert [progress.lines_stored for progress in other.take()] == [9]


def test_an_introduced_job_is_looked_up_from_then_on() -> None:
    hub = Hub(Hands().clock)
    with hub.watch(ALICE, UUID(int=7)) as watch:
        hub.introduce(watch, told(7))
        assert [job_id.int for job_id in hub.watched()] == [7]


def test_silent_jobs_are_forgotten() -> None:
    hands = Hands()
    hub = Hub(hands.clock)
    hub.update(told(7))
    hands.seconds = FORGET_AFTER_SECONDS + 1
    hub.update(told(8))
    hub.forget_silent()
    with hub.watch(ALICE, None):
        assert [job_id.int for job_id in hub.watched()] == [8]
