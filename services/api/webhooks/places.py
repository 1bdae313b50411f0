"""Where deliveries go: together into line batches of their feed, behind what is there already. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple
from uuid import UUID

from services.api.webhooks.deliveries import Delivery, DeliveryKey, Feed
from shared.tracing import kept_trace


class BatchKey(NamedTuple):
    """A line batch's identity."""

    job_id: UUID
    batch_no: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a delivery is, for good. `is_waiting`: its batch is not known to be with the broker yet."""

    batch: BatchKey
    line_no: int
    line_count: int
    event: str
    action: str | None
    is_waiting: bool
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Tail:
    """Where a feed's job goes on: `next_line` counts from 1, the others from 0."""

    job_id: UUID
    next_batch: int
    next_line: int
    next_byte: int


@dataclass(frozen=True, slots=True)
class Draft:
    """Deliveries of one feed that will be one line batch; `body` are their lines."""

    feed: Feed
    deliveries: tuple[Delivery, ...]
    body: bytes

    @property
    def line_count(self) -> int:
        """Lines in the body."""
        return sum(delivery.line_count for delivery in self.deliveries)

    @property
    def traceparent(self) -> str | None:
        """Of the first delivery whose trace is kept, else of any that has one: the batch goes on in that alone."""
        told = [delivery.traceparent for delivery in self.deliveries if delivery.traceparent]
        return max(told, key=lambda traceparent: kept_trace(traceparent) is not None, default=None)


@dataclass(frozen=True, slots=True)
class PlacedBatch:
    """A draft that has its place."""

    key: BatchKey
    first_line: int
    byte_offset: int
    draft: Draft

    def places(self) -> Iterable[tuple[DeliveryKey, Place]]:
        """That of each delivery in it."""
        deliveries = self.draft.deliveries
        first_lines = accumulate((delivery.line_count for delivery in deliveries), initial=self.first_line)
        for delivery, line_no in zip(deliveries, first_lines, strict=False):
            yield (
                delivery.key,
                Place(
                    batch=self.key,
                    line_no=line_no,
                    line_count=delivery.line_count,
                    event=delivery.event,
                    action=delivery.action,
                    is_waiting=True,
                    is_new=True,
                ),
            )


def draft_batches(deliveries: Iterable[Delivery], batch_bytes: int) -> list[Draft]:
    """All deliveries, in their order, as few batches of each feed as may be.

    A batch has at most `batch_bytes`, unless one delivery alone has more.
    """
    drafts: list[Draft] = []
    by_feed: dict[Feed, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        together = by_feed[delivery.feed]
        if together and sum(len(each.lines) for each in together) + len(delivery.lines) > batch_bytes:
            drafts.append(_draft(by_feed.pop(delivery.feed)))
        by_feed[delivery.feed].append(delivery)
    return [*drafts, *map(_draft, by_feed.values())]


def _draft(deliveries: Sequence[Delivery]) -> Draft:
    return Draft(deliveries[0].feed, tuple(deliveries), b"".join(delivery.lines for delivery in deliveries))


def place(drafts: Iterable[Draft], tails: Mapping[Feed, Tail]) -> tuple[list[PlacedBatch], dict[Feed, Tail]]:
    """The drafts in the places their feeds' `tails` have for them, and where the feeds go on behind them."""
    placed, moved = [], dict(tails)
    for draft in drafts:
        tail = moved[draft.feed]
        placed.append(PlacedBatch(BatchKey(tail.job_id, tail.next_batch), tail.next_line, tail.next_byte, draft))
        moved[draft.feed] = Tail(
            tail.job_id, tail.next_batch + 1, tail.next_line + draft.line_count, tail.next_byte + len(draft.body)
        )
    return placed, moved
