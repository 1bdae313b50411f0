"""Logs: what the logs of all users say, from the sums by minute; only paths are counted from records."""

from deploy.grafana.panels import Dashboard, Panel, Row, bars, ranking, table
from deploy.grafana.queries import Sql


def by_minute(dimension: str, value: str = "value") -> Sql:
    """Records of a dimension of the rollups over time."""
    return Sql(
        f"""
SELECT $__timeGroupAlias(bucket, $__interval), {value} AS metric, sum(records)::bigint AS records
FROM rollups WHERE dimension = '{dimension}' AND $__timeFilter(bucket)
GROUP BY 1, 2 ORDER BY 1, 2
""",  # noqa: S608 - constants
        over_time=True,
    )


def most(title: str, description: str, dimension: str) -> Panel:
    """The values of a dimension with the most records."""
    return ranking(
        title,
        description,
        "short",
        Sql(
            f"""
SELECT value, sum(records)::bigint AS records
FROM rollups WHERE dimension = '{dimension}' AND $__timeFilter(bucket)
GROUP BY value ORDER BY records DESC LIMIT 15
"""  # noqa: S608 - constants
        ),
    )


SEVERITY = Row(
    "Records",
    (
        bars(
            "Records by level",
            "Records by the minute they were logged in, and by level.",
            "short",
            by_minute("level"),
            width=16,
        ),
        most("Levels", "Records of the range shown, by level.", "level"),
        bars(
            "Records by keyword",
            "Records whose message has one of the words of `error_keywords`, or of their owner's.",
            "short",
            by_minute("keyword"),
            width=16,
        ),
        most("Keywords", "Records of the range shown, by keyword.", "keyword"),
    ),
)
HTTP = Row(
    "HTTP",
    (
        bars(
            "Records by class of status",
            "Records of access logs: 4xx are the clients' errors, 5xx the server's.",
            "short",
            by_minute("status", "left(value, 1) || 'xx'"),
            width=16,
        ),
        most("Statuses", "Records of the range shown, by status.", "status"),
        table(
            "Top paths",
            "Paths with the most records, without their queries. Read from the records: keep the range short.",
            "short",
            Sql("""
SELECT split_part(url, '?', 1) AS path, count(*) AS requests, count(*) FILTER (WHERE status >= 500) AS failed,
    sum(bytes)::bigint AS bytes,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS "95 % within"
FROM log_records WHERE url IS NOT NULL AND $__timeFilter(logged_at)
GROUP BY 1 ORDER BY requests DESC LIMIT 20
"""),
            units={"bytes": "bytes", "95 % within": "ms"},
        ),
        table(
            "Paths that fail",
            "Paths with the most 5xx, without their queries. Read from the records: keep the range short.",
            "short",
            Sql("""
SELECT split_part(url, '?', 1) AS path, status, count(*) AS requests, max(logged_at) AS latest
FROM log_records WHERE url IS NOT NULL AND status >= 500 AND $__timeFilter(logged_at)
GROUP BY 1, 2 ORDER BY requests DESC LIMIT 20
"""),
            units={"latest": "dateTimeAsIso", "status": "none"},
        ),
    ),
)
WEBHOOKS = Row(
    "Webhook events",
    (
        bars("Events", "Records of webhook deliveries, by event.", "short", by_minute("event"), width=16),
        most("Repositories", "Records of webhook deliveries of the range shown, by repository.", "repository"),
        bars(
            "Outcomes of automation",
            "How workflow runs, checks and deployments ended.",
            "short",
            by_minute("outcome"),
            width=16,
        ),
        most("Senders", "Records of webhook deliveries of the range shown, by who caused them.", "sender"),
        table(
            "Deliveries",
            "Deliveries taken in within the range shown.",
            "short",
            Sql("""
SELECT event, coalesce(action, '') AS action, count(*) AS deliveries, sum(line_count)::bigint AS lines,
    max(received_at) AS latest
FROM webhook_deliveries WHERE $__timeFilter(received_at)
GROUP BY 1, 2 ORDER BY deliveries DESC LIMIT 20
"""),
            units={"latest": "dateTimeFromNow"},
        ),
        table(
            "Deliveries that wait",
            "Written down, and not confirmed by RabbitMQ yet. A second or two is normal, a minute is not.",
            "short",
            Sql("""
SELECT count(*) AS deliveries, coalesce(sum(deliveries.line_count), 0)::bigint AS lines, min(received_at) AS oldest
FROM webhook_batches JOIN webhook_deliveries AS deliveries USING (job_id, batch_no)
"""),
            units={"oldest": "dateTimeFromNow"},
        ),
    ),
)
INPUTS = Row(
    "Inputs",
    (
        ranking(
            "Formats",
            "Lines of the jobs begun in the range shown, by format.",
            "short",
            Sql("""
SELECT format, sum(lines::bigint)::bigint AS lines
FROM jobs CROSS JOIN jsonb_each_text(format_counts) AS counted (format, lines)
WHERE $__timeFilter(created_at)
GROUP BY format ORDER BY lines DESC LIMIT 15
"""),
        ),
        ranking(
            "Rejected lines",
            "Lines of the jobs begun in the range shown that are no records, by reason.",
            "short",
            Sql("""
SELECT reason, sum(line_count)::bigint AS lines
FROM rejected_lines JOIN jobs USING (job_id)
WHERE $__timeFilter(created_at)
GROUP BY reason ORDER BY lines DESC LIMIT 15
"""),
        ),
        ranking(
            "Sources",
            "Lines stored of the jobs begun in the range shown, by where they came from.",
            "short",
            Sql("""
SELECT source, sum(lines_stored)::bigint AS lines
FROM jobs WHERE $__timeFilter(created_at)
GROUP BY source ORDER BY lines DESC LIMIT 15
"""),
        ),
    ),
)

DASHBOARD = Dashboard(
    uid="logmill-logs",
    title="logmill: logs",
    description="What the logs of all users say. Times are those the lines were logged at.",
    rows=(SEVERITY, HTTP, WEBHOOKS, INPUTS),
    since="now-24h",
    refresh="1m",
)
