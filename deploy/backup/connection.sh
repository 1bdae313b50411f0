# shellcheck shell=sh
# For backup and restore: the services' settings (PSQL_*, PSQL_PASS_FILE) as PostgreSQL's own programs take them. Those of
# libpq (PGHOST, …) do as well; without any it is this machine's server, database `logmill`.
umask 077
PGDATABASE=${PGDATABASE:-logmill}
PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10}
PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"
export PGDATABASE PGCONNECT_TIMEOUT PGOPTIONS

setting() { # of libpq, and its name among the services'
    eval "value=\${LOGMILL_$2:-\${$2:-}}"
    # shellcheck disable=SC2154 # eval sets it
    [ -z "$value" ] || export "$1=$value"
}

setting PGHOST PSQL_ADDR
setting PGPORT PSQL_PORT
setting PGUSER PSQL_USER
setting PGPASSWORD PSQL_PASS
setting PGDATABASE PSQL_DB
setting password_file PSQL_PASS_FILE
if [ -n "${password_file:-}" ]; then
    PGPASSWORD=$(cat -- "$password_file")
    export PGPASSWORD
fi

say() {
    printf '%s\n' "$*" >&2
}

fail() {
    say "error: $*"
    exit 1
}

run_psql() {
    psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 "$@"
}
