"""Overview: is all well, and if not, where to look."""

from deploy.grafana.panels import Dashboard, Row, graph, stat, table
from deploy.grafana.queries import Metric, Sql, increase_by, increase_of, percentiles, rate_by, rate_of

SERVED = 'route!~"/health.*|/metrics"'

NOW = Row(
    "Now",
    (
        stat(
            "Alerts",
            "Alerts that fire. Each has its section in docs/operations.md.",
            "short",
            Metric('count(ALERTS{alertstate="firing"}) or vector(0)', "firing"),
            thresholds=((1, "red"),),
        ),
        stat(
            "Processes",
            "Processes that answer Prometheus. 0, or none: that service is down.",
            "short",
            Metric('sum by (job) (up{job=~"api|worker|aggregator|rabbitmq"})', "{{job}}"),
            width=8,
        ),
        stat(
            "Lines stored",
            "Lines committed in the range shown, by all workers.",
            "short",
            Metric('sum(increase(logmill_worker_lines_total{outcome="stored"}[$__range]))', "lines", instant=True),
        ),
        stat(
            "Lines that do not add up",
            "Jobs that ended with lines neither stored, rejected nor dead-lettered. Never anything but 0.",
            "short",
            Metric("sum(max_over_time(logmill_aggregator_conservation_violations_total[$__range]))", "jobs"),
            thresholds=((1, "red"),),
        ),
        stat(
            "Dead letters that wait",
            "Batches that could not be stored, and that nobody has replayed or discarded yet.",
            "short",
            Sql("SELECT count(*) AS batches FROM dead_letters WHERE state = 'waiting'"),
            thresholds=((1, "orange"),),
        ),
        stat(
            "Backlog",
            "How long the workers would take to store what is queued, at the rate of the last five minutes.",
            "s",
            Metric("logmill:backlog_drain_seconds", "to store"),
            thresholds=((300, "orange"), (900, "red")),
        ),
        stat(
            "Sums behind by",
            "Since the aggregator last had nothing left that it could not fold.",
            "s",
            Metric("max(time() - logmill_aggregator_last_success_timestamp_seconds)", "behind"),
            thresholds=((10, "orange"), (60, "red")),
        ),
        stat(
            "Error budget",
            "What is left of the budget of the last three days: 0.1 % of requests may be answered with 5xx.",
            "percentunit",
            Metric("1 - logmill:http_errors:ratio_3d / 0.001", "left"),
            thresholds=((0, "orange"), (0.5, "green")),
            base_color="red",
        ),
        stat(
            "Uploads",
            "Uploads that are being received just now.",
            "short",
            Metric("sum(logmill_api_uploads_in_progress)", "in progress"),
        ),
        stat(
            "Jobs",
            "Jobs now, those that take in a day's webhooks apart; of those that ended, the ones in the range shown.",
            "short",
            Sql("""
SELECT
    count(*) FILTER (WHERE status = 'receiving' AND source <> 'github') AS receiving,
    count(*) FILTER (WHERE status = 'receiving' AND source = 'github') AS "open for webhooks",
    count(*) FILTER (WHERE status = 'processing') AS processing,
    count(*) FILTER (WHERE $__timeFilter(completed_at)) AS completed,
    count(*) FILTER (WHERE $__timeFilter(failed_at)) AS failed
FROM jobs
"""),
            width=8,
        ),
    ),
)
RATES = Row(
    "Rates",
    (
        graph(
            "Lines by outcome",
            "Lines that the workers commit, by outcome. Rejected ones are kept, and shown with their reason.",
            "cps",
            rate_by("outcome", "logmill_worker_lines_total"),
            stacked=True,
        ),
        graph(
            "Lines read",
            "Lines that the api cuts out of what comes in. Above what is stored: the backlog grows.",
            "cps",
            rate_of("logmill_api_lines_read_total", "read"),
        ),
        graph(
            "Bytes received",
            "Bytes of uploads as they come in, packed or not.",
            "Bps",
            rate_of("logmill_api_upload_bytes_total", "received"),
        ),
        graph(
            "Requests",
            "Requests to the api by status, without those of probes and of Prometheus.",
            "reqps",
            rate_by("status", "logmill_api_http_requests_total", SERVED),
            stacked=True,
        ),
        graph(
            "Webhook deliveries",
            "What GitHub was answered. `refused` shows up there as failed, and is to be sent once more.",
            "cps",
            rate_by("result", "logmill_api_webhook_deliveries_total"),
            stacked=True,
        ),
        graph(
            "Requests that fail",
            "Requests answered with 5xx as a part of all; the line is what the objective allows.",
            "percentunit",
            Metric("logmill:http_errors:ratio_5m", "5xx"),
            thresholds=((0.001, "red"),),
        ),
    ),
)
OUTCOMES = Row(
    "Outcomes",
    (
        graph(
            "Batches",
            "What became of line batches: `stored` and `duplicate` are good, `retried` and the like need a look.",
            "cps",
            rate_by("outcome", "logmill_worker_batches_total"),
            stacked=True,
        ),
        graph(
            "Uploaded files",
            "What became of uploaded files. `refused` were told 503: RabbitMQ is full, blocked or away.",
            "short",
            increase_by("result", "logmill_api_uploads_total"),
            stacked=True,
            interval="1m",
        ),
        graph(
            "Jobs that ended",
            "How jobs ended. `failed`: their batches never arrived, or the input could not be read to its end.",
            "short",
            increase_by("status", "logmill_aggregator_jobs_total"),
            stacked=True,
            interval="1m",
        ),
    ),
)
LAG = Row(
    "Lag",
    (
        graph(
            "Age of batches",
            "From publish to settlement; a minute is the most that can be told.",
            "s",
            Metric("logmill:batch_age_seconds:p50_5m", "half are younger"),
            Metric("logmill:batch_age_seconds:p95_5m", "95 % are younger"),
        ),
        graph(
            "Messages in queues",
            "Batches in the queues, those in the hands of workers included.",
            "short",
            Metric("logmill:queue_messages", "{{queue}}"),
            stacked=True,
        ),
        graph(
            "Age of sums",
            "Since an aggregator last had nothing left that it could not fold.",
            "s",
            Metric("time() - logmill_aggregator_last_success_timestamp_seconds", "{{instance}}"),
            thresholds=((60, "red"),),
        ),
    ),
)
ERRORS = Row(
    "Errors",
    (
        graph(
            "What went wrong",
            "Each of these has an alert of its own.",
            "short",
            increase_of("logmill_aggregator_dead_letters_total", "dead letters"),
            increase_of("logmill_aggregator_fold_failures_total", "folds that failed"),
            increase_of("logmill_api_batches_published_total", "publishes that failed", 'result!="confirmed"'),
            Metric("sum(logmill_worker_breaker_open)", "breakers open"),
            interval="1m",
        ),
        graph(
            "Lines rejected",
            "Lines that could not be stored as records, as a part of all. A new kind of log, or a bad one.",
            "percentunit",
            Metric(
                'sum(rate(logmill_worker_lines_total{outcome="rejected"}[$__rate_interval]))'
                " / sum(rate(logmill_worker_lines_total[$__rate_interval]))",
                "rejected",
            ),
        ),
        table(
            "Alerts that fire",
            "Empty when all is well.",
            "none",
            Metric('ALERTS{alertstate="firing"}', "{{alertname}}", instant=True),
            width=8,
        ),
    ),
)
CANARY = Row(
    "Canary",
    (
        stat(
            "Last good round",
            "Since the canary last wrote lines and read back all of them as they were. Empty: there is no canary.",
            "s",
            Metric("time() - logmill_canary_last_success_timestamp_seconds", "{{instance}}"),
            thresholds=((300, "orange"), (900, "red")),
        ),
        graph(
            "Written to readable",
            "From the beginning of an upload until all of its lines were read back by lines, search and export.",
            "s",
            *percentiles("logmill_canary_readable_seconds"),
            width=10,
        ),
        graph(
            "Lines of the canary",
            "All of these are to be 0: each has an alert of its own.",
            "short",
            increase_of("logmill_canary_lines_late_total", "late"),
            increase_of("logmill_canary_lines_missing_total", "missing"),
            increase_of("logmill_canary_lines_doubled_total", "doubled"),
            increase_of("logmill_canary_lines_altered_total", "altered"),
            increase_of("logmill_canary_counts_wrong_total", "wrong counts (jobs)"),
            width=10,
            interval="1m",
        ),
    ),
)

DASHBOARD = Dashboard(
    uid="logmill-overview",
    title="logmill: overview",
    description="Is all well, and if not, where to look.",
    rows=(NOW, RATES, OUTCOMES, LAG, ERRORS, CANARY),
)
