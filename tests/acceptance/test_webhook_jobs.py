"""The rolling job of a repository's day: it closes and adds up, is cancelled and deleted; its sums are a recount."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.faults.proof import session
from tests.support.suite import Suite, wait_for
from tests.support.user import User, assert_conserved
from tests.support.webhooks import (
    KINDS,
    Hook,
    event_of,
    hook_of,
    message,
    new_delivery_id,
    payload_of,
    wait_until_stored,
)

IMPATIENT = {"LOGMILL_MAINTENANCE_INTERVAL_SECONDS": "0.2"}
MOST_VALUES = 20
"""What stats name of repositories and senders."""
DAYS_AGO = "UPDATE webhook_feeds SET day = day - 2 WHERE closed_at IS NULL AND job_id = ANY ($1)"
RUNS = ("workflow_run", "workflow_job", "check_run", "check_suite", "deployment_status", "status")
OUTCOMES = ("success", "success", "success", "failure", "cancelled")
RECORDS = """
SELECT date_trunc('minute', logged_at) AS minute, logger AS event, attrs->>'repository' AS repository,
    attrs->>'sender' AS sender, attrs->>'outcome' AS outcome, duration_ms
FROM log_records JOIN jobs USING (job_id) WHERE owner_id = $1 AND ($2::uuid IS NULL OR job_id = $2)
"""


@pytest.fixture
def hook(user: User) -> Hook:
    """A hook of the user's."""
    return hook_of(user)


def day_is_over(suite: Suite, *job_ids: str) -> None:
    """Makes these the jobs of the day before yesterday."""
    with session(suite) as ask:
        ask(DAYS_AGO, [UUID(job_id) for job_id in job_ids])


