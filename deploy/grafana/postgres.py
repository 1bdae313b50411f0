"""PostgreSQL: what it holds, what it does, and what it waits for, told by itself."""

from deploy.grafana.panels import Dashboard, Row, bars, graph, stat, table
from deploy.grafana.queries import Sql, percentiles

NOW = Row(
    "Now",
    (
        stat(
            "Size",
            "The whole database on disk, indexes included. Free space is the node exporter's to tell.",
            "bytes",
            Sql("SELECT pg_database_size(current_database()) AS size"),
        ),
        stat(
            "Connections",
            "Connections of everybody, as a part of `max_connections`.",
            "percentunit",
            Sql("""
SELECT count(*)::float8 / current_setting('max_connections')::int AS used
FROM pg_stat_activity WHERE backend_type = 'client backend'
"""),
            thresholds=((0.8, "orange"), (0.95, "red")),
        ),
        stat(
            "Read from memory",
            "Pages found in PostgreSQL's own buffers since its statistics began. Little: `shared_buffers` is small.",
            "percentunit",
            Sql("""
SELECT blks_hit::float8 / nullif(blks_hit + blks_read, 0) AS hit
FROM pg_stat_database WHERE datname = current_database()
"""),
        ),
        stat(
            "Longest transaction",
            "The oldest transaction that is still open; it keeps VACUUM from tidying up.",
            "s",
            Sql("""
SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::float8 AS open
FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
"""),
            thresholds=((300, "orange"), (3600, "red")),
        ),
        stat(
            "Sessions that wait for a lock",
            "More than a few for long: somebody holds a lock, see the table below.",
            "short",
            Sql("""
SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""),
            thresholds=((5, "orange"),),
        ),
        stat(
            "Deadlocks",
            "Since PostgreSQL's statistics began. Never anything but 0.",
            "short",
            Sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
            thresholds=((1, "red"),),
        ),
        stat(
            "Transactions",
            "Since PostgreSQL's statistics began.",
            "short",
            Sql("""
SELECT xact_commit AS committed, xact_rollback AS rolled_back
FROM pg_stat_database WHERE datname = current_database()
"""),
            width=8,
        ),
        stat(
            "Rows",
            "Rows written and read since PostgreSQL's statistics began.",
            "short",
            Sql("""
SELECT tup_inserted AS inserted, tup_updated AS updated, tup_deleted AS deleted, tup_fetched AS read
FROM pg_stat_database WHERE datname = current_database()
"""),
            width=8,
        ),
        stat(
            "Temporary files",
            "Written since PostgreSQL's statistics began, by sorts and joins that `work_mem` is too small for.",
            "bytes",
            Sql("SELECT temp_bytes AS written FROM pg_stat_database WHERE datname = current_database()"),
        ),
        stat(
            "Age of transaction ids",
            "As a part of what may be before PostgreSQL stops to tidy up.",
            "percentunit",
            Sql("""
SELECT age(datfrozenxid)::float8 / 2000000000 AS used FROM pg_database WHERE datname = current_database()
"""),
            thresholds=((0.5, "orange"), (0.75, "red")),
        ),
    ),
)
WRITING = Row(
    "Writing",
    (
        bars(
            "Lines stored",
            "Lines committed by minute, as the ledger has them.",
            "short",
            Sql(
                """
SELECT $__timeGroupAlias(stored_at, $__interval), 'stored' AS metric, sum(lines_stored)::bigint AS lines
FROM batches WHERE stored_on >= $__timeFrom()::date - 1 AND $__timeFilter(stored_at)
GROUP BY 1 ORDER BY 1
""",
                over_time=True,
            ),
            width=8,
        ),
        graph(
            "Time to write a batch",
            "COPY and commit, as the workers see it.",
            "s",
            *percentiles("logmill_worker_copy_seconds"),
        ),
        graph(
            "Time to fold",
            "One transaction of the aggregator.",
            "s",
            *percentiles("logmill_aggregator_fold_seconds"),
        ),
        table(
            "Sessions",
            "What each of our processes does just now, and what it waits for.",
            "short",
            Sql("""
SELECT coalesce(nullif(application_name, ''), usename) AS who, coalesce(state, '') AS state,
    coalesce(wait_event_type || ': ' || wait_event, '') AS waits_for, count(*) AS sessions,
    max(extract(epoch FROM now() - state_change))::float8 AS longest
FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
GROUP BY 1, 2, 3 ORDER BY sessions DESC LIMIT 30
"""),
            units={"longest": "s"},
        ),
        table(
            "Who waits for whom",
            "Sessions that wait for a lock, and those that hold it. Empty when all is well.",
            "none",
            Sql("""
SELECT waiting.pid, pg_blocking_pids(waiting.pid)::text AS blocked_by,
    extract(epoch FROM now() - waiting.state_change)::float8 AS since, left(waiting.query, 200) AS query
FROM pg_stat_activity AS waiting WHERE datname = current_database() AND wait_event_type = 'Lock'
ORDER BY since DESC LIMIT 20
"""),
            units={"since": "s"},
        ),
    ),
)
HOLDING = Row(
    "What it holds",
    (
        table(
            "Tables",
            "The largest tables, those of `log_records` counted as one. Many dead rows: VACUUM does not keep up.",
            "bytes",
            Sql("""
SELECT CASE WHEN relname LIKE 'log_records\\_%' THEN 'log_records' ELSE relname END AS name, count(*) AS tables,
    sum(pg_table_size(relid))::bigint AS rows_size, sum(pg_indexes_size(relid))::bigint AS indexes_size,
    sum(n_live_tup)::bigint AS live, sum(n_dead_tup)::bigint AS dead,
    max(greatest(last_autovacuum, last_vacuum)) AS vacuumed
FROM pg_stat_user_tables GROUP BY 1 ORDER BY rows_size DESC LIMIT 25
"""),
            units={"tables": "short", "live": "short", "dead": "short", "vacuumed": "dateTimeFromNow"},
        ),
        table(
            "Days of records",
            "Partitions of `log_records`, one for each day lines were stored on; retention drops whole days.",
            "bytes",
            Sql("""
SELECT relname AS partition, n_live_tup AS records, pg_total_relation_size(relid) AS size
FROM pg_stat_user_tables WHERE relname LIKE 'log_records\\_%' ORDER BY relname DESC LIMIT 60
"""),
            units={"records": "short"},
        ),
    ),
)

DASHBOARD = Dashboard(
    uid="logmill-postgres",
    title="logmill: PostgreSQL",
    description="What PostgreSQL holds, does and waits for, told by itself; see deploy/grafana/grants.sql.",
    rows=(NOW, WRITING, HOLDING),
    refresh="1m",
)
