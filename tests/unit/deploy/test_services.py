"""What services are given, and when they count as changed."""

from pathlib import Path

import pytest

from deploy.local.infrastructure import existing_postgres, existing_rabbitmq
from deploy.local.postgres import PostgresEndpoint
from deploy.local.rabbitmq import RabbitmqEndpoint
from deploy.local.services import AGGREGATOR, API, by_name, compose_environment, fingerprint, roster, worker


def test_roster_starts_the_api_last() -> None:
    assert [service.name for service in roster(3)] == ["aggregator", "worker-1", "worker-2", "worker-3", "api"]


@pytest.mark.parametrize(
    ("name", "kind", "setting", "port"),
    [
        ("api", "api", "LOGMILL_API_PORT", 8081),
        ("worker", "worker", "LOGMILL_WORKER_PORT", 8082),
        ("worker-1", "worker", "LOGMILL_WORKER_PORT", 8082),
        ("worker-12", "worker", "LOGMILL_WORKER_PORT", None),
        ("aggregator", "aggregator", "LOGMILL_AGGREGATOR_PORT", 8083),
    ],
)
def test_services_by_name(name: str, kind: str, setting: str, port: int | None) -> None:
    service = by_name(name)
    assert (service.kind, service.port_setting, service.preferred_port) == (kind, setting, port)


@pytest.mark.parametrize(
    ("inherited", "expected"),
    [
        ({}, {"POLARS_MAX_THREADS": "1", "LOGMILL_JWT_SECRET": "generated", "PSQL_PORT": "15001"}),
        ({"POLARS_MAX_THREADS": "4"}, {"POLARS_MAX_THREADS": "4"}),
        ({"LOGMILL_JWT_SECRET": "set by a person"}, {"LOGMILL_JWT_SECRET": "set by a person"}),
        ({"PSQL_PORT": "5432"}, {"PSQL_PORT": "15001"}),
        ({"LOGMILL_BATCH_BYTES": "1024"}, {"LOGMILL_BATCH_BYTES": "1024"}),
    ],
)
def test_settings_of_a_person_win_over_defaults(inherited: dict[str, str], expected: dict[str, str]) -> None:
    own, servers = {"LOGMILL_JWT_SECRET": "generated"}, {"PSQL_PORT": "15001"}
    assert expected.items() <= compose_environment(inherited, servers, own, worker(1)).items()


def test_only_workers_are_held_to_one_polars_thread() -> None:
    assert "POLARS_MAX_THREADS" not in compose_environment({}, {}, {}, API)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"PSQL_PASS": "x"}, None),
        ({"PSQL_ADDR": "db"}, PostgresEndpoint("db", 5432, "logmill", "", "logmill")),
        ({"PSQL_PORT": "6000", "PSQL_USER": "u"}, PostgresEndpoint("127.0.0.1", 6000, "u", "", "logmill")),
        (
            {"LOGMILL_PSQL_ADDR": "db", "PSQL_ADDR": "other", "PSQL_PASS": "p", "PSQL_DB": "d"},
            PostgresEndpoint("db", 5432, "logmill", "p", "d"),
        ),
    ],
)
def test_existing_postgres(environment: dict[str, str], expected: PostgresEndpoint | None) -> None:
    assert existing_postgres(environment) == expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"LOGMILL_RABBITMQ_MANAGEMENT_URL": "http://m"}, None),
        ({"RABBITMQ_URL": "amqp://b/"}, RabbitmqEndpoint("amqp://b/", None)),
        (
            {"LOGMILL_RABBITMQ_URL": "amqp://a/", "LOGMILL_RABBITMQ_MANAGEMENT_URL": "http://m"},
            RabbitmqEndpoint("amqp://a/", "http://m"),
        ),
    ],
)
def test_existing_rabbitmq(environment: dict[str, str], expected: RabbitmqEndpoint | None) -> None:
    assert existing_rabbitmq(environment) == expected


@pytest.mark.parametrize(
    ("vhost", "url"),
    [
        ("logs", "amqp://u:p@h:5672/logs"),
        ("/", "amqp://u:p@h:5672/%2F"),
        ("a b/c", "amqp://u:p@h:5672/a%20b%2Fc"),
    ],
)
def test_vhosts_are_quoted(vhost: str, url: str) -> None:
    assert RabbitmqEndpoint("amqp://u:p@h:5672/old", None).with_vhost(vhost).url == url


def test_fingerprint_changes_with_settings_and_code_only(tmp_path: Path) -> None:
    for folder in ("shared", "configs", "services/api/web", "services/worker"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "shared" / "clock.py").write_text("one")
    settings = {"LOGMILL_BATCH_BYTES": "1", "TERM": "xterm"}
    before = fingerprint(tmp_path, API, settings)
    unseen = ["services/worker/app.py", "services/api/web/page.ts", "services/api/notes.txt"]
    for name in unseen:
        (tmp_path / name).write_text("new")
    assert fingerprint(tmp_path, API, {**settings, "TERM": "dumb", "LOGMILL_TOKEN": "x"}) == before
    assert fingerprint(tmp_path, API, {**settings, "LOGMILL_BATCH_BYTES": "2"}) != before
    (tmp_path / "shared" / "clock.py").write_text("two")
    assert fingerprint(tmp_path, API, settings) != before


def test_aggregator_prefers_its_well_known_port() -> None:
    assert AGGREGATOR.preferred_port == 8083
