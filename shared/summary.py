"""What records add up to, in a form whose parts can be merged in any order.

A worker summarises each batch; the aggregator merges those into the job's summary; the api merges jobs.
Small closed sets are counted exactly. Addresses and paths are counted in sketches (Apache DataSketches): exact up to
`EXACT_ITEMS` different values, bounded in size and approximate beyond.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Self, TypeVar

import msgspec
import numpy as np
from datasketches import (
    frequent_items_error_type,
    frequent_strings_sketch,
    hll_sketch,
    hll_union,
    kll_floats_sketch,
    tgt_hll_type,
)

FREQUENT_LG_SIZE = 12
EXACT_ITEMS = 3 * 2**FREQUENT_LG_SIZE // 4
DISTINCT_LG_SIZE = 14
LATENCY_K = 200

T = TypeVar("T")


class RollupRow(msgspec.Struct, frozen=True, array_like=True):
    """`records` of one minute (`bucket`, aware) whose `dimension` has `value`.

    Dimensions: level, status, keyword; of GitHub's events also event, repository, sender, outcome.
    """

    dimension: str
    bucket: datetime
    value: str
    records: int


class Summary(msgspec.Struct):
    """Counts, sketches (serialised) and the time span of some records; `merged` makes one of many.

    From `events` to `ci_durations`: of records of GitHub's events alone; the last two by the event's name.
    """

    records: int = 0
    lines_stored: int = 0
    lines_rejected: int = 0
    levels: dict[str, int] = {}
    keywords: dict[str, int] = {}
    statuses: dict[str, int] = {}
    formats: dict[str, int] = {}
    reject_reasons: dict[str, int] = {}
    ips: bytes = b""
    distinct_ips: bytes = b""
    paths: bytes = b""
    latencies: bytes = b""
    events: bytes = b""
    repositories: bytes = b""
    senders: bytes = b""
    ci_outcomes: dict[str, dict[str, int]] = {}
    ci_durations: dict[str, bytes] = {}
    first_logged_at: datetime | None = None
    last_logged_at: datetime | None = None

    @classmethod
    def merged(cls, parts: "Iterable[Summary]") -> Self:
        """One summary of all parts; the parts stay as they are."""
        parts = list(parts)
        first = [part.first_logged_at for part in parts if part.first_logged_at]
        last = [part.last_logged_at for part in parts if part.last_logged_at]
        return cls(
            records=sum(part.records for part in parts),
            lines_stored=sum(part.lines_stored for part in parts),
            lines_rejected=sum(part.lines_rejected for part in parts),
            levels=_add(part.levels for part in parts),
            keywords=_add(part.keywords for part in parts),
            statuses=_add(part.statuses for part in parts),
            formats=_add(part.formats for part in parts),
            reject_reasons=_add(part.reject_reasons for part in parts),
            ips=_merge((part.ips for part in parts), _fold_frequent),
            distinct_ips=_merge((part.distinct_ips for part in parts), _fold_distinct),
            paths=_merge((part.paths for part in parts), _fold_frequent),
            latencies=_merge((part.latencies for part in parts), _fold_latencies),
            events=_merge((part.events for part in parts), _fold_frequent),
            repositories=_merge((part.repositories for part in parts), _fold_frequent),
            senders=_merge((part.senders for part in parts), _fold_frequent),
            ci_outcomes=_by_event((part.ci_outcomes for part in parts), _add),
            ci_durations=_by_event((part.ci_durations for part in parts), _merge_latencies),
            first_logged_at=min(first, default=None),
            last_logged_at=max(last, default=None),
        )

    @property
    def unique_ips(self) -> int:
        """Different client addresses: exact up to EXACT_ITEMS, within about 1 % beyond."""
        if not self.ips:
            return 0
        frequent = frequent_strings_sketch.deserialize(self.ips)
        purged = frequent.get_upper_bound("") > 0  # what an absent item could have counted
        if not purged:
            return int(frequent.num_active_items)
        estimate: float = hll_sketch.deserialize(self.distinct_ips).get_estimate()
        return round(estimate)

    def top_ips(self, limit: int) -> list[tuple[str, int]]:
        """The most frequent client addresses with their counts, most first."""
        return _top(self.ips, limit)

    def top_paths(self, limit: int) -> list[tuple[str, int]]:
        """The most frequent URL paths with their counts, most first."""
        return _top(self.paths, limit)

    def latency_ms(self, ranks: Iterable[float]) -> list[float | None]:
        """The latencies (milliseconds) at `ranks` (0-1); None where no record had one."""
        return _quantiles(self.latencies, ranks)

    def top_events(self, limit: int) -> list[tuple[str, int]]:
        """The most frequent events with their counts, most first."""
        return _top(self.events, limit)

    def top_repositories(self, limit: int) -> list[tuple[str, int]]:
        """The repositories with the most events, most first."""
        return _top(self.repositories, limit)

    def top_senders(self, limit: int) -> list[tuple[str, int]]:
        """The senders of the most events, most first."""
        return _top(self.senders, limit)

    def ci_duration_ms(self, event: str, ranks: Iterable[float]) -> list[float | None]:
        """How long what such events tell of ran (milliseconds), at `ranks` (0-1); None where none of it did."""
        return _quantiles(self.ci_durations.get(event, b""), ranks)


class Partial(msgspec.Struct):
    """A batch's sums, written in the transaction that writes its rows."""

    summary: Summary
    rollups: list[RollupRow]

    def encode(self) -> bytes:
        """As stored in the table `partials`."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def decode(cls, body: bytes) -> "Partial":
        """Reads `encode`'s bytes back."""
        return msgspec.msgpack.decode(body, type=cls)


