"""Which jobs rest after a failure, and for how long. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Rest:
    seconds: float
    until: float


class Backoff:
    """A job rests after each failure, twice as long each time; times are a monotonic clock's seconds."""

    def __init__(self) -> None:
        self._rests: dict[UUID, _Rest] = {}

    @property
    def is_needed(self) -> bool:
        """Whether the last attempt at any job failed."""
        return bool(self._rests)

    def rests(self, job_id: UUID, now: float) -> bool:
        """Whether it is not the job's turn yet."""
        return job_id in self._rests and now < self._rests[job_id].until

    def failed(self, job_id: UUID, now: float) -> float:
        """Notes one more failure; the seconds the job rests for."""
        earlier = self._rests.get(job_id)
        seconds = min(2 * earlier.seconds, LONGEST_REST_SECONDS) if earlier else FIRST_REST_SECONDS
        self._rests[job_id] = _Rest(seconds, now + seconds)
        return seconds

    def succeeded(self, job_id: UUID) -> None:
        """Forgets the job's failures."""
        self._rests.pop(job_id, None)

    def keep_only(self, job_ids: Collection[UUID]) -> None:
        """Forgets jobs that have nothing to do any more."""
        self._rests = {job_id: rest for job_id, rest in self._rests.items() if job_id in job_ids}
