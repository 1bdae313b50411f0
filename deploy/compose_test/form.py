"""The two forms of the suite: which file, what it is given, what has to be there."""

import secrets
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.compose_test.engine import Project, can_be_had

SERVICES = ("api", "worker", "aggregator")
SERVERS = ("postgres", "rabbitmq", "prometheus")
_PORTS = (
    "API_PORT",
    "POSTGRES_PORT",
    "RABBITMQ_PORT",
    "RABBITMQ_MANAGEMENT_PORT",
    "PROMETHEUS_PORT",
    "GRAFANA_PORT",
    "LOGMILL_HTTP_PORT",
    "LOGMILL_HTTPS_PORT",
)


@dataclass(frozen=True)
class Form:
    """A compose file under test; `secrets` is the folder of its passwords, None where it has none."""

    project: Project
    ports: dict[str, int]
    secrets: Path | None

    @property
    def api_url(self) -> str:
        """Where the api is published."""
        return f"http://127.0.0.1:{self.ports['API_PORT']}"

    @property
    def prometheus_url(self) -> str:
        """Where Prometheus is."""
        return f"http://127.0.0.1:{self.ports['PROMETHEUS_PORT']}"

    @property
    def image(self) -> str:
        """What its services run."""
        name: str = self.project.configuration()["services"]["worker"]["image"]
        return name

    def absent_images(self) -> dict[str, str]:
        """Services whose images cannot be had here, with these: those of profiles. Others would fail the start."""
        services = self.project.configuration("--profile", "*")["services"]
        return {
            name: service["image"]
            for name, service in services.items()
            if service.get("profiles") and "build" not in service and not can_be_had(service["image"])
        }


def development(root: Path) -> Form:
    """docker-compose.dev.yml, on ports that are free."""
    ports = _free_ports()
    return Form(Project(root / "docker-compose.dev.yml", _name("dev"), _texts(ports)), ports, None)


def production(root: Path, folder: Path) -> Form:
    """deploy/docker-compose.yml, with passwords of its own below `folder`."""
    ports, kept = _free_ports(), folder / "secrets"
    subprocess.run([root / "deploy" / "make-secrets", kept], check=True, capture_output=True)
    environment = {
        **_texts(ports),
        "LOGMILL_SECRETS": str(kept),
        "LOGMILL_IMAGE": "logmill:compose-test",
        "LOGMILL_EDGE_SUBNET": f"10.82.{secrets.randbelow(256)}.0/26",
    }
    return Form(Project(root / "deploy" / "docker-compose.yml", _name("production"), environment), ports, kept)


def _name(form: str) -> str:
    return f"logmill-test-{form}-{secrets.token_hex(3)}"


def _texts(ports: dict[str, int]) -> dict[str, str]:
    return {name: str(port) for name, port in ports.items()}


def _free_ports() -> dict[str, int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in _PORTS]
    found = {name: probe.getsockname()[1] for name, probe in zip(_PORTS, probes, strict=True)}
    for probe in probes:
        probe.close()
    return found
