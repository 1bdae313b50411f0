"""GET /stream and GET /stream/{job_id}: server-sent events of the user's own jobs."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import UUID

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from services.api.auth.accounts import User
from services.api.auth.authentication import authenticate, is_still_valid
from services.api.context import Context
from services.api.metrics import ApiMetrics
from services.api.operations import path_id
from services.api.problems import not_found
from services.api.progress.feed import active_jobs
from services.api.progress.hub import Hub, Watch
from services.api.progress.payload import event_name, payload
from shared.errors import InputError, TransientError
from shared.lifecycle import Stop, sleep_until
from shared.progress import JobProgress, fetch_progress

CLIENT_RETRY_MS = 3000
SEND_TIMEOUT_SECONDS = 30
REMEMBERED_ENDINGS = 10_000

OWN_JOB = "SELECT job_id FROM jobs WHERE owner_id = $1 AND job_id = $2"


class Streams:
    """Opens event streams; a user may have `max_streams_per_user` at once."""

    def __init__(self, context: Context, hub: Hub, metrics: ApiMetrics, stop: Stop) -> None:
        self._context = context
        self._hub = hub
        self._metrics = metrics
        self._stop = stop
        self._open: Counter[UUID] = Counter()

    async def all_jobs(self, request: Request) -> Response:
        """Every job of the user, those to come included; the stream does not end by itself."""
        return await self._respond(request, None)

    async def one_job(self, request: Request) -> Response:
        """One job, until it has ended; a job that has ended already is told once."""
        return await self._respond(request, path_id(request, "job_id"))

    async def _respond(self, request: Request, job_id: UUID | None) -> Response:
        user = await authenticate(self._context, request)
        if job_id is not None and not await self._own_jobs(user, job_id):
            raise not_found()
        self._check_place(user)
        settings = self._context.settings
        return EventSourceResponse(
            self._events(user, job_id),
            ping=max(1, round(settings.sse_ping_seconds)),
            send_timeout=SEND_TIMEOUT_SECONDS,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _events(self, user: User, job_id: UUID | None) -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(comment="logmill", retry=CLIENT_RETRY_MS)
        with self._place(user), self._hub.watch(user.user_id, job_id) as watch:
            await self._tell_present_state(user, watch)
            numbers = _increasing(self._context)
            ended: deque[UUID] = deque(maxlen=REMEMBERED_ENDINGS)
            async for progress in self._states(user, watch):
                if progress.job_id in ended:
                    continue
                if progress.is_terminal:
                    ended.append(progress.job_id)
                yield self._event(progress, next(numbers))
                if progress.is_terminal and job_id is not None:
                    return

    def _event(self, progress: JobProgress, number: int) -> ServerSentEvent:
        data = payload(progress, self._hub.lines_per_second(progress.job_id))
        return ServerSentEvent(json.dumps(data), event=event_name(progress), id=str(number))

    async def _tell_present_state(self, user: User, watch: Watch) -> None:
        """Watching has begun, so nothing falls between this look and the first event."""
        job_ids = await self._own_jobs(user, watch.job_id)
        async with self._context.database.acquire() as connection:
            for progress in await fetch_progress(connection, job_ids):
                self._hub.introduce(watch, progress)

    async def _own_jobs(self, user: User, job_id: UUID | None) -> list[UUID]:
        async with self._context.database.acquire() as connection:
            if job_id is None:
                return await active_jobs(connection, [user.user_id])
            rows = await connection.fetch(OWN_JOB, user.user_id, job_id)
        return [row["job_id"] for row in rows]

    async def _states(self, user: User, watch: Watch) -> AsyncIterator[JobProgress]:
        """The watched jobs' states until the process stops or the user's login ends."""
        settings = self._context.settings
        checked_at = self._context.clock.monotonic()
        while True:
            for progress in watch.take():
                yield progress
            if self._stop.is_set():
                return
            if self._context.clock.monotonic() - checked_at >= settings.sse_ping_seconds:
                if not await self._may_go_on(user):
                    return
                checked_at = self._context.clock.monotonic()
            await _first_of(watch.changed, self._stop, settings.sse_ping_seconds)
            await sleep_until(self._stop, settings.event_interval_seconds)

    async def _may_go_on(self, user: User) -> bool:
        try:
            return await is_still_valid(self._context, user)
        except TransientError:
            return True

    def _check_place(self, user: User) -> None:
        most = self._context.settings.max_streams_per_user
        if self._open[user.user_id] >= most:
            raise InputError(429, "Too many streams", f"{most} streams of yours are open (max_streams_per_user).")

    @contextmanager
    def _place(self, user: User) -> Iterator[None]:
        self._open[user.user_id] += 1
        self._metrics.event_streams.inc()
        try:
            yield
        finally:
            self._metrics.event_streams.dec()
            self._open[user.user_id] -= 1
            self._open += Counter()  # drops the zeros


async def _first_of(changed: asyncio.Event, stop: Stop, timeout_seconds: float) -> None:
    waits = {asyncio.ensure_future(changed.wait()), asyncio.ensure_future(stop.wait())}
    try:
        await asyncio.wait(waits, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _increasing(context: Context) -> Iterator[int]:
    """Event ids that also increase from one connection of a client to its next: milliseconds, or one more."""
    last = 0
    while True:
        last = max(last + 1, int(context.clock.now().timestamp() * 1000))
        yield last
