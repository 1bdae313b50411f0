"""A process's life: signals set a stop, named tasks are watched, and a stop has a deadline."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from shared.errors import LogmillError, TransientError
from shared.logs import get_logger

log = get_logger(__name__)
T = TypeVar("T")

Stop = asyncio.Event
"""Set once, when the process is asked to stop; every loop watches it."""


class StopDeadlineExceeded(LogmillError):
    """A task did not end in time after the stop and was cancelled."""


class Stopped(LogmillError):
    """The stop came before there was anything to stop; no failure."""


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
    what is then still running is cancelled and StopDeadlineExceeded names it. Raises what the first task to fail
    raised; the others' failures are logged. Stopped is no failure.
    """
    running = {asyncio.create_task(task, name=name) for name, task in tasks.items()}
    watcher = asyncio.create_task(stop.wait(), name="stop")
    try:
        first, _ = await asyncio.wait({*running, watcher}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        _, late = await asyncio.wait(running, timeout=deadline_seconds)
        await _cancel(late)
    finally:
        await _cancel({watcher, *running})
    _raise_first([*(running & first), *(running - first - late)])
    if late:
        raise StopDeadlineExceeded(f"still running {deadline_seconds:g} s after the stop: {_names(late)}")


async def unless_stopped(work: Coroutine[Any, Any, T], stop: Stop) -> T:
    """What `work` answers or raises; Stopped as soon as the stop comes, when `work` is cancelled."""
    working = asyncio.create_task(work)
    watcher = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, watcher}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Stopped("stopped before it had begun")
        return working.result()
    except TransientError as error:
        if stop.is_set():
            raise Stopped("stopped before it had begun") from error
        raise
    finally:
        await _cancel({working, watcher})


async def sleep_until(stop: Stop, seconds: float) -> bool:
    """Waits `seconds`, or less when the stop comes; True when it came."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _raise_first(ended: list[asyncio.Task[Any]]) -> None:
    errors = {task.get_name(): task.exception() for task in ended}
    failures = [(name, error) for name, error in errors.items() if error and not isinstance(error, Stopped)]
    for name, error in failures[1:]:
        log.error("another task failed after the first", task=name, exc_info=error)
    for _, error in failures:
        raise error


def _names(tasks: set[asyncio.Task[Any]]) -> str:
    return ", ".join(sorted(task.get_name() for task in tasks))
