"""What becomes of a delivery in view of how those before it fared."""

from types import SimpleNamespace
from typing import cast

import pytest
from aio_pika.abc import AbstractIncomingMessage
from prometheus_client import CollectorRegistry

from services.worker.breaker import Breaker, Outcome
from services.worker.metrics import WorkerMetrics
from services.worker.pausing import Tried
from services.worker.pipeline import Delivery, Pipeline
from services.worker.settlement import Ack, DeadLetter, GiveBack, Retry, Settlement
from services.worker.working import Work
from shared.attempts import Attempt
from shared.clock import SYSTEM_CLOCK
from shared.lifecycle import Stop

RETRY, DEAD = Retry((Attempt("why"),)), DeadLetter("attempts_exhausted", "why")
MESSAGE = cast(
    AbstractIncomingMessage, SimpleNamespace(body=b"", type="line_batch", headers={"job_id": "c"}, timestamp=None)
)


class Settles(Pipeline):
    """Comes to one answer about everything."""

    def __init__(self, answer: Settlement) -> None:
        self.answer = answer
        self.asked: list[bool] = []

    async def process(self, _delivery: Delivery, *, alone: bool = False) -> Settlement:
        self.asked.append(alone)
        return self.answer


class Parts:
    """A Work, and what it works with; of four batches all have failed."""

    def __init__(self, answer: Settlement, window: int = 4) -> None:
        self.pipeline, self.breaker, self.stop = Settles(answer), Breaker(window, 0.8), Stop()
        for job in "abab":
            self.breaker.note(Outcome(job, has_failed=True))
        metrics = WorkerMetrics(CollectorRegistry())
        self.work = Work(self.pipeline, self.breaker, metrics, SYSTEM_CLOCK, self.stop, "here:1")


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("answer", [Ack("stored"), RETRY, DEAD, GiveBack()])
async def test_what_is_given_back_goes_where_it_came_from(answer: Settlement, alone: bool) -> None:
    parts = Parts(answer, window=100)
    expected = GiveBack(alone) if answer == GiveBack() else answer
    assert await parts.work.settlement(MESSAGE, alone=alone) == expected
    assert parts.pipeline.asked == [alone]


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("is_stopped", [False, True])
async def test_nothing_is_begun_after_the_stop_or_while_the_breaker_is_open(is_stopped: bool, alone: bool) -> None:
    parts = Parts(Ack("stored"), window=100 if is_stopped else 4)
    if is_stopped:
        parts.stop.set()
    assert await parts.work.settlement(MESSAGE, alone=alone) == GiveBack(alone)
    assert parts.pipeline.asked == []


async def test_the_failure_that_opens_the_breaker_counts_as_any_other() -> None:
    parts = Parts(RETRY, window=6)
    assert await parts.work.settlement(MESSAGE) == RETRY
    assert parts.breaker.is_open


@pytest.mark.parametrize(
    ("answer", "tried"),
    [
        (Ack("stored"), Tried.WORKED),
        (Ack("duplicate"), Tried.UNCLEAR),
        (GiveBack(), Tried.UNCLEAR),
        (RETRY, Tried.FAILED),
        (DEAD, Tried.FAILED),
    ],
)
async def test_a_try_while_the_breaker_is_open_counts(answer: Settlement, tried: Tried) -> None:
    parts = Parts(answer)
    assert parts.breaker.is_open
    assert await parts.work.tried(MESSAGE) == (tried, answer)
