"""`logmill canary` as a process beside a suite."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from tests.support.command_line import environment
from tests.support.suite import ROOT, Service, free_port, wait_for
from tests.support.user import PASSWORD


def new_email() -> str:
    """An account that no canary has had."""
    return f"canary-{uuid4().hex[:12]}@example.com"


@contextmanager
def canary(api_url: str, folder: Path, email: str | None = None, **settings: str) -> Iterator[Service]:
    """One that answers, maybe not ready, a round a second unless told otherwise. Settings as `LATE_SECONDS="5"`."""
    port, log = free_port(), folder / f"canary-{uuid4().hex[:8]}.log"
    told = {"INTERVAL_SECONDS": "1", "LINES": "20", "PASSWORD": PASSWORD, **settings}
    variables = {f"LOGMILL_CANARY_{name}": value for name, value in told.items()}
    variables |= {"LOGMILL_CANARY_URL": api_url, "LOGMILL_CANARY_EMAIL": email or new_email()}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "cli", "canary"],
            cwd=ROOT,
            env=environment(**variables, LOGMILL_CANARY_PORT=str(port)),
            stdout=output,
            stderr=output,
        ) as process,
    ):
        probe = Service("canary", port, process, log)
        try:
            wait_for("the canary to answer", lambda: answers(probe))
            yield probe
        finally:
            process.kill()


def answers(probe: Service) -> bool:
    """Whether it can be asked."""
    assert probe.process.poll() is None, probe.read_log()
    try:
        return httpx.get(f"{probe.url}/health/live").is_success
    except httpx.TransportError:
        return False