def encode_summary(summary: Summary) -> bytes:
    """As stored in the table `job_stats`."""
    return msgspec.msgpack.encode(summary)


def decode_summary(body: bytes) -> Summary:
    """Reads `encode_summary`'s bytes back."""
    return msgspec.msgpack.decode(body, type=Summary)


def count_frequent(counts: Mapping[str, int]) -> bytes:
    """A mergeable sketch of how often each string occurs; empty for none."""
    if not counts:
        return b""
    sketch = frequent_strings_sketch(FREQUENT_LG_SIZE)
    for item, count in counts.items():
        sketch.update(item, count)
    return bytes(sketch.serialize())


def count_distinct(items: Iterable[str]) -> bytes:
    """A mergeable sketch of how many different strings there are."""
    sketch = hll_sketch(DISTINCT_LG_SIZE, tgt_hll_type.HLL_4)
    for item in items:
        sketch.update(item)
    return bytes(sketch.serialize_compact())


def sketch_latencies(values_ms: "np.typing.NDArray[np.float32]") -> bytes:
    """A mergeable sketch of a distribution of milliseconds, shape (n,); empty for none."""
    sketch = kll_floats_sketch(LATENCY_K)
    sketch.update(values_ms)
    return b"" if sketch.is_empty() else bytes(sketch.serialize())


def _add(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in counts:
        total.update(part)
    return dict(total)


def _by_event(parts: Iterable[Mapping[str, T]], add: Callable[[list[T]], T]) -> dict[str, T]:
    """What the parts have under each event's name, added up."""
    found: dict[str, list[T]] = {}
    for part in parts:
        for event, value in part.items():
            found.setdefault(event, []).append(value)
    return {event: add(values) for event, values in found.items()}


def _merge_latencies(sketches: Iterable[bytes]) -> bytes:
    return _merge(sketches, _fold_latencies)


def _merge(sketches: Iterable[bytes], fold: Callable[[list[bytes]], bytes]) -> bytes:
    """`fold` of the sketches that are there; none or one needs no folding."""
    present = [sketch for sketch in sketches if sketch]
    return fold(present) if len(present) > 1 else b"".join(present)


def _fold_frequent(sketches: list[bytes]) -> bytes:
    merged = frequent_strings_sketch(FREQUENT_LG_SIZE)
    for sketch in sketches:
        merged.merge(frequent_strings_sketch.deserialize(sketch))
    return bytes(merged.serialize())


def _fold_distinct(sketches: list[bytes]) -> bytes:
    union = hll_union(DISTINCT_LG_SIZE)
    for sketch in sketches:
        union.update(hll_sketch.deserialize(sketch))
    return bytes(union.get_result(tgt_hll_type.HLL_4).serialize_compact())


def _fold_latencies(sketches: list[bytes]) -> bytes:
    merged = kll_floats_sketch(LATENCY_K)
    for sketch in sketches:
        merged.merge(kll_floats_sketch.deserialize(sketch))
    return bytes(merged.serialize())


def _quantiles(sketch: bytes, ranks: Iterable[float]) -> list[float | None]:
    if not sketch:
        return [None for _ in ranks]
    values = kll_floats_sketch.deserialize(sketch)
    return [float(values.get_quantile(rank)) for rank in ranks]


def _top(sketch: bytes, limit: int) -> list[tuple[str, int]]:
    if not sketch:
        return []
    frequent = frequent_strings_sketch.deserialize(sketch)
    items = frequent.get_frequent_items(frequent_items_error_type.NO_FALSE_NEGATIVES)
    ranked = sorted(((str(item[0]), int(item[1])) for item in items), key=lambda pair: (-pair[1], pair[0]))
    return ranked[:limit]
