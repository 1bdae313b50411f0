-- What cannot go on as it was when the backup was taken. `restore` runs it; after a recovery of PostgreSQL's own (WAL), run
-- it by hand, before any service is started:
--
--     psql -1 -v ON_ERROR_STOP=1 -v taken_at='2026-01-02 03:04 UTC' -f after_restore.sql logmill
--
-- What RabbitMQ still has of these jobs gets its place all the same, and is counted then.
SET search_path = public;

-- Whoever signed out since, or was signed out, would be in again.
DELETE FROM sessions;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;

-- Uploads and webhooks' days that lines came in for then. What was read is what has its place: folds add to it.
WITH ended AS (
    UPDATE jobs SET status = 'interrupted', failed_at = now(), notice = NULL,
        lines_read = lines_stored + lines_rejected + lines_dead_lettered,
        error_message = format('the database was restored from a backup of %s: what came in later is missing', :'taken_at')
    WHERE status = 'receiving' RETURNING 1
)
SELECT count(*) AS interrupted FROM ended
\gset

-- Jobs whose batches were not all stored then. The first words are the aggregator's (closing.py), which says so again, or
-- better, whenever something of them comes.
WITH known AS (
    SELECT job_id, batches_total,
        (SELECT count(*) FROM batches b WHERE b.job_id = j.job_id)
        + (SELECT count(*) FROM dead_letters d WHERE d.job_id = j.job_id AND NOT EXISTS (
            SELECT FROM batches b WHERE b.job_id = d.job_id AND b.batch_no = d.batch_no)) AS batches_known
    FROM jobs j WHERE status = 'processing'
), ended AS (
    UPDATE jobs j SET status = 'failed', failed_at = now(),
        error_message = format('%s of %s batches never arrived: the database was restored from a backup of %s',
            k.batches_total - batches_known, k.batches_total, :'taken_at')
    FROM known k WHERE k.job_id = j.job_id AND batches_known < k.batches_total RETURNING 1
)
SELECT count(*) AS failed FROM ended
\gset

-- The places behind these were given away since, and RabbitMQ may have what is in them: what is delivered from now on
-- begins another job, and what has no place is taken in again when it is delivered again.
UPDATE webhook_feeds SET closed_at = now() WHERE closed_at IS NULL;
WITH forgotten AS (
    DELETE FROM webhook_deliveries d USING jobs j
    WHERE j.job_id = d.job_id AND j.status IN ('interrupted', 'failed')
        AND NOT EXISTS (SELECT FROM batches b WHERE b.job_id = d.job_id AND b.batch_no = d.batch_no)
        AND NOT EXISTS (SELECT FROM webhook_batches w WHERE w.job_id = d.job_id AND w.batch_no = d.batch_no)
        AND NOT EXISTS (SELECT FROM dead_letters l WHERE l.job_id = d.job_id AND l.batch_no = d.batch_no)
    RETURNING 1
)
SELECT count(*) AS forgotten FROM forgotten
\gset

\warn the database is as of :taken_at, and nobody is signed in
\warn jobs now interrupted, as lines of them still came in then: :interrupted
\warn jobs now failed, as not all of their lines were stored then: :failed
\warn deliveries of webhooks that were not stored, and are taken in when delivered again: :forgotten
