"""The suite's own processes: which there are, what they are given, when they are ready."""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local import processes
from deploy.local.credentials import credential
from deploy.local.layout import Layout
from deploy.local.ports import PortBook

_START_SECONDS = 60
_STOP_SECONDS = 30
_SETTINGS = ("LOGMILL_", "PSQL_", "RABBITMQ_URL", "WORKER_CONCURRENCY", "ERROR_KEYWORDS", "POLARS_")
_OF_CLIENTS = {"LOGMILL_URL", "LOGMILL_TOKEN", "LOGMILL_EMAIL", "LOGMILL_PASSWORD"}
"""The command line's own: no service knows them."""
_SOURCES = {".py", ".sql", ".yaml"}


@dataclass(frozen=True)
class Service:
    """One process: `name` is its own, `kind` is shared by all that run the same code."""

    name: str
    kind: str
    preferred_port: int | None

    @property
    def port_setting(self) -> str:
        """The environment variable that holds its port."""
        return f"LOGMILL_{self.kind.upper()}_PORT"


API = Service("api", "api", 8081)
AGGREGATOR = Service("aggregator", "aggregator", 8083)


def worker(number: int) -> Service:
    """The worker with this number, from 1; the first one takes the well-known port."""
    return Service(f"worker-{number}", "worker", 8082 if number == 1 else None)


def roster(workers: int) -> list[Service]:
    """All services, in the order they start; they stop in the reverse one."""
    return [AGGREGATOR, *(worker(number) for number in range(1, workers + 1)), API]


def by_name(name: str) -> Service:
    """`api`, `aggregator`, `worker-3`, or `worker` for the first one."""
    kind, _, number = name.partition("-")
    if kind == "worker":
        return worker(int(number or 1))
    return {"api": API, "aggregator": AGGREGATOR}.get(name, Service(name, kind, None))


def compose_environment(
    inherited: Mapping[str, str], infrastructure: Mapping[str, str], own: Mapping[str, str], service: Service
) -> dict[str, str]:
    """What a service is started with: settings somebody made win over our defaults, our servers' over both.

    `own` is what only this instance knows, such as the generated secret.
    """
    defaults = {"POLARS_MAX_THREADS": "1"} if service.kind == "worker" else {}
    return {**defaults, **own, **inherited, **infrastructure}


class ServiceProcess:
    """One service of one instance."""

    def __init__(self, layout: Layout, service: Service) -> None:
        self._layout = layout
        self._ports = PortBook(layout.ports_file, layout.first_port)
        self.service = service
        self.log_file = layout.logs / f"{service.name}.log"
        self.pid_file = processes.PidFile(layout.pids / f"{service.name}.json")

    @property
    def port(self) -> int | None:
        """The port it was given."""
        return self._ports.known().get(self.service.name)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def running(self) -> processes.Identity | None:
        """Its process."""
        return self.pid_file.read()

    def ready(self) -> bool:
        """Whether it says that it can work."""
        if self.port is None or not self.running():
            return False
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def environment(self, infrastructure: Mapping[str, str]) -> dict[str, str]:
        """All of its environment but the port."""
        own = {
            "LOGMILL_CONFIG_DIR": str(self._layout.root / "configs"),
            "LOGMILL_JWT_SECRET": credential(self._layout.secrets_file, "jwt_secret"),
            "PYTHONUNBUFFERED": "1",
        }
        marked = {**infrastructure, processes.MARKER: str(self._layout.state)}
        return compose_environment(os.environ, marked, own, self.service)

    def is_current(self, infrastructure: Mapping[str, str]) -> bool:
        """Whether it runs, with these settings and the code as it is now."""
        wanted = fingerprint(self._layout.root, self.service, self.environment(infrastructure))
        return self.running() is not None and self.pid_file.fingerprint() == wanted

    def claim_port(self) -> int:
        """The port it shall listen on; call it while it does not run."""
        named = os.environ.get(self.service.port_setting)
        # The setting can name one port only; further workers take any.
        required = int(named) if named and self.service.preferred_port else None
        return self._ports.claim(self.service.name, required=required, preferred=self.service.preferred_port)

    def launch(self, infrastructure: Mapping[str, str]) -> None:
        """Starts it; `await_ready` says when it can work."""
        environment = self.environment(infrastructure)
        mark = fingerprint(self._layout.root, self.service, environment)
        environment[self.service.port_setting] = str(self.claim_port())
        arguments = [sys.executable, "-m", f"services.{self.service.kind}"]
        command = processes.Command(self.service.name, arguments, environment, self._layout.root)
        self.pid_file.write(processes.spawn(command, self.log_file), mark)

    def await_ready(self) -> None:
        """Returns when it can work."""
        identity = self.running()
        if identity is None:
            raise processes.ProcessFailed(f"{self.service.name} ended at once:\n{processes.tail(self.log_file)}")
        processes.wait_until_ready(identity, self.service.name, self.log_file, self.ready, _START_SECONDS)

    def kill(self) -> None:
        """Ends it as a crash would."""
        if identity := self.running():
            processes.kill(identity)
        self.pid_file.forget()

    def stop(self) -> None:
        """Lets it finish what it holds, and stops it."""
        if identity := self.running():
            processes.stop(identity, seconds=_STOP_SECONDS)
        self.pid_file.forget()


def fingerprint(root: Path, service: Service, environment: Mapping[str, str]) -> str:
    """Changes with the settings a service is given and with the code it runs."""
    settings = {
        name: value for name, value in environment.items() if name.startswith(_SETTINGS) and name not in _OF_CLIENTS
    }
    total = hashlib.sha256(json.dumps([sys.executable, settings], sort_keys=True).encode())
    for folder in (root / "shared", root / "configs", root / "services" / service.kind):
        for file in _source_files(folder):
            total.update(str(file).encode() + file.read_bytes())
    return total.hexdigest()


def _source_files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in {"web", "__pycache__"})
        yield from (Path(parent, name) for name in sorted(files) if Path(name).suffix in _SOURCES)
