"""`logmill doctor` at a real PostgreSQL that is as it should be, or spoilt in one way."""

import secrets
import socket
from collections.abc import Iterator

import pytest

from cli.doctor import database
from cli.doctor.findings import State
from deploy.local.postgres import PostgresEndpoint
from tests.integration.cli.conftest import Examine, Tell, assert_mended, unwell
from tests.support.suite import free_port

PASSWORD = "hunter2-of-nobody"


def test_all_that_is_there_is_well(made: None, examined: Examine) -> None:
    for service in ("api", "worker", "aggregator"):
        findings = examined(service)
        assert unwell(findings) == {}
        assert findings["clock"].found == "PostgreSQL: as here; RabbitMQ: as here"


def test_a_database_that_nobody_migrated(empty: None, examined: Examine, tell_database: Tell) -> None:
    findings = examined()
    assert_mended(findings["migrations"], State.bad, "none of logmill's tables", "python -m services.migrate")
    assert set(unwell(findings)) == {"migrations", "queues", "exchanges"}
    tell_database("DO $$ BEGIN ASSERT to_regclass('schema_migrations') IS NULL; END $$")


@pytest.mark.parametrize(
    ("statement", "state", "found", "mend"),
    [
        (
            "DELETE FROM schema_migrations WHERE number = 3",
            State.bad,
            "0003_dead_letters_and_faults.sql",
            "python -m services.migrate",
        ),
        (
            "INSERT INTO schema_migrations (number, name) VALUES (9999, '9999_from_the_future.sql')",
            State.warn,
            "a newer logmill has applied 9999_from_the_future.sql",
            "take the newer version into use",
        ),
        (
            "UPDATE schema_migrations SET name = '0002_of_somebody_else.sql' WHERE number = 2",
            State.bad,
            "0002_of_somebody_else.sql in place of",
            "PSQL_DB",
        ),
    ],
)
def test_migrations(
    made: None, examined: Examine, tell_database: Tell, statement: str, state: State, found: str, mend: str
) -> None:
    tell_database(statement)
    findings = examined()
    assert_mended(findings["migrations"], state, found, mend)
    assert set(unwell(findings)) == {"migrations"}


def test_a_partition_that_fell_off(made: None, examined: Examine, tell_database: Tell) -> None:
    tell_database(
        "SELECT ensure_log_partition('2026-03-05')", "ALTER TABLE log_records DETACH PARTITION log_records_20260305"
    )
    finding = examined()["partitions"]
    assert_mended(finding, State.bad, "log_records_20260305: not part of log_records", "ATTACH PARTITION")
    assert finding.mend is not None
    tell_database(finding.mend.strip("`"))
    assert examined()["partitions"].state is State.ok


def test_dead_letters_wait(made: None, examined: Examine, tell_database: Tell) -> None:
    columns = "(dead_letter_id, job_id, batch_no, line_count, reason, detail, headers, body)"
    tell_database(
        f"INSERT INTO dead_letters {columns} VALUES (gen_random_uuid(), NULL, NULL, 1, 'bad_checksum', '', '{{}}', 'x')"
    )
    assert_mended(examined()["dead letters"], State.warn, "1 waiting", "logmill dead-letters groups")


@pytest.mark.parametrize(
    ("variables", "found", "mend"),
    [
        ({"PSQL_PASS": PASSWORD}, "password authentication failed", "PSQL_PASS_FILE"),
        ({"PSQL_USER": "nobody_here", "PSQL_PASS": PASSWORD}, "as nobody_here: password", "`\\password nobody_here`"),
        ({"PSQL_DB": "no_such_database"}, 'database "no_such_database" does not exist', "`CREATE DATABASE no_such_d"),
        ({"PSQL_ADDR": "no-such-host.invalid"}, "no-such-host.invalid:", "PSQL_ADDR"),
    ],
)
def test_a_login_that_is_refused(
    made: None, examined: Examine, variables: dict[str, str], found: str, mend: str
) -> None:
    findings = examined(**variables)
    assert_mended(findings["database"], State.bad, found, mend)
    assert PASSWORD not in str(findings)


def test_a_port_where_nobody_listens(made: None, examined: Examine) -> None:
    port = str(free_port())
    findings = examined(PSQL_PORT=port)
    mend = f"pg_isready -h 127.0.0.1 -p {port}"
    assert_mended(findings["database"], State.bad, "nobody answers there (Connection refused)", mend)
    assert (findings["broker"].state, "migrations" in findings) == (State.ok, False)
    assert set(unwell(findings)) == {"database"}


def test_a_server_that_says_nothing(made: None, examined: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        findings = examined(PSQL_PORT=str(silent.getsockname()[1]))
    assert_mended(findings["database"], State.bad, "no answer in time", "firewall")


@pytest.fixture
def role(postgres: PostgresEndpoint, made: None, tell_database: Tell) -> Iterator[str]:
    """One that may log in, and nothing else."""
    name = f"test_{secrets.token_hex(4)}"
    tell_database(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    yield name
    tell_database(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_a_role_without_rights(role: str, examined: Examine, tell_database: Tell) -> None:
    findings = examined("worker", PSQL_USER=role, PSQL_PASS=PASSWORD)
    assert_mended(
        findings["privileges"], State.bad, f"{role} lacks SELECT on table schema_migrations", "services.migrate"
    )
    assert findings["migrations"].state is State.unseen
    assert PASSWORD not in str(findings)


def test_a_right_that_was_taken(role: str, examined: Examine, tell_database: Tell) -> None:
    tell_database(
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT ALL ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        f"REVOKE INSERT ON partials FROM {role}",
    )
    findings = examined("worker", PSQL_USER=role, PSQL_PASS=PASSWORD)
    assert_mended(
        findings["privileges"], State.bad, f"{role} lacks INSERT on table partials", "it grants logmill_worker"
    )
    assert set(unwell(findings)) == {"privileges"}


def test_as_many_sessions_as_there_may_be(made: None, examined: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.doctor.checks.database.FULL", 0.0)
    assert_mended(examined()["connections"], State.warn, "connections to PostgreSQL are taken", "max_connections")
