"""Waiting for what is away: exponential backoff with jitter, for as long as nobody asks to stop."""

import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from shared.errors import TransientError
from shared.lifecycle import Stop, sleep_until
from shared.logs import get_logger

log = get_logger(__name__)
T = TypeVar("T")

LONGEST_PAUSE_SECONDS = 10


async def wait_until_available(
    what: str, attempt: Callable[[], Awaitable[T]], stop: Stop, longest_seconds: float = math.inf
) -> T:
    """Calls `attempt` until it does not raise TransientError.

    After a stop, or once `longest_seconds` have passed, the last error is raised.
    """

    async def pause(seconds: float) -> None:
        await sleep_until(stop, seconds)

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(TransientError),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_PAUSE_SECONDS),
        stop=lambda state: stop.is_set() or (state.seconds_since_start or 0) >= longest_seconds,
        sleep=pause,
        before_sleep=lambda state: _log_pause(what, state),
        reraise=True,
    )

    async def call() -> T:
        return await attempt()

    return await retrying(call)


def _log_pause(what: str, state: RetryCallState) -> None:
    outcome = state.outcome
    if (outcome is not None and state.attempt_number in (1, 5)) or state.attempt_number % 30 == 0:
        error = outcome.exception() if outcome else None
        log.warning("waiting for a dependency", dependency=what, attempt=state.attempt_number, error=str(error))
