"""Sums of one job, and of all."""

from datetime import timedelta

import numpy as np

from shared.summary import Summary, count_distinct, count_frequent, sketch_latencies
from tests.integration.api.owner import Owner
from tests.integration.api.seed import NOON, Seed


def summary(ips: dict[str, int], hours: int) -> Summary:
    return Summary(
        records=sum(ips.values()),
        lines_stored=sum(ips.values()),
        lines_rejected=1,
        levels={"error": 2, "info": 3},
        keywords={"timeout": 4},
        statuses={"200": 5, "500": 1},
        formats={"combined": 6},
        reject_reasons={"broken_json": 1},
        ips=count_frequent(ips),
        distinct_ips=count_distinct(ips),
        paths=count_frequent({"/a": 3, "/b": 2}),
        latencies=sketch_latencies(np.arange(1, 101, dtype=np.float32)),
        first_logged_at=NOON - timedelta(hours=hours),
        last_logged_at=NOON,
    )


COUNTS = {"lines_read": 10, "lines_stored": 8, "lines_rejected": 1, "lines_dead_lettered": 1}


async def test_one_job(ann: Owner, seed: Seed) -> None:
    job_id = await seed.job(ann.user_id, **COUNTS)
    await seed.summary(job_id, summary({"192.0.2.1": 5, "192.0.2.2": 1}, hours=1))
    stats = await ann.get(f"/api/stats/{job_id}")
    latency = stats.pop("latency_ms")
    assert [round(latency[rank], -1) for rank in ("p50", "p90", "p99")] == [50, 90, 100]
    assert stats == {
        "job_id": str(job_id),
        **COUNTS,
        "level_distribution": {"trace": 0, "debug": 0, "info": 3, "warn": 0, "error": 2, "fatal": 0, "unknown": 0},
        "keyword_frequency": {"timeout": 4},
        "unique_ips": 2,
        "top_ips": [{"ip": "192.0.2.1", "count": 5}, {"ip": "192.0.2.2", "count": 1}],
        "status_distribution": {"200": 5, "500": 1},
        "top_paths": [{"path": "/a", "count": 3}, {"path": "/b", "count": 2}],
        "first_timestamp": "2025-01-31T11:00:00Z",
        "last_timestamp": "2025-01-31T12:00:00Z",
        "format_counts": {"combined": 6},
        "event_distribution": {},
        "top_repositories": [],
        "top_senders": [],
        "ci_outcomes": {},
        "ci_duration_ms": {},
    }


async def test_events(ann: Owner, seed: Seed) -> None:
    job_id = await seed.job(ann.user_id, source="github")
    ran = sketch_latencies(np.arange(1, 101, dtype=np.float32))
    counted = Summary(
        events=count_frequent({"push": 1, "commit": 3, "check_run": 2}),
        repositories=count_frequent({f"shop/{number}": number for number in range(1, 31)}),
        senders=count_frequent({"ann": 5, "bob": 1}),
        ci_outcomes={"check_run": {"success": 1, "failure": 1}, "deployment_status": {"inactive": 1}},
        ci_durations={"check_run": ran},
    )
    await seed.summary(job_id, counted)
    one, every = await ann.get(f"/api/stats/{job_id}"), await ann.get("/api/stats")
    for stats in (one, every):
        assert list(stats["event_distribution"].items()) == [("commit", 3), ("check_run", 2), ("push", 1)]
        assert stats["top_repositories"][0] == {"repository": "shop/30", "count": 30}
        assert len(stats["top_repositories"]) == 20
        assert stats["top_senders"] == [{"sender": "ann", "count": 5}, {"sender": "bob", "count": 1}]
        assert stats["ci_outcomes"] == counted.ci_outcomes
        assert list(stats["ci_duration_ms"]) == ["check_run"]
        latency = stats["ci_duration_ms"]["check_run"]
        assert [round(latency[rank], -1) for rank in ("p50", "p90", "p99")] == [50, 90, 100]


async def test_a_job_that_has_not_begun(ann: Owner, seed: Seed) -> None:
    job_id = await seed.job(ann.user_id)
    stats = await ann.get(f"/api/stats/{job_id}")
    assert stats["lines_read"] == 0
    assert stats["unique_ips"] == 0
    assert stats["latency_ms"] == {"p50": None, "p90": None, "p99": None}
    assert stats["first_timestamp"] is None
    assert sum(stats["level_distribution"].values()) == 0


async def test_all_ones_own_jobs(ann: Owner, bob: Owner, seed: Seed) -> None:
    for owner, ips, hours in (
        (ann, {"192.0.2.1": 5}, 1),
        (ann, {"192.0.2.1": 1, "192.0.2.9": 9}, 2),
        (bob, {"::1": 1}, 9),
    ):
        job_id = await seed.job(owner.user_id, **COUNTS)
        await seed.summary(job_id, summary(ips, hours))
    await seed.job(ann.user_id)
    stats = await ann.get("/api/stats")
    assert (stats["jobs"], stats["lines_read"], stats["lines_dead_lettered"]) == (3, 20, 2)
    assert stats["top_ips"] == [{"ip": "192.0.2.9", "count": 9}, {"ip": "192.0.2.1", "count": 6}]
    assert (stats["unique_ips"], stats["keyword_frequency"]) == (2, {"timeout": 8})
    assert stats["first_timestamp"] == "2025-01-31T10:00:00Z"
    assert (await bob.get("/api/stats"))["unique_ips"] == 1


async def test_more_jobs_than_are_read_at_once(ann: Owner, seed: Seed) -> None:
    for number in range(105):
        job_id = await seed.job(ann.user_id, lines_read=1)
        await seed.summary(job_id, Summary(levels={"info": 1}, ips=count_frequent({f"192.0.2.{number}": 1})))
    stats = await ann.get("/api/stats")
    assert (stats["jobs"], stats["level_distribution"]["info"], stats["unique_ips"]) == (105, 105, 105)
    assert len(stats["top_ips"]) == 20


async def test_nobody_has_no_jobs(ann: Owner) -> None:
    stats = await ann.get("/api/stats")
    assert (stats["jobs"], stats["lines_read"], stats["top_ips"]) == (0, 0, [])
