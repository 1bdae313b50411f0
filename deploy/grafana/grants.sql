-- What the role `grafana` may read: what the dashboards ask for, of all accounts; no message, no secret of logmill's.
-- URLs it may read whole, whatever their query strings carry: the dashboards cut these off, the role need not. To be run
-- by a superuser of PostgreSQL once the tables are there, and after each upgrade; again does no harm. Its password is set
-- apart, by psql's `\password grafana`, which leaves it in no history and no log.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana') THEN
        CREATE ROLE grafana LOGIN;
    END IF;
END $$;
ALTER ROLE grafana SET default_transaction_read_only = on;
ALTER ROLE grafana SET statement_timeout = '30s';
GRANT pg_monitor TO grafana;
GRANT USAGE ON SCHEMA public TO grafana;
GRANT SELECT ON rollups, batches TO grafana;
GRANT SELECT (job_id, source, status, created_at, completed_at, failed_at, batches_total, batches_done, lines_stored,
    format_counts) ON jobs TO grafana;
GRANT SELECT (job_id) ON partials TO grafana;
GRANT SELECT (stored_on, logged_at, url, status, bytes, duration_ms) ON log_records TO grafana;
GRANT SELECT (job_id, line_count, reason) ON rejected_lines TO grafana;
GRANT SELECT (state, reason, line_count, dead_lettered_at) ON dead_letters TO grafana;
GRANT SELECT (job_id, batch_no, event, action, line_count, received_at) ON webhook_deliveries TO grafana;
GRANT SELECT (job_id, batch_no) ON webhook_batches TO grafana;
