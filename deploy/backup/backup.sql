-- Run by `backup` with psql. To standard output goes a script for psql: what it holds, pg_dump's statements, and the word
-- that it is complete.
\getenv scratch scratch
\set contents :scratch/contents
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
-- No day's table is dropped between the snapshot, which has it, and pg_dump's own locks.
LOCK TABLE log_records IN ACCESS SHARE MODE;
SELECT pg_export_snapshot() AS snapshot, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS taken_at
\gset
\setenv SNAPSHOT :snapshot
\o :contents
SELECT format('-- logmill backup, taken at %s', :'taken_at');
SELECT format('-- PostgreSQL %s, database %s, %s', current_setting('server_version'), current_database(),
    pg_size_pretty(pg_database_size(current_database())));
SELECT format('-- schema: %s', max(name)) FROM schema_migrations;
SELECT format('-- %s users, %s dead letters that wait', (SELECT count(*) FROM users),
    (SELECT count(*) FROM dead_letters WHERE state = 'waiting'));
SELECT format('-- %s jobs %s, %s lines stored', count(*), status, coalesce(sum(lines_stored), 0))
FROM jobs GROUP BY status ORDER BY status;
SELECT format('\set taken_at %L', :'taken_at');
\o
\! cat "$scratch/contents" && pg_dump --snapshot="$SNAPSHOT" --schema=public --no-owner --no-privileges --no-comments && echo '\set is_complete true' && : >"$scratch/complete"
COMMIT;
