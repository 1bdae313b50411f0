"""What a job's lines, or all of a user's, add up to."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.context import Context
from services.api.jobs import require_job
from services.api.operations import Call, Nothing, Operation
from shared.database import Connection
from shared.severity import LEVELS, UNKNOWN
from shared.summary import Summary, decode_summary

TOP_ITEMS = 20
MOST_EVENTS = 200
SUMMARIES_AT_ONCE = 100
LATENCY_RANKS = {"p50": 0.5, "p90": 0.9, "p99": 0.99}

TOTALS = """
SELECT count(*) AS jobs,
    coalesce(sum(lines_read), 0)::bigint AS lines_read,
    coalesce(sum(lines_stored), 0)::bigint AS lines_stored,
    coalesce(sum(lines_rejected), 0)::bigint AS lines_rejected,
    coalesce(sum(lines_dead_lettered), 0)::bigint AS lines_dead_lettered
FROM jobs WHERE owner_id = $1 AND ($2::uuid IS NULL OR job_id = $2)
"""
SUMMARIES = """
SELECT summary FROM job_stats JOIN jobs USING (job_id)
WHERE owner_id = $1 AND ($2::uuid IS NULL OR job_id = $2)
"""


class IpCount(BaseModel):
    """Records of one client address."""

    ip: str
    count: int


class PathCount(BaseModel):
    """Records of one URL path."""

    path: str
    count: int


class RepositoryCount(BaseModel):
    """Records of GitHub's events of one repository."""

    repository: str
    count: int


class SenderCount(BaseModel):
    """Records of GitHub's events of whoever made them happen."""

    sender: str
    count: int


class Latency(BaseModel):
    """Milliseconds that this share of the records did not exceed; null where no record has a duration."""

    p50: float | None
    p90: float | None
    p99: float | None


class Totals(BaseModel):
    """Sums over records. Addresses and paths are exact up to some thousand different ones, then estimates."""

    lines_read: int
    lines_stored: int
    lines_rejected: int
    lines_dead_lettered: int
    level_distribution: dict[str, int] = Field(description="records by level; every level is there")
    keyword_frequency: dict[str, int] = Field(description="records that contain each keyword")
    unique_ips: int
    top_ips: list[IpCount]
    status_distribution: dict[str, int] = Field(description="records by HTTP status")
    top_paths: list[PathCount]
    latency_ms: Latency
    first_timestamp: datetime | None
    last_timestamp: datetime | None
    format_counts: dict[str, int] = Field(description="lines by detected format")
    event_distribution: dict[str, int] = Field(
        description="records by GitHub's event; each commit of a push is one more, of the event `commit`"
    )
    top_repositories: list[RepositoryCount]
    top_senders: list[SenderCount]
    ci_outcomes: dict[str, dict[str, int]] = Field(
        description="records by outcome, of runs, jobs, checks, deployments and statuses"
    )
    ci_duration_ms: dict[str, Latency] = Field(description="how long what these events tell of ran")


class JobStats(Totals):
    """The sums of one job."""

    job_id: UUID


class AllStats(Totals):
    """The sums of all the user's jobs."""

    jobs: int


async def get_job_stats(context: Context, call: Call[Nothing, Nothing]) -> JobStats:
    """The sums of one job; a running one's grow."""
    job_id, owner_id = call.job_id, call.user.user_id
    async with context.database.transaction() as connection:
        await require_job(connection, job_id, owner_id)
        lines, summary = await _gather(connection, owner_id, job_id)
    return JobStats(job_id=job_id, **await asyncio.to_thread(totals, lines, summary))


async def get_all_stats(context: Context, call: Call[Nothing, Nothing]) -> AllStats:
    """The sums of all jobs of the user."""
    async with context.searches, context.database.transaction() as connection:
        lines, summary = await _gather(connection, call.user.user_id, None)
    return AllStats(jobs=lines["jobs"], **await asyncio.to_thread(totals, lines, summary))


async def _gather(connection: Connection, owner_id: UUID, job_id: UUID | None) -> tuple[Mapping[str, int], Summary]:
    """The line counts and the merged summary, a bounded number of summaries in memory at a time."""
    (lines,) = await connection.fetch(TOTALS, owner_id, job_id)
    merged = Summary()
    cursor = await connection.cursor(SUMMARIES, owner_id, job_id)
    while rows := await cursor.fetch(SUMMARIES_AT_ONCE):
        merged = await asyncio.to_thread(_merge, merged, [row["summary"] for row in rows])
    return dict(lines), merged


def _merge(merged: Summary, bodies: Iterable[bytes]) -> Summary:
    return Summary.merged([merged, *map(decode_summary, bodies)])


def totals(lines: Mapping[str, int], summary: Summary) -> dict[str, Any]:
    """The fields of `Totals`, from the line counts of jobs and the summary of their records."""
    return {
        **{name: lines[name] for name in ("lines_read", "lines_stored", "lines_rejected", "lines_dead_lettered")},
        "level_distribution": {level: summary.levels.get(level, 0) for level in (*LEVELS, UNKNOWN)},
        "keyword_frequency": summary.keywords,
        "unique_ips": summary.unique_ips,
        "top_ips": [IpCount(ip=ip, count=count) for ip, count in summary.top_ips(TOP_ITEMS)],
        "status_distribution": summary.statuses,
        "top_paths": [PathCount(path=path, count=count) for path, count in summary.top_paths(TOP_ITEMS)],
        "latency_ms": _latency(summary.latency_ms(LATENCY_RANKS.values())),
        "first_timestamp": summary.first_logged_at,
        "last_timestamp": summary.last_logged_at,
        "format_counts": summary.formats,
        **_events(summary),
    }


def _events(summary: Summary) -> dict[str, Any]:
    """The fields about GitHub's events; empty ones where there are none."""
    repositories, senders = summary.top_repositories(TOP_ITEMS), summary.top_senders(TOP_ITEMS)
    return {
        "event_distribution": dict(summary.top_events(MOST_EVENTS)),
        "top_repositories": [RepositoryCount(repository=name, count=count) for name, count in repositories],
        "top_senders": [SenderCount(sender=name, count=count) for name, count in senders],
        "ci_outcomes": summary.ci_outcomes,
        "ci_duration_ms": {
            event: _latency(summary.ci_duration_ms(event, LATENCY_RANKS.values())) for event in summary.ci_durations
        },
    }


def _latency(values_ms: list[float | None]) -> Latency:
    return Latency(**dict(zip(LATENCY_RANKS, values_ms, strict=True)))


OPERATIONS = (
    Operation("GET", "/api/stats", "Sums of all your jobs", "stats", get_all_stats, Nothing, Nothing, AllStats),
    Operation("GET", "/api/stats/{job_id}", "Sums of one job", "stats", get_job_stats, Nothing, Nothing, JobStats),
)
