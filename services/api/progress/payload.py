"""The data of a progress event, and how two tellings of a job become one; pure."""

from typing import Any

import msgspec

from shared.progress import JobProgress

GROWING = ("bytes_received", "lines_read", "lines_stored", "lines_rejected", "unique_ips")
ORDER = {"receiving": 0, "processing": 1}
LAST = 2

EVENT_NAMES = {
    "completed": "completed",
    "completed_with_errors": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}


def event_name(progress: JobProgress) -> str:
    """`progress`, or the name of the one event that ends the job's stream."""
    return EVENT_NAMES.get(progress.status, "progress")


def combine(known: JobProgress, told: JobProgress) -> JobProgress:
    """The newer state of a job, whichever way it came; no counter of it is lower than before.

    The api tells of bytes, the aggregator of lines, and either may be late. How many lines were read is settled by
    the job's end: a cancelled one has read those that have their place, and no more.
    """
    ahead, behind = (known, told) if _rank(told) < _rank(known) else (told, known)
    counts: dict[str, Any] = {name: max(getattr(known, name), getattr(told, name)) for name in GROWING}
    if ahead.is_terminal and not behind.is_terminal:
        counts["lines_read"] = ahead.lines_read
    richer = max(ahead, behind, key=lambda progress: progress.lines_done)
    counts["lines_dead_lettered"] = richer.lines_dead_lettered
    counts["level_counts"] = richer.level_counts or behind.level_counts
    counts["keyword_counts"] = richer.keyword_counts or behind.keyword_counts
    counts["bytes_total"] = ahead.bytes_total if ahead.bytes_total is not None else behind.bytes_total
    counts["started_at"] = ahead.started_at or behind.started_at
    return msgspec.structs.replace(ahead, **counts)


def _rank(progress: JobProgress) -> int:
    return ORDER.get(progress.status, LAST)


def payload(progress: JobProgress, lines_per_second: float | None) -> dict[str, Any]:
    """The event's data."""
    rate = _overall_rate(progress) if progress.is_terminal else lines_per_second
    return {
        "job_id": str(progress.job_id),
        "file_name": progress.file_name,
        "status": progress.status,
        "error_message": progress.error_message,
        "notice": progress.notice if progress.status == "receiving" else None,
        "bytes_received": progress.bytes_received,
        "bytes_total": progress.bytes_total,
        "lines_read": progress.lines_read,
        "lines_stored": progress.lines_stored,
        "lines_rejected": progress.lines_rejected,
        "lines_dead_lettered": progress.lines_dead_lettered,
        "progress_percent": progress.percent,
        "lines_per_second": None if rate is None else round(rate),
        "eta_seconds": _eta_seconds(progress, rate),
        "unique_ips": progress.unique_ips,
        "level_counts": progress.level_counts,
        "keyword_counts": progress.keyword_counts,
    }


def _overall_rate(progress: JobProgress) -> float | None:
    if progress.started_at is None or progress.ended_at is None:
        return None
    seconds = (progress.ended_at - progress.started_at).total_seconds()
    return progress.lines_done / seconds if seconds > 0 else None


def _eta_seconds(progress: JobProgress, rate: float | None) -> float | None:
    """Time left at the present rate; while bytes still come in, the total of lines is estimated from them."""
    if progress.is_terminal or not rate or not progress.lines_read:
        return None
    lines_total = float(progress.lines_read)
    if progress.status == "receiving":
        if not progress.bytes_total or not progress.bytes_received:
            return None
        lines_total *= progress.bytes_total / progress.bytes_received
    return round(max(0.0, lines_total - progress.lines_done) / rate, 1)
