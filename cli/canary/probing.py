"""A canary at work: round after round it writes lines, looks for what it wrote, judges, and deletes what is done."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

import httpx
from prometheus_client import Counter

from cli.answers import ApiBusy, ApiError, Unreachable
from cli.canary.account import Account
from cli.canary.exchange import canaries, delete, find_job, look_at, write
from cli.canary.lines import known_lines
from cli.canary.metrics import CanaryMetrics
from cli.canary.rounds import News, Round, judge, news, sort_out
from cli.canary.settings import CanarySettings
from shared.clock import Clock
from shared.errors import TransientError
from shared.logs import get_logger

log = get_logger(__name__)

REFUSED = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
LOCKED_OUT = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.UNAUTHORIZED)
"""Whatever else is asked in the round gets the same answer."""
MOST_WAITING = 100
"""Jobs that are not read back; nothing is written beside so many."""
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2
NUMBERS_SHOWN = 10


class Canary:
    """What was written and is not deleted yet; `trouble` says why the last round could not write or read."""

    def __init__(self, settings: CanarySettings, account: Account, metrics: CanaryMetrics, clock: Clock) -> None:
        self.trouble: str | None = "no round has ended yet"
        self._settings = settings
        self._account = account
        self._metrics = metrics
        self._clock = clock
        self._run = uuid4().hex[:8]
        self._number = 0
        self._watched: dict[str, Round] = {}
        self._kept: list[Round] = []
        self._to_delete: list[str] = []
        self._may_have_leftovers = True
        self._not_before = 0.0
        self._is_sound = True

    async def check(self) -> None:
        """Raises TransientError where the last round could not write or read."""
        if self.trouble is not None:
            raise TransientError(self.trouble)

    async def round(self) -> float:
        """One round; the seconds until the next one. Raises nothing that an api can cause."""
        begun = self._clock.monotonic()
        troubles: list[str] = []
        self._is_sound = True
        for step in (self._write, self._read_back, self._delete):
            try:
                await step()
            except ApiError as error:
                troubles.append(self._told(error))
                self._may_have_leftovers = True  # an upload may have come in though no answer did
                if isinstance(error, Unreachable) or error.status in LOCKED_OUT:
                    break
        self._close(begun, troubles)
        after = max(begun + self._settings.interval_seconds, self._not_before)
        return max(0.0, after - self._clock.monotonic())

    async def _write(self) -> None:
        """One more job, and its end as long as it is in time. Raises ApiError."""
        if sum(bool(each.waiting) for each in self._watched.values()) >= MOST_WAITING:
            raise ApiError(f"{MOST_WAITING} jobs are not read back; nothing more is written until some are")
        self._number += 1
        known = known_lines(f"canary-{self._run}-r{self._number}", self._settings.lines, self._clock.now())
        name = f"logmill-canary-{self._run}-{self._number}.log"
        begun = self._clock.monotonic()
        with self._counted(self._metrics.writes):
            job_id = await self._account.call(partial(write, name=name, known=known))
        self._metrics.lines_written.inc(len(known.texts))
        written = Round(job_id, known, written_at=begun, looked_at=self._clock.monotonic())
        self._watched[job_id] = written
        await self._await_end(written)

    async def _await_end(self, written: Round) -> None:
        """Returns once the job has ended, or its lines are late."""
        pause_seconds, late_at = FIRST_PAUSE_SECONDS, written.looked_at + self._settings.limits.late_seconds
        while not (await self._account.call(partial(find_job, job_id=written.job_id))).has_ended:
            left_seconds = late_at - self._clock.monotonic()
            if left_seconds <= 0:
                return
            await asyncio.sleep(min(pause_seconds, left_seconds))
            pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)

    async def _read_back(self) -> None:
        """Looks at all jobs, the newest first, for its time is what is measured. Raises the first ApiError."""
        failures = []
        for each in reversed(list(self._watched.values())):
            try:
                await self._look(each)
            except (ApiBusy, Unreachable):
                raise
            except ApiError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    async def _look(self, before: Round) -> None:
        with self._counted(self._metrics.reads):
            look = await self._account.call(partial(look_at, written=before))
        after = judge(before, look, self._clock.monotonic(), self._settings.limits)
        self._watched[before.job_id] = after
        self._tell(before.job_id, news(before, after))

    def _tell(self, job_id: str, found: News) -> None:
        self._metrics.count(found)
        for kind in ("late", "missing", "doubled", "altered"):
            if numbers := sorted(getattr(found, kind)):
                self._is_sound = False
                tell = log.warning if kind == "late" else log.error
                tell(f"lines are {kind}", job_id=job_id, lines=len(numbers), first=numbers[:NUMBERS_SHOWN])
        if found.wrong_counts:
            self._is_sound = False
            log.error("counts are wrong", job_id=job_id, sources=sorted(found.wrong_counts))

    async def _delete(self) -> None:
        """What nobody needs any more, of earlier runs too. Raises ApiError."""
        found = sort_out(self._watched.values(), self._kept, self._settings.keep)
        self._watched = {each.job_id: each for each in found.watched}
        self._kept = found.kept
        self._to_delete += [each.job_id for each in found.done]
        if self._may_have_leftovers:
            known = {*self._watched, *(each.job_id for each in self._kept), *self._to_delete}
            jobs = await self._account.call(canaries)
            self._to_delete += [job.job_id for job in jobs if job.job_id not in known]
            self._may_have_leftovers = False
        while self._to_delete:
            await self._account.call(partial(delete, job_id=self._to_delete[-1]))
            self._to_delete.pop()

    def _close(self, begun: float, troubles: list[str]) -> None:
        """What the round says of itself; the time of those not looked at in it does not count."""
        now = self._clock.monotonic()
        for job_id, each in self._watched.items():
            if each.looked_at < begun:
                self._watched[job_id] = judge(each, None, now, self._settings.limits)
        waiting = sum(len(each.waiting) for each in self._watched.values())
        self._metrics.lines_waiting.set(waiting)
        self._metrics.up.set(not troubles)
        if not troubles and not waiting and self._is_sound:
            self._metrics.last_success.set(self._clock.now().timestamp())
        trouble = "; ".join(dict.fromkeys(troubles)) or None
        if trouble and trouble != self.trouble:
            log.warning("the canary cannot write or read", error=trouble)
        elif self.trouble and not trouble:
            log.info("the canary writes and reads")
        self.trouble = trouble

    def _told(self, error: ApiError) -> str:
        if isinstance(error, ApiBusy) and error.retry_after_seconds is not None:
            self._not_before = max(self._not_before, self._clock.monotonic() + error.retry_after_seconds)
        return str(error)

    @contextmanager
    def _counted(self, tries: Counter) -> Iterator[None]:
        try:
            yield
        except ApiError as error:
            tries.labels("refused" if isinstance(error, ApiBusy) and error.status in REFUSED else "failed").inc()
            raise
        tries.labels("done").inc()
