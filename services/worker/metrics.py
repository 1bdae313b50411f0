"""What a worker counts: per batch, never per line."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.summary import Summary
from shared.tracing import SPAN_RESULTS

OUTCOMES = (
    "stored",
    "duplicate",
    "cancelled",
    "orphaned",
    "retried",
    "isolated",
    "dead_lettered",
    "given_back",
)
LINE_OUTCOMES = ("stored", "rejected")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class WorkerMetrics:
    """The worker's metrics on `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.batches = Counter(
            "logmill_worker_batches_total", "Line batches settled, by outcome", ["outcome"], registry=registry
        )
        self.lines = Counter(
            "logmill_worker_lines_total", "Lines committed, by outcome", ["outcome"], registry=registry
        )
        self.formats = Counter(
            "logmill_worker_format_lines_total",
            "Lines committed, by detected format",
            ["format"],
            registry=registry,
        )
        self.overlong_lines = Counter(
            "logmill_worker_overlong_lines_total",
            "Lines committed that are longer than max_line_bytes, and shown cut",
            registry=registry,
        )
        self.parse_seconds = Histogram(
            "logmill_worker_parse_seconds", "Parsing one line batch", buckets=SECONDS, registry=registry
        )
        self.copy_seconds = Histogram(
            "logmill_worker_copy_seconds",
            "Writing one line batch, commit included",
            buckets=SECONDS,
            registry=registry,
        )
        self.batch_age_seconds = Histogram(
            "logmill_worker_batch_age_seconds",
            "From publish to settlement",
            buckets=SECONDS,
            registry=registry,
        )
        self.in_progress = Gauge(
            "logmill_worker_batches_in_progress", "Line batches being worked on", registry=registry
        )
        self.breaker_open = Gauge(
            "logmill_worker_breaker_open", "1 while this worker takes no messages, as most failed", registry=registry
        )
        self.spans = Counter(
            "logmill_worker_spans_total", "Spans of traces, by what became of them", ["result"], registry=registry
        )
        for result in SPAN_RESULTS:
            self.spans.labels(result)
        for outcome in OUTCOMES:
            self.batches.labels(outcome)
        for outcome in LINE_OUTCOMES:
            self.lines.labels(outcome)

    def observe(self, outcome: str, summary: Summary, format_counts: dict[str, int]) -> None:
        """Counts the lines of a batch that this process committed."""
        if outcome != "stored":
            return
        self.lines.labels("stored").inc(summary.lines_stored)
        self.lines.labels("rejected").inc(summary.lines_rejected)
        for name, lines in format_counts.items():
            self.formats.labels(name).inc(lines)
