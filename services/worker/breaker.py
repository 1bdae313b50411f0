"""Whether something is wrong with the worker rather than with its batches: most of the last ones failed."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from services.worker.settlement import STORED, UNKNOWN_JOB, Ack, DeadLetter, Retry, Settlement


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a batch of `job` fared: stored, or failed."""

    job: str
    has_failed: bool


def outcome_of(job: str, settlement: Settlement) -> Outcome | None:
    """None for what says nothing about this worker: nothing was parsed, or nobody knows."""
    match settlement:
        case DeadLetter(reason=reason) if reason == UNKNOWN_JOB:
            return None
        case Retry() | DeadLetter():
            return Outcome(job, has_failed=True)
        case Ack(outcome=outcome) if outcome == STORED:
            return Outcome(job, has_failed=False)
    return None


def most_fail(last: Collection[Outcome], window: int, ratio: float) -> bool:
    """Whether those that failed are at least `ratio` of `window`, and of `ratio` of the jobs nothing was stored.

    That takes two jobs at least: a job may be all bad beside others that fare well.
    """
    failed = sum(outcome.has_failed for outcome in last)
    jobs = {outcome.job for outcome in last}
    failing = jobs - {outcome.job for outcome in last if not outcome.has_failed}
    return failed >= ratio * window and len(failing) >= max(2, ratio * len(jobs))


class Breaker:
    """Remembers the last `window` outcomes; open from when most of them failed until `close`."""

    def __init__(self, window: int, ratio: float) -> None:
        self._last: deque[Outcome] = deque(maxlen=window)
        self._window = window
        self._ratio = ratio
        self.is_open = False

    def note(self, outcome: Outcome) -> None:
        """Adds an outcome, and opens where most have failed."""
        self._last.append(outcome)
        self.is_open = self.is_open or most_fail(self._last, self._window, self._ratio)

    def close(self) -> None:
        """Works again; what was before is forgotten."""
        self._last.clear()
        self.is_open = False

    @property
    def reason(self) -> str:
        """For people: why it is open."""
        failed = [outcome.job for outcome in self._last if outcome.has_failed]
        return f"{len(failed)} of the last {len(self._last)} line batches failed, of {len(set(failed))} jobs"
