"""Pipeline: each service's rate, errors and duration, then what it has in use."""

from deploy.grafana.panels import Choice, Dashboard, Row, graph, stat, table
from deploy.grafana.queries import Metric, Sql, increase_of, percentiles, rate_by, rate_of

CHOSEN = 'instance=~"$instance"'
SERVED = f'route!~"/health.*|/metrics", {CHOSEN}'
AT_ONCE = f'route!~"/health.*|/metrics|/stream.*|/upload", {CHOSEN}'
"""Requests that do not take as long as their client likes."""
OURS = f'job=~"api|worker|aggregator", {CHOSEN}'
EACH = "{{job}} {{instance}}"


def by_instance(gauge: str) -> Metric:
    """A gauge of each process."""
    return Metric(f"{gauge}{{{CHOSEN}}}", "{{instance}}")


API = Row(
    "Api: rate, errors, duration",
    (
        graph(
            "Requests by route",
            "Requests answered, by route.",
            "reqps",
            rate_by("route", "logmill_api_http_requests_total", SERVED),
        ),
        graph(
            "Requests by status",
            "4xx is the client's doing, 5xx ours; 499 is a client that left.",
            "reqps",
            rate_by("status", "logmill_api_http_requests_total", SERVED),
        ),
        graph(
            "Duration of requests",
            "First byte in to last byte out, without uploads and streams.",
            "s",
            *percentiles("logmill_api_http_request_duration_seconds", AT_ONCE),
        ),
        graph(
            "Duration of uploads",
            "First byte in to last byte out: as fast as the client sends, RabbitMQ confirms and workers keep up.",
            "s",
            *percentiles("logmill_api_http_request_duration_seconds", f'route="/upload", {CHOSEN}'),
        ),
        graph(
            "Publishes",
            "Tries to publish a batch. `refused`: a queue is full; `timeout`, `unavailable`: RabbitMQ is slow, away.",
            "cps",
            rate_by("result", "logmill_api_batches_published_total", CHOSEN),
            stacked=True,
        ),
        graph(
            "Time to confirm",
            "From publish to RabbitMQ's confirm: the batch is on the disks of most nodes then.",
            "s",
            *percentiles("logmill_api_publish_confirm_seconds", CHOSEN),
        ),
        graph(
            "Duration of webhook deliveries",
            "From a delivery's headers to the answer. GitHub waits for ten seconds.",
            "s",
            *percentiles("logmill_api_webhook_seconds", CHOSEN),
            thresholds=((10, "red"),),
        ),
        graph(
            "Uploads in progress",
            "Uploads being received, by api.",
            "short",
            by_instance("logmill_api_uploads_in_progress"),
            stacked=True,
        ),
        graph(
            "Event streams",
            "Open event streams: pages that watch jobs.",
            "short",
            by_instance("logmill_api_event_streams"),
            stacked=True,
        ),
    ),
)
WORKERS = Row(
    "Workers: rate, errors, duration",
    (
        graph(
            "Lines by worker",
            "Lines committed. Workers that do far less than others are starved, paused or slow.",
            "cps",
            rate_by("instance", "logmill_worker_lines_total", CHOSEN),
            stacked=True,
        ),
        graph(
            "Batches by outcome",
            "All that was settled.",
            "cps",
            rate_by("outcome", "logmill_worker_batches_total", CHOSEN),
        ),
        graph(
            "Batches that failed",
            "Batches retried, dead-lettered or isolated, as a part of all that was settled.",
            "percentunit",
            Metric(
                "sum(rate(logmill_worker_batches_total"
                '{outcome=~"retried|dead_lettered|isolated", instance=~"$instance"}[$__rate_interval]))'
                ' / sum(rate(logmill_worker_batches_total{instance=~"$instance"}[$__rate_interval]))',
                "failed",
            ),
            thresholds=((0.05, "red"),),
        ),
        graph("Parsing", "Parsing one line batch.", "s", *percentiles("logmill_worker_parse_seconds", CHOSEN), width=6),
        graph(
            "Writing",
            "Writing one line batch, commit included: PostgreSQL's part.",
            "s",
            *percentiles("logmill_worker_copy_seconds", CHOSEN),
            width=6,
        ),
        graph(
            "Age of batches",
            "From publish to settlement; a minute is the most that can be told.",
            "s",
            *percentiles("logmill_worker_batch_age_seconds", CHOSEN),
            width=6,
        ),
        graph(
            "Lines by format",
            "Formats the workers detect, by lines committed.",
            "cps",
            rate_by("format", "logmill_worker_format_lines_total", CHOSEN),
            width=6,
            stacked=True,
        ),
        graph(
            "Batches in progress",
            "Batches being worked on. Always at `worker_concurrency`: more workers may help.",
            "short",
            by_instance("logmill_worker_batches_in_progress"),
            stacked=True,
        ),
        graph(
            "Breakers",
            "1 while a worker takes no batches, since most of its last ones failed.",
            "short",
            by_instance("logmill_worker_breaker_open"),
            thresholds=((1, "red"),),
        ),
        graph(
            "Over-long lines",
            "Lines longer than `max_line_bytes`, kept whole, shown cut.",
            "cps",
            rate_of("logmill_worker_overlong_lines_total", "lines", CHOSEN),
        ),
    ),
)
AGGREGATOR = Row(
    "Aggregator: rate, errors, duration",
    (
        graph(
            "Partials folded",
            "Sums of batches added to those of their jobs. Below what the workers store: jobs end late.",
            "cps",
            rate_of("logmill_aggregator_partials_total", "folded", CHOSEN),
            rate_of("logmill_worker_batches_total", "stored by workers", 'outcome="stored"'),
        ),
        graph(
            "Duration of folds",
            "Folding one job once.",
            "s",
            *percentiles("logmill_aggregator_fold_seconds", CHOSEN),
        ),
        graph(
            "Folds that failed",
            "Unexpected failures; the log says which job and why.",
            "short",
            increase_of("logmill_aggregator_fold_failures_total", "failed", CHOSEN),
            interval="1m",
            thresholds=((1, "red"),),
        ),
        stat(
            "Partials that wait",
            "Sums of batches that are in the database and not folded yet; a few hundred at most when all is well.",
            "short",
            Sql("SELECT count(*) AS partials FROM partials"),
            width=6,
            thresholds=((10_000, "orange"),),
        ),
        stat(
            "Jobs removed",
            "Jobs removed in the range shown, as older than `retention_days`.",
            "short",
            Metric(
                'sum(increase(logmill_aggregator_expired_jobs_total{instance=~"$instance"}[$__range]))',
                "jobs",
                instant=True,
            ),
            width=6,
        ),
        graph(
            "Dead letters",
            "Dead letters as they are recorded, published once more, and dropped with their jobs.",
            "short",
            *(
                increase_of(f"logmill_aggregator_{what}_total", legend, CHOSEN)
                for what, legend in (
                    ("dead_letters", "recorded"),
                    ("unreadable_dead_letters", "recorded, unreadable"),
                    ("replayed_dead_letters", "replayed"),
                    ("dropped_dead_letters", "dropped"),
                )
            ),
            interval="1m",
            width=12,
        ),
    ),
)
QUEUES = Row(
    "Queues and dead letters",
    (
        graph(
            "Messages",
            "Messages in each queue: ready, or in somebody's hands.",
            "short",
            Metric("logmill:queue_messages", "{{queue}}"),
        ),
        graph(
            "Consumers",
            "Consumers of each queue. `isolated` and `retry` have none by design; any other at 0 stands still.",
            "short",
            Metric("logmill:queue_consumers", "{{queue}}"),
        ),
        graph(
            "Time to empty the queues",
            "At the rate of the last five minutes, were nothing to come in.",
            "s",
            Metric("logmill:backlog_drain_seconds", "to store"),
            thresholds=((900, "red"),),
        ),
        table(
            "Dead letters by reason",
            "Those that wait to be replayed or discarded; `logmill dead-letters groups` has more. Empty is good.",
            "short",
            Sql("""
SELECT reason, count(*) AS batches, sum(line_count)::bigint AS lines, max(dead_lettered_at) AS latest
FROM dead_letters WHERE state = 'waiting' GROUP BY reason ORDER BY batches DESC
"""),
            units={"latest": "dateTimeFromNow"},
        ),
        table(
            "Jobs that take long",
            "Jobs whose batches are still being stored, the oldest first, without the open ones of webhooks.",
            "short",
            Sql("""
SELECT source, status, created_at, coalesce(batches_total, 0) AS batches, batches_done, lines_stored
FROM jobs
WHERE status = 'processing' OR (status = 'receiving' AND source <> 'github')
ORDER BY created_at LIMIT 20
"""),
            units={"created_at": "dateTimeFromNow"},
        ),
    ),
)
USE = Row(
    "Processes: what they have in use",
    (
        graph(
            "Processor",
            "Cores in use, by process.",
            "short",
            Metric(
                f"sum by (job, instance) (rate(process_cpu_seconds_total{{{OURS}}}[$__rate_interval]))",
                EACH,
            ),
        ),
        graph(
            "Memory",
            "Resident memory, by process. It must not keep growing.",
            "bytes",
            Metric(f"process_resident_memory_bytes{{{OURS}}}", EACH),
        ),
        graph(
            "Open files",
            "Open files and sockets as a part of what the process may open.",
            "percentunit",
            Metric(f"process_open_fds{{{OURS}}} / process_max_fds{{{OURS}}}", EACH),
        ),
        graph(
            "Uptime",
            "Since the process was started; saw teeth are crashes.",
            "s",
            Metric(f"time() - process_start_time_seconds{{{OURS}}}", EACH),
            width=12,
        ),
        graph(
            "Garbage collections",
            "Python's full collections, which stop the process for a moment.",
            "cps",
            Metric(
                "sum by (job, instance)"
                f' (rate(python_gc_collections_total{{generation="2", {OURS}}}[$__rate_interval]))',
                EACH,
            ),
            width=12,
        ),
    ),
)

DASHBOARD = Dashboard(
    uid="logmill-pipeline",
    title="logmill: pipeline",
    description="Each service's rate, errors and duration, then what it has in use.",
    rows=(API, WORKERS, AGGREGATOR, QUEUES, USE),
    choices=(Choice("instance", "Instance", 'up{job=~"api|worker|aggregator"}'),),
)
