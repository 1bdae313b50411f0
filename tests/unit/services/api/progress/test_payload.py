"""What a progress event says, and how late tellings are merged."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.api.progress.payload import combine, event_name, payload
from services.api.progress.rates import RateMeter
from shared.progress import JobProgress

JOB = JobProgress(job_id=UUID(int=1), owner_id=UUID(int=2), file_name="a.log", status="receiving")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def job(**changes: Any) -> JobProgress:
    return msgspec.structs.replace(JOB, **changes)


PERCENTS = [
    (job(), None),
    (job(bytes_total=100), 0.0),
    (job(bytes_total=100, bytes_received=50, lines_read=10), 0.0),
    (job(bytes_total=100, bytes_received=50, lines_read=10, lines_stored=5), 25.0),
    (job(bytes_received=50, lines_read=10, lines_stored=5), None),
    (job(status="processing", lines_read=10, lines_stored=4, lines_rejected=1), 50.0),
    (job(status="processing", lines_read=10, lines_stored=10), 99.9),
    (job(status="processing"), 0.0),
    (job(status="completed", lines_read=10, lines_stored=10), 100.0),
    (job(status="completed_with_errors", lines_read=10, lines_stored=9, lines_dead_lettered=1), 100.0),
    (job(status="interrupted", lines_read=10, lines_stored=10), None),
]


@pytest.mark.parametrize(("progress", "percent"), PERCENTS)
def test_percent(progress: JobProgress, percent: float | None) -> None:
    assert payload(progress, None)["progress_percent"] == percent


ETAS = [
    (job(status="processing", lines_read=100, lines_stored=50), 10.0, 5.0),
    (job(status="processing", lines_read=100, lines_stored=50), None, None),
    (job(status="processing", lines_read=100, lines_stored=50), 0.0, None),
    (job(bytes_total=1000, bytes_received=500, lines_read=50, lines_stored=20), 8.0, 10.0),
    (job(bytes_received=500, lines_read=50, lines_stored=20), 8.0, None),
    (job(status="completed", lines_read=100, lines_stored=100), 10.0, None),
]


@pytest.mark.parametrize(("progress", "rate", "seconds"), ETAS)
def test_eta(progress: JobProgress, rate: float | None, seconds: float | None) -> None:
    assert payload(progress, rate)["eta_seconds"] == seconds


def test_the_rate_of_an_ended_job_is_its_average() -> None:
    ended = job(status="completed", lines_stored=100, started_at=BEGAN, ended_at=BEGAN + timedelta(seconds=4))
    assert payload(ended, 999.0)["lines_per_second"] == 25


EVENT_NAMES = {
    "receiving": "progress",
    "processing": "progress",
    "completed": "completed",
    "completed_with_errors": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}


@pytest.mark.parametrize(("status", "name"), EVENT_NAMES.items())
def test_event_names(status: str, name: str) -> None:
    assert event_name(job(status=status)) == name


COMBINED = [
    # a late telling of the upload does not take the job back, nor its counters
    (
        job(status="processing", bytes_received=100),
        job(bytes_received=90),
        {"status": "processing", "bytes_received": 100},
    ),
    (
        job(bytes_received=90),
        job(status="processing", bytes_received=100),
        {"status": "processing", "bytes_received": 100},
    ),
    (job(lines_stored=10, level_counts={"info": 10}), job(bytes_received=5), {"lines_stored": 10, "bytes_received": 5}),
    (job(lines_stored=10, level_counts={"info": 10}), job(bytes_received=5), {"level_counts": {"info": 10}}),
    (
        job(level_counts={"info": 1}, lines_stored=1),
        job(level_counts={"info": 2}, lines_stored=2),
        {"level_counts": {"info": 2}},
    ),
    (job(bytes_total=7), job(status="processing"), {"bytes_total": 7, "status": "processing"}),
    (job(status="completed", error_message=None), job(status="processing"), {"status": "completed"}),
    (job(status="processing"), job(status="failed", error_message="why"), {"status": "failed", "error_message": "why"}),
    # a cancelled job has read what has its place
    (
        job(status="processing", lines_read=100, lines_stored=10),
        job(status="cancelled", lines_read=20, lines_stored=20),
        {"lines_read": 20, "lines_stored": 20},
    ),
    (
        job(status="cancelled", lines_read=20, lines_stored=20),
        job(lines_read=100),
        {"status": "cancelled", "lines_read": 20, "lines_stored": 20},
    ),
    # what was being stored when it was cancelled
    (
        job(status="cancelled", lines_read=20, lines_stored=20),
        job(status="cancelled", lines_read=30, lines_stored=30),
        {"lines_read": 30, "lines_stored": 30},
    ),
    # a replay moves lines from one place to the other
    (
        job(status="completed_with_errors", lines_read=10, lines_stored=8, lines_dead_lettered=2),
        job(status="completed", lines_read=10, lines_stored=10),
        {"status": "completed", "lines_stored": 10, "lines_dead_lettered": 0},
    ),
    (job(notice="waits"), job(), {"notice": None}),
    (job(), job(notice="waits"), {"notice": "waits"}),
]


NOTICES = [
    (job(notice="waits"), "waits"),
    (job(), None),
    (job(status="processing", notice="waits"), None),
    (job(status="interrupted", notice="waits"), None),
]


@pytest.mark.parametrize(("progress", "notice"), NOTICES)
def test_only_an_upload_is_held_up(progress: JobProgress, notice: str | None) -> None:
    assert payload(progress, None)["notice"] == notice


@pytest.mark.parametrize(("known", "told", "expected"), COMBINED)
def test_combine(known: JobProgress, told: JobProgress, expected: dict[str, Any]) -> None:
    combined = combine(known, told)
    assert {name: getattr(combined, name) for name in expected} == expected


def test_rate_needs_a_moment_and_then_follows() -> None:
    meter = RateMeter(0, 0.0)
    meter.update(50, 0.5)
    assert meter.per_second is None
    meter.update(100, 1.0)
    assert meter.per_second == pytest.approx(100)
    for second in range(2, 40):
        meter.update(100 + (second - 1) * 10, float(second))
    assert meter.per_second == pytest.approx(10, rel=0.01)
    for second in range(40, 80):
        meter.update(480, float(second))
    assert meter.per_second == pytest.approx(0, abs=0.01)
