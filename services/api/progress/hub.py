"""The latest state of every job that moves, and who watches it. Watchers get states, not a queue of changes:
a slow one skips some and holds up nobody."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from services.api.progress.payload import combine
from services.api.progress.rates import RateMeter
from shared.clock import Clock
from shared.progress import JobProgress, removed

FORGET_AFTER_SECONDS = 60


@dataclass
class _Track:
    progress: JobProgress
    meter: RateMeter
    seen_at: float


@dataclass(eq=False)
class Watch:
    """One watcher of an owner's jobs, or of one of them. `changed` is set while `take` has something."""

    owner_id: UUID
    job_id: UUID | None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: dict[UUID, JobProgress] = field(default_factory=dict)

    def wants(self, progress: JobProgress) -> bool:
        """Whether this watcher may and does watch that job."""
        return progress.owner_id == self.owner_id and self.job_id in (None, progress.job_id)

    def put(self, progress: JobProgress) -> None:
        """Keeps the state until it is taken, in the place of an older one of the job."""
        self._waiting[progress.job_id] = progress
        self.changed.set()

    def take(self) -> list[JobProgress]:
        """The states since the last call, one a job."""
        states, self._waiting = list(self._waiting.values()), {}
        self.changed.clear()
        return states


class Hub:
    """Takes what the events exchange and the database tell."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tracks: dict[UUID, _Track] = {}
        self._watches: set[Watch] = set()

    @contextmanager
    def watch(self, owner_id: UUID, job_id: UUID | None) -> Iterator[Watch]:
        """Watches from now on; read the database afterwards to know what was before."""
        watch = Watch(owner_id, job_id)
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    def update(self, told: JobProgress) -> None:
        """Merges a telling and hands the state to whoever watches the job."""
        track = self._tracks.get(told.job_id)
        if track is not None and track.progress.is_terminal and not told.is_terminal:
            return
        progress = self._merge(told)
        for watch in self._watches:
            if watch.wants(progress):
                watch.put(progress)

    def remove(self, job_ids: Iterable[UUID]) -> None:
        """Jobs that are in the database no longer: whoever watches one is told, instead of waiting for ever."""
        for job_id in job_ids:
            track = self._tracks.get(job_id)
            if track is not None and not track.progress.is_terminal:
                self.update(removed(track.progress))

    def introduce(self, watch: Watch, told: JobProgress) -> None:
        """Tells a new watcher where a job stands. The others hear of it only if it ended and they do not know yet."""
        track = self._tracks.get(told.job_id)
        if told.is_terminal and track is not None and not track.progress.is_terminal:
            self.update(told)
        else:
            watch.put(self._merge(told))

    def _merge(self, told: JobProgress) -> JobProgress:
        now = self._clock.monotonic()
        track = self._tracks.get(told.job_id)
        if track is None:
            track = self._tracks[told.job_id] = _Track(told, RateMeter(told.lines_done, now), now)
        else:
            track.progress = combine(track.progress, told)
            track.meter.update(track.progress.lines_done, now)
        track.seen_at = now
        return track.progress

    def latest(self, progress: JobProgress) -> JobProgress:
        """The newest of what is known and `progress`, without telling anybody."""
        track = self._tracks.get(progress.job_id)
        return combine(track.progress, progress) if track else progress

    def lines_per_second(self, job_id: UUID) -> float | None:
        """How fast the job moves, or None while that is not known."""
        track = self._tracks.get(job_id)
        return track.meter.per_second if track else None

    def watched(self) -> list[UUID]:
        """Unfinished jobs that somebody watches: those worth looking up again."""
        return [job_id for job_id, track in self._tracks.items() if self._is_awaited(track)]

    def owners(self) -> list[UUID]:
        """Whose jobs are watched all together: a job of theirs may have begun without a word arriving here."""
        return list({watch.owner_id for watch in self._watches if watch.job_id is None})

    def forget_silent(self) -> None:
        """Drops what nothing was heard of for a while, unless somebody waits for its end."""
        horizon = self._clock.monotonic() - FORGET_AFTER_SECONDS
        self._tracks = {
            job_id: track
            for job_id, track in self._tracks.items()
            if track.seen_at > horizon or self._is_awaited(track)
        }

    def _is_awaited(self, track: _Track) -> bool:
        return not track.progress.is_terminal and _any_wants(self._watches, track.progress)


def _any_wants(watches: Iterable[Watch], progress: JobProgress) -> bool:
    return any(watch.wants(progress) for watch in watches)
