"""A dead letter as the message it was before."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from aio_pika import DeliveryMode

from services.aggregator.dead_letters import PROPERTIES, read_dead_letter
from services.aggregator.replays import queue_for, replayed_message
from shared.identifiers import new_job_id
from shared.messages import InputHints, LineBatch, decode, encode
from shared.topology import BULK_QUEUE, INGEST_QUEUE

REPLAY = UUID(int=7)
DIED = {
    "reason": "attempts_exhausted",
    "detail": "once more",
    "attempts": ["one"],
    "trace": "lines",
    "replay_id": str(UUID(int=6)),
    "x-death": [{"reason": "expired"}],
    "x-delivery-count": 3,
}


def test_it_is_the_message_as_it_was() -> None:
    hints = InputHints(format="json", keywords=("a", "b"), modified_at=datetime(2026, 1, 2, tzinfo=UTC))
    batch = LineBatch(new_job_id(), 3, 40, 2, 999, b"one\ntwo\n", hints, header="a,b", traceparent="00-a-b-01")
    made = encode(batch, datetime(2026, 1, 1, tzinfo=UTC))
    properties = {name: getattr(made, name) for name in PROPERTIES}
    row = read_dead_letter(made.body, {**made.headers, **DIED}, properties)
    again = replayed_message(REPLAY, row.body, row.headers, row.properties)
    assert again.headers == {**made.headers, "replay_id": str(REPLAY)}
    assert {name: getattr(again, name) for name in PROPERTIES} == properties
    assert again.delivery_mode == DeliveryMode.PERSISTENT
    assert decode(again.body, again.type, again.headers) == batch


@pytest.mark.parametrize("timestamp", ["", "never", "2026-13-01"])
def test_a_letter_that_tells_nothing(timestamp: str) -> None:
    message = replayed_message(REPLAY, b"x", {}, {"timestamp": timestamp})
    assert (message.headers, message.type, message.timestamp) == ({"replay_id": str(REPLAY)}, None, None)


@pytest.mark.parametrize(("letters", "queue"), [(1, INGEST_QUEUE), (16, INGEST_QUEUE), (17, BULK_QUEUE)])
def test_a_big_replay_does_not_stand_before_uploads(letters: int, queue: str) -> None:
    assert queue_for(letters) == queue
