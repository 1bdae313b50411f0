"""What an open breaker does: this worker takes nothing, until a single batch shows that it works again."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum

from services.worker.breaker import Breaker
from services.worker.calls import Call
from services.worker.metrics import WorkerMetrics
from shared.errors import TransientError
from shared.lifecycle import Stop, sleep_until
from shared.logs import get_logger
from shared.operations import Probe

log = get_logger(__name__)

LOOK_AGAIN_SECONDS = 1


class Tried(Enum):
    """What the try of one batch told."""

    WORKED = "worked"
    FAILED = "failed"
    NOTHING = "nothing"  # no batch was there
    UNCLEAR = "unclear"  # it was settled without work


class Pausing:
    """Waits for the breaker to open; then tries one batch after each rest, until one is stored.

    `halt` stops taking messages and gives back what waits; `resume` takes them again; `try_one` works on one batch.
    `call` is for whoever knows that the breaker is open, or the stop has come.
    """

    def __init__(self, breaker: Breaker, rest_seconds: float, metrics: WorkerMetrics, stop: Stop) -> None:
        self._breaker = breaker
        self._rest_seconds = rest_seconds
        self._metrics = metrics
        self._stop = stop
        self.call = Call()

    async def run(
        self,
        halt: Callable[[], Awaitable[None]],
        resume: Callable[[], Awaitable[None]],
        try_one: Callable[[], Awaitable[Tried]],
    ) -> None:
        """Until the stop."""
        while not self._stop.is_set():
            await self.call.wait()
            if not self._breaker.is_open:
                continue
            self._metrics.breaker_open.set(1)
            log.error("most line batches fail here: this worker takes no more", why=self._breaker.reason)
            await halt()
            if await self._works_again(try_one):
                self._breaker.close()
                self._metrics.breaker_open.set(0)
                log.info("a line batch was stored: this worker takes messages again")
                await resume()

    async def _works_again(self, try_one: Callable[[], Awaitable[Tried]]) -> bool:
        """True after the first batch that was stored; False at the stop."""
        while not await sleep_until(self._stop, self._rest_seconds):
            tried = await self._try(try_one)
            if tried is Tried.WORKED:
                return True
            log.warning("a line batch was tried, and failed; the worker rests again")
        return False

    async def _try(self, try_one: Callable[[], Awaitable[Tried]]) -> Tried:
        """What the next batch that tells anything tells."""
        while not self._stop.is_set():
            with suppress(TransientError):
                tried = await try_one()
                if tried in (Tried.WORKED, Tried.FAILED):
                    return tried
                if tried is Tried.UNCLEAR:
                    continue
            await sleep_until(self._stop, LOOK_AGAIN_SECONDS)
        return Tried.NOTHING


def breaker_probe(breaker: Breaker) -> Probe:
    """A readiness probe: this worker takes messages."""

    async def probe() -> None:
        if breaker.is_open:
            raise TransientError(f"takes no messages: {breaker.reason}")

    return probe
