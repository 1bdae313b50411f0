"""Summaries merge in any order to the same sums."""

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from shared.summary import (
    EXACT_ITEMS,
    Partial,
    RollupRow,
    Summary,
    count_distinct,
    count_frequent,
    decode_summary,
    encode_summary,
    sketch_latencies,
)

EARLY, LATE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


def summary(ips: dict[str, int], first: datetime | None = EARLY, last: datetime | None = LATE) -> Summary:
    return Summary(
        records=3,
        lines_stored=4,
        lines_rejected=1,
        levels={"info": 2, "error": 1},
        keywords={"failed": 1},
        statuses={"200": 2},
        formats={"access": 5},
        events=count_frequent({"push": 1, "check_run": 2}),
        repositories=count_frequent({"shop/pumps": 3}),
        senders=count_frequent({"ann": 3}),
        ci_outcomes={"check_run": {"success": 1, "failure": 1}},
        ci_durations={"check_run": sketch_latencies(np.array([5.0, 7.0], dtype=np.float32))},
        ips=count_frequent(ips),
        distinct_ips=count_distinct(ips),
        latencies=sketch_latencies(np.array([1.0, 2.0, 3.0], dtype=np.float32)),
        first_logged_at=first,
        last_logged_at=last,
    )


def test_merging_adds_up_and_leaves_the_parts_alone() -> None:
    one, other = summary({"10.0.0.1": 2}), summary({"10.0.0.1": 1, "10.0.0.2": 7}, LATE, None)
    for merged in (Summary.merged([one, other]), Summary.merged([other, one])):
        assert (merged.records, merged.lines_stored, merged.lines_rejected) == (6, 8, 2)
        assert merged.levels == {"info": 4, "error": 2}
        assert merged.top_ips(10) == [("10.0.0.2", 7), ("10.0.0.1", 3)]
        assert merged.unique_ips == 2
        assert (merged.first_logged_at, merged.last_logged_at) == (EARLY, LATE)
        assert merged.latency_ms([0.5]) == [2.0]
        assert merged.top_events(9) == [("check_run", 4), ("push", 2)]
        assert (merged.top_repositories(9), merged.top_senders(9)) == ([("shop/pumps", 6)], [("ann", 6)])
        assert merged.ci_outcomes == {"check_run": {"success": 2, "failure": 2}}
        assert merged.ci_duration_ms("check_run", [0, 1]) == [5.0, 7.0]
    assert one.top_ips(10) == [("10.0.0.1", 2)]


def test_nothing_merged_is_empty() -> None:
    empty = Summary.merged([])
    assert (empty.records, empty.unique_ips, empty.top_ips(3), empty.latency_ms([0.5])) == (0, 0, [], [None])
    assert (empty.top_events(3), empty.ci_outcomes, empty.ci_duration_ms("check_run", [0.5])) == ([], {}, [None])


def addresses(count: int) -> dict[str, int]:
    return {f"10.{i // 65536}.{i // 256 % 256}.{i % 256}": 1 + i % 5 for i in range(count)}


@pytest.mark.parametrize("count", [0, 1, 1000, EXACT_ITEMS])
def test_unique_ips_are_exact_while_they_are_few(count: int) -> None:
    assert summary(addresses(count)).unique_ips == count


def test_unique_ips_are_close_when_they_are_many() -> None:
    half, whole = summary(addresses(40_000)), summary(addresses(80_000))
    assert Summary.merged([half, whole]).unique_ips == pytest.approx(80_000, rel=0.03)


def test_the_wire_forms_are_read_back() -> None:
    one = summary({"10.0.0.1": 2})
    assert decode_summary(encode_summary(one)) == one
    partial = Partial(one, [RollupRow("level", EARLY, "info", 3)])
    assert Partial.decode(partial.encode()) == partial


def test_what_was_written_before_events_were_counted_is_read() -> None:
    new = ("events", "repositories", "senders", "ci_outcomes", "ci_durations")
    told = msgspec.msgpack.decode(encode_summary(summary({"10.0.0.1": 2})))
    old = msgspec.msgpack.encode({name: value for name, value in told.items() if name not in new})
    assert decode_summary(old).top_events(9) == []
    assert Summary.merged([decode_summary(old), summary({"10.0.0.1": 2})]).top_events(9) == [
        ("check_run", 2),
        ("push", 1),
    ]
