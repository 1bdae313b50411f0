"""The services' settings as the doctor reads them, and that no password gets out of them."""

from pathlib import Path

import pytest

from cli.doctor.settings import BY_SERVICE, DoctorSettings, deployment_of, masked, secrets_of
from services.aggregator.__main__ import POOL_SIZE
from services.api.settings import ApiSettings
from services.worker.settings import WorkerSettings
from shared.errors import ConfigurationError

SECRET = "x" * 32


@pytest.fixture(autouse=True)
def settings_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of the files; nothing else says anything."""
    for name in ("PSQL_ADDR", "PSQL_PASS", "PSQL_USER", "RABBITMQ_URL", "WORKER_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOGMILL_CONFIG_DIR", str(tmp_path))
    return tmp_path


def load(service: str = "api") -> DoctorSettings:
    return BY_SERVICE[service].load()


def test_pools_are_those_of_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMILL_JWT_SECRET", SECRET)
    assert load("api").pool == ApiSettings.load().database_pool_connections
    assert load("worker").pool == WorkerSettings.load().worker_concurrency + 1
    assert load("aggregator").pool == POOL_SIZE
    monkeypatch.setenv("LOGMILL_DATABASE_POOL_CONNECTIONS", "33")
    monkeypatch.setenv("WORKER_CONCURRENCY", "5")
    assert [load(service).pool for service in BY_SERVICE] == [33, 6, 8]


def test_a_service_s_own_keys_are_left_to_it(settings_from: Path) -> None:
    (settings_from / "api.yaml").write_text("page_items: 3\npsql_addr: db.example\nno_such_key: 1\n")
    assert load("api").psql_addr == "db.example"
    assert load("worker").psql_addr == "127.0.0.1"


@pytest.mark.parametrize("content", ["max_queue_bytes: none\n", "rabbitmq_url: mq.example\n", "- psql_addr\n"])
def test_what_the_services_refuse_is_refused(settings_from: Path, content: str) -> None:
    (settings_from / "worker.yaml").write_text(content)
    with pytest.raises(ConfigurationError, match="worker"):
        load("worker")


@pytest.mark.parametrize(
    ("url", "host", "port", "vhost", "user"),
    [
        ("amqp://mq.example/", "mq.example", 5672, "/", "guest"),
        ("amqps://a%40b:c@mq.example/", "mq.example", 5671, "/", "a@b"),
        ("amqp://u:p@mq.example:999/%2Fodd%20one", "mq.example", 999, "/odd one", "u"),
        ("amqp://u:p@[::1]:999/logmill", "::1", 999, "logmill", "u"),
    ],
)
def test_the_broker(monkeypatch: pytest.MonkeyPatch, url: str, host: str, port: int, vhost: str, user: str) -> None:
    monkeypatch.setenv("RABBITMQ_URL", url)
    found = deployment_of(load(), {})
    assert (found.broker_host, found.broker_port, found.vhost, found.broker_user) == (host, port, vhost, user)


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("RABBITMQ_URL", "amqp://user:12/hunter2@mq.example:5672/"),
        ("RABBITMQ_URL", "amqp://user:12#hunter2@mq.example/"),
        ("LOGMILL_RABBITMQ_MANAGEMENT_URL", "http://user:12?hunter2@mq.example"),
        ("LOGMILL_RABBITMQ_MANAGEMENT_URL", "hunter2"),
        ("LOGMILL_RABBITMQ_MANAGEMENT_URL", "http://user:hunter2@mq.example:x"),
    ],
)
def test_a_password_out_of_its_place(monkeypatch: pytest.MonkeyPatch, variable: str, url: str) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(ConfigurationError, match="rabbitmq_") as refused:
        deployment_of(load(), {})
    assert "hunter2" not in str(refused.value)


def test_nothing_secret_is_in_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PSQL_PASS", "hunter1")
    monkeypatch.setenv("RABBITMQ_URL", "amqp://u:hunter%2F2@mq.example/v")
    monkeypatch.setenv("LOGMILL_RABBITMQ_MANAGEMENT_URL", "http://u:hunter3@mq.example:15672/prefix?hunter=4#hunter5")
    found = deployment_of(load(), {})
    assert "hunter" not in str(found)
    assert found.management == "http://mq.example:15672/prefix"
    assert secrets_of(load()) == {"hunter1", "hunter%2F2", "hunter/2", "hunter3"}


def test_a_password_that_is_a_user_s_name_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PSQL_PASS", "logmill")
    monkeypatch.setenv("RABBITMQ_URL", "amqp://logmill:logmill@mq.example/v")
    assert secrets_of(load()) == frozenset()


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("all is well", {"hunter2"}, "all is well"),
        ("no hunter2 here, hunter2", {"hunter2"}, "no *** here, ***"),
        ("hunter2 and hunter", {"hunter", "hunter2"}, "*** and ***"),
    ],
)
def test_secrets_are_masked(text: str, secrets: set[str], shown: str) -> None:
    assert masked(text, secrets) == shown
