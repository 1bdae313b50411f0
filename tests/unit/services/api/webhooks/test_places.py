"""Deliveries into line batches, one behind the other."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.webhooks.deliveries import Delivery, DeliveryKey, Feed
from services.api.webhooks.places import BatchKey, Place, Tail, draft_batches, place

OWNER = UUID(int=1)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def feed(name: str) -> Feed:
    return Feed(OWNER, name, date(2026, 11, 22))


def delivery(number: int, name: str = "a", lines: int = 1, line_bytes: int = 10) -> Delivery:
    body = (b"x" * (line_bytes - 1) + b"\n") * lines
    return Delivery(DeliveryKey(OWNER, str(number)), feed(name), "push", None, NOW, body, lines)


CASES = [
    ([], 100, []),
    ([(0, "a", 1), (1, "a", 1)], 20, [("a", [0, 1])]),
    ([(0, "a", 1), (1, "a", 1), (2, "a", 1)], 20, [("a", [0, 1]), ("a", [2])]),
    ([(0, "a", 1), (1, "b", 1), (2, "a", 1)], 100, [("a", [0, 2]), ("b", [1])]),
    ([(0, "a", 1), (1, "a", 9), (2, "a", 1)], 20, [("a", [0]), ("a", [1]), ("a", [2])]),
]


@pytest.mark.parametrize(("sent", "batch_bytes", "expected"), CASES)
def test_drafts(sent: list[tuple[int, str, int]], batch_bytes: int, expected: list[tuple[str, list[int]]]) -> None:
    drafts = draft_batches([delivery(*each) for each in sent], batch_bytes)
    assert [(d.feed.name, [int(each.key.delivery_id) for each in d.deliveries]) for d in drafts] == expected
    for draft in drafts:
        assert draft.body == b"".join(each.lines for each in draft.deliveries)
        assert draft.line_count == draft.body.count(b"\n")


KEPT, OTHER, UNKEPT = (f"00-{letter * 32}-{'b' * 16}-0{flag}" for letter, flag in ("a1", "c1", "d0"))


@pytest.mark.parametrize(
    ("told", "traceparent"),
    [
        ([None, None], None),
        ([None, KEPT], KEPT),
        ([KEPT, OTHER], KEPT),
        ([UNKEPT, KEPT, OTHER], KEPT),
        ([None, UNKEPT], UNKEPT),
    ],
)
def test_a_draft_goes_on_in_one_trace(told: list[str | None], traceparent: str | None) -> None:
    sent = [replace(delivery(number), traceparent=each) for number, each in enumerate(told)]
    [draft] = draft_batches(sent, 1000)
    assert draft.traceparent == traceparent


def test_each_goes_behind_what_is_there() -> None:
    first, second = UUID(int=11), UUID(int=12)
    drafts = draft_batches([delivery(0, "a", 2), delivery(1, "a", 3), delivery(2, "b"), delivery(3, "a")], 55)
    placed, moved = place(drafts, {feed("a"): Tail(first, 5, 101, 4000), feed("b"): Tail(second, 0, 1, 0)})
    places = {int(key.delivery_id): found for batch in placed for key, found in batch.places()}

    def at(batch: BatchKey, line_no: int, line_count: int) -> Place:
        return Place(batch, line_no, line_count, "push", None, is_waiting=True, is_new=True)

    assert places == {
        0: at(BatchKey(first, 5), 101, 2),
        1: at(BatchKey(first, 5), 103, 3),
        3: at(BatchKey(first, 6), 106, 1),
        2: at(BatchKey(second, 0), 1, 1),
    }
    assert moved == {feed("a"): Tail(first, 7, 107, 4060), feed("b"): Tail(second, 1, 2, 10)}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4), st.integers(1, 50)), max_size=30), st.integers(1, 200)
)
def test_no_place_is_empty_and_none_is_had_twice(shapes: list[tuple[str, int, int]], batch_bytes: int) -> None:
    sent = [delivery(number, *shape) for number, shape in enumerate(shapes)]
    tails = {feed(name): Tail(UUID(int=ord(name)), 0, 1, 0) for name in "abc"}
    placed, moved = place(draft_batches(sent, batch_bytes), tails)
    assert sorted(int(key.delivery_id) for batch in placed for key, _ in batch.places()) == list(range(len(sent)))
    for name, tail in moved.items():
        own = sorted((batch for batch in placed if batch.draft.feed == name), key=lambda batch: batch.key.batch_no)
        assert [batch.key.batch_no for batch in own] == list(range(tail.next_batch))
        lines = [(found.line_no, found.line_count) for batch in own for _, found in batch.places()]
        taken = [number for first, count in lines for number in range(first, first + count)]
        assert taken == list(range(1, tail.next_line))
        assert sum(len(batch.draft.body) for batch in own) == tail.next_byte
        assert all(len(b.draft.body) <= batch_bytes or len(b.draft.deliveries) == 1 for b in own)
