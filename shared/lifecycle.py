"""A process's life: signals set a stop, named tasks are watched, and a stop has a deadline."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from shared.errors import LogmillError
from shared.logs import get_logger

log = get_logger(__name__)

Stop = asyncio.Event
"""Set once, when the process is asked to stop; every loop watches it."""


class StopDeadlineExceeded(LogmillError):
    """A task did not end in time after the stop and was cancelled."""


def stop_on_signals() -> Stop:
    """A stop that SIGTERM and SIGINT set. Call inside the running loop."""
    stop = Stop()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def run_until_stopped(stop: Stop, deadline_seconds: float, **tasks: Coroutine[Any, Any, None]) -> None:
    """Runs the named tasks side by side until all have ended.

    A task that ends early, or raises, stops the others. After the stop they have `deadline_seconds`;
    what is then still running is cancelled and StopDeadlineExceeded names it.
    """
    running = {asyncio.create_task(task, name=name) for name, task in tasks.items()}
    watcher = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait({*running, watcher}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        _, late = await asyncio.wait(running, timeout=deadline_seconds)
        await _cancel(late)
    finally:
        await _cancel({watcher, *running})
    for task in running - late:
        task.result()
    if late:
        raise StopDeadlineExceeded(f"still running {deadline_seconds:g} s after the stop: {_names(late)}")


async def sleep_until(stop: Stop, seconds: float) -> bool:
    """Waits `seconds`, or less when the stop comes; True when it came."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _names(tasks: set[asyncio.Task[Any]]) -> str:
    return ", ".join(sorted(task.get_name() for task in tasks))
