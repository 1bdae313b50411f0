"""What a service says, and exits with, when it cannot start: 0 for a stop, 2 for a setting that is refused."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.suite import Service, Suite, free_port, wait_for

SECONDS = 30
SERVICES = ("api", "worker", "aggregator")
WRONG = "not-the-password-4711"


@pytest.fixture
def is_forked() -> bool:
    """No: this is about starting."""
    return False


def broker_url(suite: Suite, *, password: str | None = None, vhost: str | None = None) -> str:
    parts = urlsplit(suite.environment["RABBITMQ_URL"])
    location = f"{parts.username}:{password or parts.password}@{parts.hostname}:{parts.port}"
    return f"amqp://{location}{parts.path if vhost is None else '/' + vhost}"


def assert_refused(service: Service, *named: str) -> None:
    assert service.process.wait(SECONDS) == 2, service.read_log()
    log = service.read_log()
    for text in named:
        assert text in log
    for text in ("Traceback", "never retrieved", WRONG):
        assert text not in log, log


def waits_for(service: Service, dependency: str) -> bool:
    try:
        report = httpx.get(f"{service.url}/health/ready", timeout=5).json()
    except httpx.TransportError:
        assert service.process.poll() is None, service.read_log()
        return False
    is_there = {name: check["ok"] for name, check in report["checks"].items()}
    return not is_there[dependency] and all(ok for name, ok in is_there.items() if name != dependency)


@pytest.mark.parametrize("name", SERVICES)
def test_a_stop_while_the_broker_is_away(own_suite: Suite, name: str) -> None:
    service = own_suite.start(name, RABBITMQ_URL=f"amqp://127.0.0.1:{free_port()}/")
    wait_for("the service to miss the broker alone", lambda: waits_for(service, "broker"))
    assert service.stop(SECONDS) == 0
    assert "Traceback" not in service.read_log()


@pytest.mark.parametrize("name", SERVICES)
def test_a_stop_while_the_database_is_away(own_suite: Suite, name: str) -> None:
    service = own_suite.start(name, PSQL_PORT=str(free_port()))
    wait_for("the service to miss the database", lambda: "waiting for a dependency" in service.read_log())
    assert service.stop(SECONDS) == 0
    assert "Traceback" not in service.read_log()


@pytest.mark.parametrize("name", SERVICES)
def test_a_taken_port(own_suite: Suite, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        service = own_suite.start(name, **{f"LOGMILL_{name.upper()}_PORT": port})
        assert_refused(service, f"{name}_port {port}")


@pytest.mark.parametrize("content", ["psql_pass: {not-the-password-4711\n", "- worker_port\n", "just words\n"])
def test_a_file_that_is_no_mapping(own_suite: Suite, tmp_path: Path, content: str) -> None:
    (tmp_path / "worker.yaml").write_text(content)
    assert_refused(own_suite.start("worker", LOGMILL_CONFIG_DIR=str(tmp_path)), str(tmp_path / "worker.yaml"))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"PSQL_PASS": WRONG}, "psql_"),
        ({"PSQL_USER": "nobody_here"}, "psql_"),
        ({"PSQL_DB": "no_such_database"}, "no_such_database"),
    ],
)
def test_what_postgresql_refuses(own_suite: Suite, settings: dict[str, str], named: str) -> None:
    assert_refused(own_suite.start("worker", **settings), "PostgreSQL refused", named)


def test_a_wrong_password_of_the_broker(own_suite: Suite) -> None:
    service = own_suite.start("worker", RABBITMQ_URL=broker_url(own_suite, password=WRONG))
    assert_refused(service, "user or password of rabbitmq_url")


def test_an_unknown_virtual_host(own_suite: Suite) -> None:
    service = own_suite.start("worker", RABBITMQ_URL=broker_url(own_suite, vhost="no_such_vhost"))
    assert_refused(service, "virtual host of rabbitmq_url")
