"""`logmill doctor` is there, refuses what it cannot read, and costs the other commands nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.__main__ import build_app
from cli.doctor import MISCONFIGURED, Service
from cli.doctor.settings import BY_SERVICE
from tests.support.suite import ROOT

PASSWORD = "hunter2-of-nobody"
IMPORTED = "import sys, cli.__main__; print(*{'asyncpg', 'aio_pika', 'cli.doctor.examination'} & set(sys.modules))"


def test_every_service_can_be_asked_about() -> None:
    assert [service.value for service in Service] == list(BY_SERVICE)


def test_its_drivers_are_imported_by_nothing_else() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("service", "changed", "said"),
    [
        ("worker", {"RABBITMQ_URL": PASSWORD}, "rabbitmq_url: Value error"),
        ("worker", {"LOGMILL_MAX_QUEUE_BYTES": "many"}, "settings of worker refused: max_queue_bytes"),
        ("worker", {"PSQL_PASS_FILE": "/no/such/file"}, "PSQL_PASS"),
        ("worker", {"RABBITMQ_URL": f"amqp://user:1/{PASSWORD}@127.0.0.1/"}, "in a password write / as %2F"),
        ("database", {}, "'database' is not one of"),
    ],
)
def test_what_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, service: str, changed: dict[str, str], said: str
) -> None:
    for name in ("PSQL_PASS", "RABBITMQ_URL"):
        monkeypatch.delenv(name, raising=False)
    environment = {"LOGMILL_CONFIG_DIR": str(tmp_path), "COLUMNS": "300", **changed}
    done = CliRunner().invoke(build_app(), ["doctor", "--service", service], env=environment)
    assert (done.exit_code, said in done.output) == (MISCONFIGURED, True), done.output
    assert PASSWORD not in done.output
