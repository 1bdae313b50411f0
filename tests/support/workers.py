"""Workers watched from a test that runs a loop of its own."""

import asyncio
from collections.abc import Callable

import httpx

from tests.support.suite import Service, wait_for

SETTLE_SECONDS = 40
IN_PROGRESS = "logmill_worker_batches_in_progress"


def settled_as(worker: Service, outcome: str) -> float:
    """Batches this worker has settled so."""
    return worker.metric("logmill_worker_batches_total", outcome=outcome)


async def until(worker: Service, what: str, condition: Callable[[], object]) -> None:
    """`wait_for` beside a loop that has to keep running; fails with the worker's log."""
    try:
        await asyncio.to_thread(wait_for, what, condition, SETTLE_SECONDS)
    except (AssertionError, httpx.TransportError) as error:
        raise AssertionError(f"{error}\n{worker.read_log()[-5000:]}") from error


async def until_settled(worker: Service, outcome: str, batches: int) -> None:
    """Returns once the worker has settled so many batches as `outcome`."""
    await until(worker, f"{batches} to be {outcome}", lambda: settled_as(worker, outcome) == batches)
