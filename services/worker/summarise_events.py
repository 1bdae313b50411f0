"""GitHub's events to sums: what, where, by whom, and how automation ended and how long it ran."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
from msgspec.structs import replace

from shared.parsing.formats.github import GITHUB
from shared.parsing.formats.github_told import OUTCOMES
from shared.summary import Partial, RollupRow, Summary, count_frequent, sketch_latencies

CI_EVENTS = frozenset(("workflow_run", "workflow_job", "check_run", "check_suite", "deployment_status", "status"))
"""Events whose outcomes and durations are counted."""

MOST_VALUES = 200
OTHER = "(other)"
"""A batch's rollups have so many different repositories, senders or events; the rest counts under this name."""
LONGEST_VALUE = 200
"""Characters: PostgreSQL indexes the values of rollups, and refuses to for very long ones."""

Times = tuple[datetime | None, str]


class _Attrs(msgspec.Struct):
    """What of a record's attrs is counted."""

    event: str
    repository: str | None = None
    sender: str | None = None
    outcome: str | None = None
    duration_ms: float | None = None


class _Event(NamedTuple):
    """One record: its minute, where it has a time, and what it tells."""

    bucket: datetime | None
    told: _Attrs

    @property
    def outcome(self) -> str | None:
        """How automation ended, in a known word; None for anything else."""
        if self.told.outcome is None or self.told.event not in CI_EVENTS:
            return None
        return self.told.outcome if self.told.outcome in OUTCOMES else OTHER

    def values(self) -> dict[str, str | None]:
        """By dimension of rollups."""
        outcome = self.outcome
        told = {"event": self.told.event, "repository": self.told.repository, "sender": self.told.sender}
        named = {dimension: value and value[:LONGEST_VALUE] for dimension, value in told.items()}
        return {**named, "outcome": outcome and f"{self.told.event} {outcome}"}


def with_events(partial: Partial, records: pl.DataFrame) -> Partial:
    """`partial` with the sums of those of `records` that are GitHub's events."""
    events = _events(records.filter(pl.col("format") == GITHUB))
    counted: defaultdict[str, Counter[Times]] = defaultdict(Counter)
    for event in events:
        for dimension, value in event.values().items():
            if value:
                counted[dimension][event.bucket, value] += 1
    rollups = [row for dimension, counts in counted.items() for row in _rollups(dimension, counts)]
    return Partial(_with_sums(partial.summary, events, counted), [*partial.rollups, *rollups])


def _events(records: pl.DataFrame) -> list[_Event]:
    """Records without such attrs are of a user's own format that has the same name: they are left out."""
    buckets, read = records["logged_at"].dt.truncate("1m"), msgspec.json.Decoder(_Attrs).decode
    events = []
    for bucket, attrs in zip(buckets.to_list(), records["attrs"].to_list(), strict=True):
        with suppress(msgspec.MsgspecError):
            events.append(_Event(bucket, read(attrs or b"")))
    return events


def _with_sums(summary: Summary, events: list[_Event], counted: dict[str, Counter[Times]]) -> Summary:
    outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    durations: defaultdict[str, list[float]] = defaultdict(list)
    for event in events:
        if event.outcome:
            outcomes[event.told.event][event.outcome] += 1
            if event.told.duration_ms is not None:
                durations[event.told.event].append(event.told.duration_ms)
    return replace(
        summary,
        events=_frequent(counted["event"]),
        repositories=_frequent(counted["repository"]),
        senders=_frequent(counted["sender"]),
        ci_outcomes={event: dict(counts) for event, counts in outcomes.items()},
        ci_durations={
            event: sketch_latencies(np.array(values, dtype=np.float32)) for event, values in durations.items()
        },
    )


def _frequent(counts: Counter[Times]) -> bytes:
    return count_frequent(_by_value(counts))


def _by_value(counts: Counter[Times]) -> Counter[str]:
    values: Counter[str] = Counter()
    for (_, value), records in counts.items():
        values[value] += records
    return values


def _rollups(dimension: str, counts: Counter[Times]) -> Iterable[RollupRow]:
    """By minute, of at most MOST_VALUES different values."""
    kept = {value for value, _ in _by_value(counts).most_common(MOST_VALUES)}
    sums: Counter[tuple[datetime, str]] = Counter()
    for (bucket, value), records in counts.items():
        if bucket is not None:
            sums[bucket, value if value in kept else OTHER] += records
    return [RollupRow(dimension, bucket, value, records) for (bucket, value), records in sums.items()]
