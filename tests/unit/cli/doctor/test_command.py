"""`logmill doctor` is there, and costs the other commands nothing."""

import subprocess
import sys

from cli.doctor import Service
from cli.doctor.settings import BY_SERVICE
from tests.support.suite import ROOT

IMPORTED = "import sys, cli.__main__; print(*{'asyncpg', 'aio_pika', 'cli.doctor.examination'} & set(sys.modules))"


def test_every_service_can_be_asked_about() -> None:
    assert [service.value for service in Service] == list(BY_SERVICE)


def test_its_drivers_are_imported_by_nothing_else() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
