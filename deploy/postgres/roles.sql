-- Run once, when the data folder is made: the services' own role, which owns their database and nothing else.
\set password `cat /run/secrets/psql_pass`
CREATE ROLE logmill LOGIN PASSWORD :'password';
CREATE DATABASE logmill OWNER logmill;
REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE logmill FROM PUBLIC;