def verified(user: User, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = user.get(f"/api/jobs/{job_id}/verify")
    return found


def assert_adds_up(user: User, job_id: str) -> None:
    found = verified(user, job_id)
    assert found["adds_up"], found


def test_a_repository_and_day_is_a_job(user: User, hook: Hook) -> None:
    """A repository's; else the organization's, else the sender's."""
    payloads = [
        {"repository": {"full_name": "octo/a"}, "organization": {"login": "octo"}, "sender": {"login": "cat"}},
        {"organization": {"login": "octo"}, "sender": {"login": "cat"}},
        {"installation": {"account": {"login": "install"}}, "sender": {"login": "cat"}},
        {"sender": {"login": "cat"}},
        {"zen": "none of it"},
    ]
    today = datetime.now(UTC).date()
    told = [hook.accepted(payload)["job_id"] for payload in (*payloads, *payloads)]
    assert told[:5] == told[5:]
    jobs = [user.job(job_id) for job_id in told[:5]]
    if today == datetime.now(UTC).date():
        assert [job["file_name"] for job in jobs] == [
            f"{f} {today}" for f in ("octo/a", "octo", "install", "cat", "github")
        ]
    assert {(job["source"], job["status"], job["bytes_total"]) for job in jobs} == {("github", "receiving", None)}
    for job_id in told[:5]:
        wait_until_stored(user, job_id, 2)


def test_a_job_closes_after_its_day_and_adds_up(own_suite: Suite) -> None:
    """While deliveries go on coming: what comes after that begins another; what was answered is answered the same."""
    own_suite.start_all(workers=1, **IMPATIENT)
    with User(own_suite.api_url) as user:
        hook = hook_of(user)
        sent = {new_delivery_id(): kind for kind in KINDS * 3}
        with delivering(hook) as told:
            for delivery_id, kind in sent.items():
                told[delivery_id] = hook.accepted(payload_of(kind), event_of(kind), delivery_id)
            closing = {answer["job_id"] for answer in told.values()}
            day_is_over(own_suite, *closing)
            wait_for("them to be complete", lambda: all(user.wait(job_id) for job_id in closing))
        jobs = user.get("/api/jobs", limit=1000)["items"]
        assert {answer["job_id"] for answer in told.values()} == {job["job_id"] for job in jobs}
        for job in jobs:
            lines = sum(answer["line_count"] for answer in told.values() if answer["job_id"] == job["job_id"])
            wait_until_stored(user, job["job_id"], lines)
        for job_id in closing:
            job = user.job(job_id)
            assert_conserved(job)
            assert (job["status"], job["lines_dead_lettered"], job["error_message"]) == ("completed", 0, None)
            assert job["bytes_received"] == job["bytes_total"] == len(raw(user, job_id))
            assert_adds_up(user, job_id)
        for delivery_id, kind in sent.items():
            assert hook.accepted(payload_of(kind), event_of(kind), delivery_id) == told[delivery_id]
        again = hook.accepted(payload_of(KINDS[0]), event_of(KINDS[0]))
        assert again["job_id"] not in closing


def raw(user: User, job_id: str) -> bytes:
    return user.http.get(f"/api/jobs/{job_id}/export", params={"format": "raw"}).raise_for_status().content


@contextmanager
def delivering(hook: Hook, senders: int = 4) -> Iterator[dict[str, dict[str, Any]]]:
    """Deliveries one after the other by several senders during the block, and what they were answered, by their ids."""
    told: dict[str, dict[str, Any]] = {}
    over = threading.Event()

    def send(number: int) -> None:
        while not over.is_set():
            delivery_id = new_delivery_id()
            told[delivery_id] = hook.accepted(message("now", f"octo/busy{number % 2}"), "told", delivery_id)

    with ThreadPoolExecutor(senders) as pool:
        sending = [pool.submit(send, number) for number in range(senders)]
        try:
            yield told
        finally:
            over.set()
        for sender in sending:
            sender.result(60)


def test_what_is_closed_while_it_comes_in_is_whole(own_suite: Suite) -> None:
    """A day that ends again and again under load: every delivery has its record, every job closes and adds up."""
    own_suite.start("api")
    own_suite.start("aggregator", **IMPATIENT)
    own_suite.start_all(workers=1, **IMPATIENT)
    with User(own_suite.api_url) as user:
        with delivering(hook_of(user)) as told:
            for _ in range(5):
                jobs = len(user.get("/api/jobs")["items"])
                open_ones = [job["job_id"] for job in user.get("/api/jobs")["items"] if job["status"] == "receiving"]
                day_is_over(own_suite, *open_ones)
                wait_for("others to begin", lambda jobs=jobs: len(user.get("/api/jobs")["items"]) >= jobs + 2)  # type: ignore[misc]
        ids = [job["job_id"] for job in user.get("/api/jobs")["items"]]
        day_is_over(own_suite, *ids)
        for job_id in ids:
            job = user.wait(job_id)
            mine = {answer["delivery_id"] for answer in told.values() if answer["job_id"] == job_id}
            assert (job["status"], job["lines_read"], job["lines_stored"]) == ("completed", len(mine), len(mine))
            assert {item["trace_id"] for item in user.lines(job_id)} == mine
            assert_adds_up(user, job_id)


def test_a_cancelled_job_stays_and_the_next_delivery_begins_another(user: User, hook: Hook) -> None:
    delivery_id = new_delivery_id()
    told = hook.accepted(message("before"), delivery_id=delivery_id)
    wait_until_stored(user, told["job_id"], 1)
    cancelled = user.http.post(f"/api/jobs/{told['job_id']}/cancel").raise_for_status().json()
    assert (cancelled["status"], cancelled["lines_stored"]) == ("cancelled", 1)
    assert_conserved(cancelled)
    assert hook.accepted(message("before"), delivery_id=delivery_id) == told
    later = hook.accepted(message("after"))
    assert (later["job_id"] == told["job_id"], later["line_no"]) == (False, 1)
    (item,) = wait_until_stored(user, later["job_id"], 1)
    assert item["attrs"]["payload"]["text"] == "after"
    assert user.job(told["job_id"])["lines_stored"] == 1


def test_a_job_cancelled_under_load_loses_none_of_the_others(user: User, hook: Hook) -> None:
    with delivering(hook) as told:
        for _ in range(4):
            wait_for("something to be under way", lambda: open_jobs(user))
            for job_id in open_jobs(user):
                user.http.post(f"/api/jobs/{job_id}/cancel").raise_for_status()
    for job in user.get("/api/jobs")["items"]:
        mine = [answer for answer in told.values() if answer["job_id"] == job["job_id"]]
        if job["status"] == "receiving":
            wait_until_stored(user, job["job_id"], len(mine))
        else:
            wait_for("what was stored to be counted", lambda job=job: verified(user, job["job_id"])["adds_up"])  # type: ignore[misc]


def open_jobs(user: User) -> list[str]:
    return [job["job_id"] for job in user.get("/api/jobs")["items"] if job["status"] == "receiving"]


def test_what_is_deleted_can_be_delivered_again(user: User, hook: Hook) -> None:
    delivery_id = new_delivery_id()
    told = hook.accepted(message("one"), delivery_id=delivery_id)
    wait_until_stored(user, told["job_id"], 1)
    assert user.http.delete(f"/api/jobs/{told['job_id']}").status_code == 204
    assert user.get("/api/webhook-deliveries")["items"] == []
    again = hook.accepted(message("one"), delivery_id=delivery_id)
    assert (again["job_id"] == told["job_id"], again["line_no"]) == (False, 1)
    wait_until_stored(user, again["job_id"], 1)


def test_stats_and_rollups_are_a_recount(suite: Suite, user: User, hook: Hook) -> None:
    """Of one job, and of all: events, repositories, senders, outcomes of CI and how long it took."""
    for kind in KINDS:
        hook.accepted(payload_of(kind), event_of(kind))
    for number in range(100):
        payload = payload_of("workflow_run.completed.success")
        payload["workflow_run"]["conclusion"] = OUTCOMES[number % len(OUTCOMES)]
        payload["workflow_run"]["updated_at"] = payload["workflow_run"]["run_started_at"][:-4] + f":{number % 60:02d}Z"
        payload["repository"]["full_name"] = f"octo/r{number % 3}"
        payload["sender"]["login"] = f"cat{number % 7}"
        hook.accepted(payload, "workflow_run")
    jobs = user.get("/api/jobs", limit=1000)["items"]
    for job in jobs:
        wait_for("all of it to be stored", lambda job=job: is_up_to_date(suite, user, job["job_id"]))  # type: ignore[misc]
    assert_recounted(suite, user, None)
    for job in jobs:
        assert_recounted(suite, user, job["job_id"])
        day_is_over(suite, job["job_id"])
    for job in jobs:
        assert user.wait(job["job_id"])["status"] == "completed"
        assert_recounted(suite, user, job["job_id"])
        assert_adds_up(user, job["job_id"])


def is_up_to_date(suite: Suite, user: User, job_id: str) -> bool:
    job = user.job(job_id)
    deliveries = "SELECT sum(line_count)::int FROM webhook_deliveries WHERE job_id = $1"
    with session(suite) as ask:
        return bool(job["lines_read"] == job["lines_stored"] == ask(deliveries, UUID(job_id))[0][0])


def assert_recounted(suite: Suite, user: User, job_id: str | None) -> None:
    with session(suite) as ask:
        owner_id = UUID(user.get("/auth/me")["user_id"])
        records = [dict(row) for row in ask(RECORDS, owner_id, UUID(job_id) if job_id else None)]
    stats = user.get(f"/api/stats/{job_id}" if job_id else "/api/stats")
    assert stats["event_distribution"] == count(records, "event")
    for name, told in (("repository", "top_repositories"), ("sender", "top_senders")):
        counts = count(records, name)
        found = {entry[name]: entry["count"] for entry in stats[told]}
        assert len(stats[told]) == min(len(counts), MOST_VALUES)
        assert {value: counts[value] for value in found} == found
    runs = [record for record in records if record["event"] in RUNS and record["outcome"]]
    by_event = {event: [run for run in runs if run["event"] == event] for event in {run["event"] for run in runs}}
    assert stats["ci_outcomes"] == {event: count(of_it, "outcome") for event, of_it in by_event.items()}
    for event, of_it in by_event.items():
        assert_percentiles(stats["ci_duration_ms"].get(event), [run["duration_ms"] for run in of_it])
    for group_by in ("event", "repository", "sender"):
        assert series(user, job_id, group_by) == Counter((r["minute"], r[group_by]) for r in records if r[group_by])
    assert series(user, job_id, "outcome") == Counter((r["minute"], f"{r['event']} {r['outcome']}") for r in runs)


def count(records: list[dict[str, Any]], name: str) -> dict[str, int]:
    return dict(Counter(record[name] for record in records if record[name] is not None))


def assert_percentiles(found: dict[str, float] | None, durations: list[float | None]) -> None:
    """Few values are kept exactly."""
    known = sorted(duration for duration in durations if duration is not None)
    if not known:
        assert found is None
        return
    assert found is not None
    for name, rank in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        near = known[max(0, int(rank * len(known)) - 2) : int(rank * len(known)) + 2]
        assert near[0] <= found[name] <= near[-1], (name, found, known)


def series(user: User, job_id: str | None, group_by: str) -> Counter[tuple[datetime, str]]:
    query = {"group_by": group_by, "limit": 10_000, **({"job_id": job_id} if job_id else {})}
    items = user.get("/api/rollups", **query)["items"]
    return Counter({(datetime.fromisoformat(i["bucket"]), i["group"]): i["lines"] for i in items})
