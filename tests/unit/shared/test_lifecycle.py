"""Stops: what ends with them, and which failure is told."""

import asyncio

import pytest

from shared.errors import ConfigurationError, DatabaseUnavailable
from shared.lifecycle import Stop, StopDeadlineExceeded, Stopped, run_until_stopped, unless_stopped


async def fail(error: Exception, after: asyncio.Event | None = None) -> None:
    if after is not None:
        await after.wait()
    raise error


async def test_work_that_ends_is_answered() -> None:
    async def answer() -> int:
        return 7

    assert await unless_stopped(answer(), Stop()) == 7


async def test_a_stop_ends_what_would_wait_for_ever() -> None:
    stop, cancelled = Stop(), asyncio.Event()

    async def wait_for_ever() -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(Stopped):
        await unless_stopped(wait_for_ever(), stop)
    assert cancelled.is_set()


@pytest.mark.parametrize(
    ("error", "is_stopped", "expected"),
    [
        (DatabaseUnavailable("away"), True, Stopped),
        (DatabaseUnavailable("away"), False, DatabaseUnavailable),
        (ConfigurationError("refused"), True, ConfigurationError),
    ],
)
async def test_a_last_attempt_that_fails(error: Exception, is_stopped: bool, expected: type[Exception]) -> None:
    stop = Stop()

    async def attempt() -> None:
        if is_stopped:
            stop.set()
        raise error

    with pytest.raises(expected):
        await unless_stopped(attempt(), stop)


async def test_stopped_is_no_failure_of_a_process() -> None:
    stop = Stop()
    stop.set()
    await run_until_stopped(stop, 5, work=fail(Stopped("before it had begun")))


async def test_the_first_failure_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(20):  # the order of a set of tasks is not that of their failures
        stop = Stop()
        with pytest.raises(ConfigurationError, match="first"):
            await run_until_stopped(
                stop,
                5,
                a=fail(ValueError("second"), stop),
                b=fail(ConfigurationError("first")),
                c=fail(ValueError("third"), stop),
            )
    assert "another task failed after the first" in capsys.readouterr().out


async def test_a_task_that_does_not_end_is_named() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(StopDeadlineExceeded, match="stubborn"):
        await run_until_stopped(stop, 0.01, stubborn=asyncio.sleep(3600))
