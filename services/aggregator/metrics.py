"""What the aggregator counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.tracing import SPAN_RESULTS

ENDINGS = ("completed", "completed_with_errors", "failed", "interrupted")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class AggregatorMetrics:
    """The aggregator's metrics on `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.partials = Counter("logmill_aggregator_partials_total", "Partials folded", registry=registry)
        self.fold_failures = Counter(
            "logmill_aggregator_fold_failures_total", "Folds that failed unexpectedly", registry=registry
        )
        self.fold_seconds = Histogram(
            "logmill_aggregator_fold_seconds", "Folding one job once", buckets=SECONDS, registry=registry
        )
        self.jobs = Counter("logmill_aggregator_jobs_total", "Jobs ended, by status", ["status"], registry=registry)
        self.dead_letters = Counter("logmill_aggregator_dead_letters_total", "Dead letters recorded", registry=registry)
        self.waiting_dead_letters = Gauge(
            "logmill_aggregator_waiting_dead_letters",
            "Dead letters that are neither replayed nor discarded",
            registry=registry,
        )
        self.unreadable_dead_letters = Counter(
            "logmill_aggregator_unreadable_dead_letters_total",
            "Dead letters recorded without reason, detail and headers, which could not be kept",
            registry=registry,
        )
        self.dropped_dead_letters = Counter(
            "logmill_aggregator_dropped_dead_letters_total", "Dead letters of removed jobs", registry=registry
        )
        self.replayed_dead_letters = Counter(
            "logmill_aggregator_replayed_dead_letters_total", "Dead letters published once more", registry=registry
        )
        self.expired_jobs = Counter(
            "logmill_aggregator_expired_jobs_total", "Jobs removed as older than retention_days", registry=registry
        )
        self.conservation_violations = Counter(
            "logmill_aggregator_conservation_violations_total",
            "Jobs whose lines did not add up; never anything but 0",
            registry=registry,
        )
        self.last_success = Gauge(
            "logmill_aggregator_last_success_timestamp_seconds",
            "When no job's fold had failed last",
            registry=registry,
        )
        self.spans = Counter(
            "logmill_aggregator_spans_total", "Spans of traces, by what became of them", ["result"], registry=registry
        )
        for result in SPAN_RESULTS:
            self.spans.labels(result)
        for status in ENDINGS:
            self.jobs.labels(status)
