"""What the canary counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from cli.canary.rounds import News

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
RESULTS = ("done", "refused", "failed")
SOURCES = ("job", "stats", "rollups")


class CanaryMetrics:
    """The canary's metrics on `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.writes = Counter("logmill_canary_writes_total", "Uploads tried", ["result"], registry=registry)
        self.reads = Counter("logmill_canary_reads_total", "Looks at written jobs", ["result"], registry=registry)
        self.lines_written = Counter("logmill_canary_lines_written_total", "Lines accepted", registry=registry)
        self.lines_read_back = Counter("logmill_canary_lines_read_back_total", "Lines read back", registry=registry)
        self.lines_late = Counter("logmill_canary_lines_late_total", "Lines not readable in time", registry=registry)
        self.lines_missing = Counter("logmill_canary_lines_missing_total", "Lines given up, or gone", registry=registry)
        self.lines_doubled = Counter("logmill_canary_lines_doubled_total", "Lines more than once", registry=registry)
        self.lines_altered = Counter("logmill_canary_lines_altered_total", "Lines with other text", registry=registry)
        self.counts_wrong = Counter(
            "logmill_canary_counts_wrong_total", "Jobs whose sums are wrong", ["source"], registry=registry
        )
        self.readable_seconds = Histogram(
            "logmill_canary_readable_seconds",
            "From the upload until all of its lines were read back",
            buckets=SECONDS,
            registry=registry,
        )
        self.lines_waiting = Gauge("logmill_canary_lines_waiting", "Lines not read back yet", registry=registry)
        self.up = Gauge("logmill_canary_up", "Whether the last round could write and read", registry=registry)
        self.last_success = Gauge(
            "logmill_canary_last_success_timestamp_seconds", "When a round was good last", registry=registry
        )
        for result in RESULTS:
            self.writes.labels(result)
            self.reads.labels(result)
        for source in SOURCES:
            self.counts_wrong.labels(source)

    def count(self, news: News) -> None:
        """Adds what a look found."""
        self.lines_read_back.inc(len(news.read_back))
        self.lines_late.inc(len(news.late))
        self.lines_missing.inc(len(news.missing))
        self.lines_doubled.inc(len(news.doubled))
        self.lines_altered.inc(len(news.altered))
        for source in news.wrong_counts:
            self.counts_wrong.labels(source).inc()
        if news.readable_after_seconds is not None:
            self.readable_seconds.observe(news.readable_after_seconds)
