-- Run when the data folder is made, and by hand for one that is older, or after a password was changed: what is there
-- already stays. `logmill` owns the database, and so whatever migrations make; each service has a role that may connect,
-- and do what the migrations grant it.
\set owner_password `cat /run/secrets/psql_pass`
\set api_password `cat /run/secrets/api_psql_pass`
\set worker_password `cat /run/secrets/worker_psql_pass`
\set aggregator_password `cat /run/secrets/aggregator_psql_pass`

SELECT format('CREATE ROLE %I', wanted.name)
FROM unnest(ARRAY['logmill', 'logmill_api', 'logmill_worker', 'logmill_aggregator']) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) \gexec
ALTER ROLE logmill LOGIN PASSWORD :'owner_password';
ALTER ROLE logmill_api LOGIN PASSWORD :'api_password';
ALTER ROLE logmill_worker LOGIN PASSWORD :'worker_password';
ALTER ROLE logmill_aggregator LOGIN PASSWORD :'aggregator_password';

SELECT 'CREATE DATABASE logmill OWNER logmill'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'logmill') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1, logmill FROM PUBLIC;
GRANT CONNECT ON DATABASE logmill TO logmill_api, logmill_worker, logmill_aggregator;
