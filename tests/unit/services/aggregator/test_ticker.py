"""Rounds of work: what goes wrong in one does not end them."""

import pytest

from services.aggregator import ticker
from services.aggregator.ticker import run_rounds
from shared.errors import DatabaseUnavailable
from shared.lifecycle import Stop


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), ValueError("a bug")])
async def test_a_failing_round_is_tried_again(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "PAUSE_AFTER_TROUBLE_SECONDS", 0)
    stop = Stop()
    rounds = 0

    async def work() -> bool:
        nonlocal rounds
        rounds += 1
        if rounds < 4:
            raise error
        stop.set()
        return False

    await run_rounds("work", work, 0, stop)
    assert rounds == 4
