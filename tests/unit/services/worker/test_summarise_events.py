"""The sums of GitHub's events agree with a recount; of anything else there are none."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from services.worker.summarise import summarise
from services.worker.summarise_events import LONGEST_VALUE, MOST_VALUES, OTHER
from shared.parsing import ParsedBatch, ParseHints, parse_batch
from shared.summary import Partial, Summary
from tests.support.github import NAMES, REPOSITORY, event_of, payload

MINUTE = datetime(2026, 11, 22, 15, tzinfo=UTC)


def delivered(event: str, body: bytes, received_at: str = "2026-11-22T15:00:30Z") -> bytes:
    told = {"github_event": event, "delivery": "0a5c-7e", "received_at": received_at}
    return json.dumps(told).encode()[:-1] + b', "payload": ' + body + b"}\n"


def parsed(body: bytes, **hints: Any) -> ParsedBatch:
    return parse_batch(body, first_line=1, hints=ParseHints(**hints))


def sums(body: bytes) -> Partial:
    return summarise(parsed(body), [])


EVERY_EVENT = b"".join(delivered(event_of(name), payload(name)) for name in NAMES) * 2
CI_EVENTS = ("workflow_run", "workflow_job", "check_run", "check_suite", "deployment_status", "status")


def attrs_of(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(attrs) for attrs in parsed(body).records["attrs"]]


def test_every_sum_is_a_recount() -> None:
    records, partial = attrs_of(EVERY_EVENT), sums(EVERY_EVENT)
    summary = partial.summary
    ended = [record for record in records if record["event"] in CI_EVENTS and "outcome" in record]
    assert dict(summary.top_events(99)) == Counter(record["event"] for record in records)
    assert dict(summary.top_repositories(99)) == Counter(r["repository"] for r in records if "repository" in r)
    assert dict(summary.top_senders(99)) == Counter(record["sender"] for record in records if "sender" in record)
    assert set(summary.ci_outcomes) == set(CI_EVENTS)
    assert set(summary.ci_durations) == set(CI_EVENTS) - {"status"}  # it does not tell when it began
    for event, counts in summary.ci_outcomes.items():
        assert counts == Counter(record["outcome"] for record in ended if record["event"] == event)
        durations = [r["duration_ms"] for r in ended if r["event"] == event and "duration_ms" in r]
        assert summary.ci_duration_ms(event, (0, 1)) == [min(durations, default=None), max(durations, default=None)]


def test_rollups_are_a_recount_too() -> None:
    records, partial = attrs_of(EVERY_EVENT), sums(EVERY_EVENT)
    found = {(row.dimension, row.value): row.records for row in partial.rollups if row.dimension != "level"}
    assert {row.bucket for row in partial.rollups} == {MINUTE}
    assert found == Counter(
        (dimension, record[dimension])
        for record in records
        for dimension in ("event", "repository", "sender")
        if dimension in record
    ) | Counter(
        ("outcome", f"{record['event']} {record['outcome']}")
        for record in records
        if record["event"] in CI_EVENTS and "outcome" in record
    )


def test_minutes_are_apart() -> None:
    body = b"".join(
        delivered("public", b"{}", time) for time in ("2026-11-22T15:00:59Z", "2026-11-22T15:01:00Z", "soon")
    )
    rows = [(row.bucket.minute, row.value, row.records) for row in sums(body).rollups if row.dimension == "event"]
    assert rows == [(0, "public", 1), (1, "public", 1)]
    assert sums(body).summary.top_events(9) == [("public", 3)]


@pytest.mark.parametrize("body", [b"", b'{"github_event":"push"}\n', b'{"level":"info"}\n', b"no event\n"])
def test_other_records_have_none(body: bytes) -> None:
    summary = sums(body).summary
    assert (summary.events, summary.repositories, summary.senders) == (b"", b"", b"")
    assert (summary.ci_outcomes, summary.ci_durations) == ({}, {})
    assert {row.dimension for row in sums(body).rollups} <= {"level"}


def test_beside_other_records_only_events_count() -> None:
    body = b'2026-11-22 15:00:00 INFO {"event":"push"}\n{"event":"push"}\n' + delivered("public", b"{}")
    assert sums(body).summary.top_events(9) == [("public", 1)]


def test_a_users_own_format_of_the_same_name_has_none() -> None:
    mine = parsed(b"push by ann\n", format="github", pattern="(?P<what>[a-z]+) by (?P<whom>[a-z]+)")
    assert mine.format_counts == {"github": 1}
    assert summarise(mine, []).summary.events == b""


def test_an_unknown_outcome_is_another() -> None:
    run = {"action": "completed", "workflow_run": {"conclusion": "rained_off"}}
    partial = sums(delivered("workflow_run", json.dumps(run).encode()))
    assert partial.summary.ci_outcomes == {"workflow_run": {OTHER: 1}}
    assert [row.value for row in partial.rollups if row.dimension == "outcome"] == [f"workflow_run {OTHER}"]


def test_rollups_of_one_batch_are_bounded() -> None:
    senders = ["frequent", *(f"s{number}" for number in range(MOST_VALUES)), "x" * 10_000, "frequent"]
    body = b"".join(delivered("public", json.dumps({"sender": {"login": sender}}).encode()) for sender in senders)
    rows = {row.value: row.records for row in sums(body).rollups if row.dimension == "sender"}
    assert (len(rows), rows["frequent"], rows[OTHER]) == (MOST_VALUES + 1, 2, 2)
    assert sum(rows.values()) == len(senders)
    longest = sums(delivered("x" * 10_000, b"{}"))
    assert {len(row.value) for row in longest.rollups if row.dimension == "event"} == {LONGEST_VALUE}


def test_records_that_are_no_longer_there_do_not_count() -> None:
    batch = parsed(delivered("public", b"{}"))
    without = ParsedBatch(batch.records.filter(pl.lit(False)), batch.rejected, batch.format_counts)
    assert summarise(without, []).summary.events == b""


def test_parts_merge_in_any_order() -> None:
    names = [name for name in NAMES if name.startswith(("workflow_run", "push", "deployment"))]
    parts = [sums(delivered(event_of(name), payload(name))).summary for name in names]
    for merged in (Summary.merged(parts), Summary.merged(reversed(parts))):
        assert dict(merged.top_events(9)) == Counter(event_of(name) for name in names)
        assert merged.top_repositories(9) == [(REPOSITORY, len(names))]
        assert merged.ci_outcomes == {
            "workflow_run": {"success": 1, "failure": 1, "cancelled": 1, "timed_out": 1},
            "deployment_status": {"success": 1, "failure": 1, "error": 1},
        }
        assert merged.ci_duration_ms("workflow_run", (0, 1)) == [60e3, 72e5]
        assert merged.ci_duration_ms("check_run", (0.5,)) == [None]
