"""What becomes of a failed batch."""

import pytest

from services.worker.settlement import DeadLetter, Retry, Settlement, after_failure
from shared.errors import PoisonMessage

BOOM = ValueError("boom")
TOLD = "ValueError: boom"

CASES: list[tuple[Exception, tuple[str, ...], Settlement]] = [
    (PoisonMessage("bad_checksum", "why"), (), DeadLetter("bad_checksum", "why")),
    (BOOM, (), Retry((TOLD,))),
    (BOOM, ("first",), Retry(("first", TOLD))),
    (BOOM, ("first", "second"), DeadLetter("attempts_exhausted", TOLD, ("first", "second", TOLD))),
]


@pytest.mark.parametrize(("error", "earlier", "settlement"), CASES)
def test_after_failure(error: Exception, earlier: tuple[str, ...], settlement: Settlement) -> None:
    assert after_failure(error, earlier, max_attempts=3) == settlement
