"""Runs a round of work again and again: at once while there is work, after a pause when there is none."""

from collections.abc import Awaitable, Callable

from shared.errors import TransientError
from shared.lifecycle import Stop, sleep_until
from shared.logs import get_logger

log = get_logger(__name__)

PAUSE_AFTER_TROUBLE_SECONDS = 2
LONGEST_PAUSE_SECONDS = 60


async def run_rounds(name: str, work: Callable[[], Awaitable[bool]], pause_seconds: float, stop: Stop) -> None:
    """Calls `work` until the stop; it answers whether there is more to do right away.

    Work that fails is tried again, unexpected failures less and less often; other work does not notice.
    """
    troubled = False
    pause_after_failure = PAUSE_AFTER_TROUBLE_SECONDS
    while not stop.is_set():
        pause = pause_seconds
        try:
            if await work():
                continue
            troubled, pause_after_failure = False, PAUSE_AFTER_TROUBLE_SECONDS
        except TransientError as error:
            if not troubled:
                log.warning("work waits for a dependency", work=name, error=str(error))
            troubled, pause = True, PAUSE_AFTER_TROUBLE_SECONDS
        except Exception:
            pause = pause_after_failure
            pause_after_failure = min(2 * pause_after_failure, LONGEST_PAUSE_SECONDS)
            log.exception("work failed unexpectedly", work=name, pause_seconds=pause)
        await sleep_until(stop, pause)
