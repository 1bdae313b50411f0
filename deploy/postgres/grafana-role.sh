#!/bin/sh
# What the role `grafana` may read, and its password. Run at each start, so that what an upgrade adds is granted too;
# waits until PostgreSQL answers and the tables are there.
set -eu
if [ -n "${PGPASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat "$PGPASSWORD_FILE")
    export PGPASSWORD
fi
export PGOPTIONS="--client-min-messages=warning"

grant() {
    psql --quiet --set ON_ERROR_STOP=1 --file /grants.sql --file - <<'SQL'
\set password `cat /run/secrets/grafana_postgres_password`
ALTER ROLE grafana PASSWORD :'password';
GRANT CONNECT ON DATABASE :"DBNAME" TO grafana;
SQL
}

until grant; do
    sleep 3
done
