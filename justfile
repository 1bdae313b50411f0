# `./justw RECIPE` on a machine that has nothing but Python; `just RECIPE` is the same where just is installed.

set shell := ["bash", "-euo", "pipefail", "-c"]
set positional-arguments

export PATH := justfile_directory() / ".venv/bin" + ":" + justfile_directory() / ".local/tools/bin" + ":" + env("PATH")
export UV_PYTHON_DOWNLOADS := "never"

# Modules are compiled once, not at each of a thousand starts; and not between the sources, which a variable may forbid.
export PYTHONDONTWRITEBYTECODE := ""
export PYTHONPYCACHEPREFIX := justfile_directory() / ".local/pycache"

python := ".venv/bin/python"
pip_compile := "uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate"

[private]
default:
    @just --justfile "{{ justfile() }}" --list --unsorted

# From nothing: start the suite, ingest generated sample logs, show the results
[no-exit-message]
demo *args: setup
    @{{ python }} -m deploy.local demo "$@"

# Start the suite in the background, ready on return (--workers N, also while it runs)
[no-exit-message]
up *args: setup
    @{{ python }} -m deploy.local up "$@"

# Stop the suite and leave its data (--wipe removes that too)
[no-exit-message]
down *args: setup
    @{{ python }} -m deploy.local down "$@"

# Show every process: pid, port, ready, memory
[no-exit-message]
status: setup
    @{{ python }} -m deploy.local status

# Say who sees and mends everybody's dead letters: operators grant EMAIL, revoke EMAIL, list
[no-exit-message]
operators *args: setup
    @{{ python }} -m deploy.local operators "$@"

# Say what to mend of the suite, its servers, queues and tables (--service worker, --json); changes nothing
[no-exit-message]
doctor *args: setup
    @{{ python }} -m deploy.local doctor "$@"

# Keep all that is in PostgreSQL, while it is in use: backup FILE
[no-exit-message]
backup *args: setup
    @{{ python }} -m deploy.local backup "$@"

# Bring a backup back: restore [--replace] FILE; the services are stopped for it and started again
[no-exit-message]
restore *args: setup
    @{{ python }} -m deploy.local restore "$@"

# Show the logs, of one process or all: logs [NAME] [-f]
[no-exit-message]
logs *args: setup
    @{{ python }} -m deploy.local logs "$@"

# Keep a release for the tests of upgrades, in place of the one kept before: keep-release COMMIT
[no-exit-message]
keep-release commit:
    @tests/releases/keep "{{ commit }}"

# Run every test on real PostgreSQL, RabbitMQ and Chromium; arguments go to pytest
[no-exit-message]
test *args: setup
    @{{ python }} -m deploy.local.browser
    @{{ python }} -m deploy.local.prometheus
    @{{ python }} -m deploy.local.web test
    @{{ python }} -m pytest -p tests.skips -p tests.side_by_side -n auto --maxprocesses 4 --no-loadscope-reorder "$@"

# Upload while processes, servers and networks fail at random, then account for every line (--seed N --minutes M)
[no-exit-message]
chaos *args: setup
    @{{ python }} -m tests.faults "$@"

# Lint, formatting, types, import contracts; edits nothing
[no-exit-message]
check: setup
    #!/usr/bin/env bash
    set -uo pipefail
    failed=()
    step() { echo "== $*"; "$@" || failed+=("$*"); }
    step ruff check .
    step ruff format --check .
    step mypy
    step lint-imports
    step {{ python }} -m deploy.local.web check
    step shellcheck justw .ci/run tests/releases/keep deploy/make-secrets deploy/postgres/*.sh deploy/cluster/*.sh
    step shellcheck --external-sources deploy/backup/backup deploy/backup/restore
    step hadolint deploy/Dockerfile
    if [ "${#failed[@]}" -gt 0 ]; then printf 'failed: %s\n' "${failed[@]}" >&2; exit 1; fi

# Mend what ruff can mend, and format
[no-exit-message]
fix: setup
    @ruff check --fix .
    @ruff format .

# Run the side-by-side benchmarks of bench/, one table at the end; `bench webhook`: how soon deliveries are answered
[no-exit-message]
bench *args: setup
    @{{ python }} -m bench "$@"

# Run api, worker and aggregator in the foreground, each restarted when its code changes
[no-exit-message]
dev_all: setup
    @{{ python }} -m deploy.local dev api worker aggregator

# Run the api in the foreground, restarted when its code changes
[no-exit-message]
dev_api: setup
    @{{ python }} -m deploy.local dev api

# Run a worker in the foreground, restarted when its code changes
[no-exit-message]
dev_worker: setup
    @{{ python }} -m deploy.local dev worker

# Run the aggregator in the foreground, restarted when its code changes
[no-exit-message]
dev_aggregator: setup
    @{{ python }} -m deploy.local dev aggregator

# Run the suite in containers, restarted as its code changes: compose-up --scale worker=5 [--detach]
[no-exit-message]
compose-up *args:
    @docker compose --file docker-compose.dev.yml up --build "$@"

# Build and run the compose files: a load, a killed worker or node, restarts (--lines N, --file dev, production, cluster)
[no-exit-message]
compose-test *args: setup
    @{{ python }} -m deploy.compose_test "$@"

# Resolve the requirements again (uv.lock would record the host of every file)
lock *args: setup
    {{ pip_compile }} pyproject.toml -o requirements.lock "$@"
    {{ pip_compile }} pyproject.toml --group dev -o requirements-dev.lock "$@"
    {{ pip_compile }} --group tools -o requirements-tools.lock "$@"

# Make .venv and the web page, where they are not current
[private]
setup:
    @test -x .local/tools/bin/uv || ./justw --version >/dev/null
    @.local/tools/bin/python -m deploy.local.environment
