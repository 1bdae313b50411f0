"""The forms of the suite: which compose files, what they are given, what has to be there."""

import secrets
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.compose_test.engine import Project, can_be_had

SERVICES = ("api", "worker", "aggregator")
CANARY = "canary"
"""A service of a profile, which every form starts."""
WORKERS = 3
DEVELOPMENT = "docker-compose.dev.yml"
PRODUCTION = "deploy/docker-compose.yml"
CLUSTER = "deploy/cluster/docker-compose.yml"
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
    """Compose files under test; `secrets` is the folder of their passwords, None where they have none."""

    name: str
    project: Project
    ports: dict[str, int]
    secrets: Path | None = None
    nodes: dict[str, str] = field(default_factory=lambda: {"rabbitmq": "rabbit@rabbitmq"})
    """The services that are RabbitMQ's, and the names of their nodes."""

    @property
    def servers(self) -> tuple[str, ...]:
        """What the services wait for, and what watches them."""
        return ("postgres", *self.nodes, "prometheus")

    @property
    def targets(self) -> dict[str, int]:
        """How many of each job Prometheus has to see."""
        nodes = len(self.nodes)
        of_nodes = {"rabbitmq": nodes, "rabbitmq-queues": nodes}
        return {"api": 1, "worker": WORKERS, "aggregator": 1, CANARY: 1, **of_nodes, "prometheus": 1}

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

    @property
    def services(self) -> dict[str, Any]:
        """All that its files name, those of profiles included."""
        named: dict[str, Any] = self.project.configuration("--profile", "*")["services"]
        return named

    def absent_images(self) -> dict[str, str]:
        """Services whose images cannot be had here, with these: those of profiles. Others would fail the start."""
        return {
            name: service["image"]
            for name, service in self.services.items()
            if service.get("profiles") and "build" not in service and not can_be_had(service["image"])
        }


def development(root: Path) -> Form:
    """docker-compose.dev.yml, on ports that are free."""
    ports = _free_ports()
    return Form(DEVELOPMENT, Project([root / DEVELOPMENT], _name("dev"), _texts(ports)), ports)


def production(root: Path, folder: Path) -> Form:
    """deploy/docker-compose.yml, with passwords of its own below `folder`."""
    ports, kept = _free_ports(), _make_secrets(root, folder / "production")
    project = Project([root / PRODUCTION], _name("production"), _for_use(ports, kept))
    return Form(PRODUCTION, project, ports, kept, {"rabbitmq": "rabbit@rabbitmq-1"})


def cluster(root: Path, folder: Path) -> Form:
    """The same with deploy/cluster/docker-compose.yml over it: three nodes of RabbitMQ."""
    ports, kept = _free_ports(), _make_secrets(root, folder / "cluster")
    project = Project([root / PRODUCTION, root / CLUSTER], _name("cluster"), _for_use(ports, kept))
    nodes = {"rabbitmq": "rabbit@rabbitmq-1", "rabbitmq-2": "rabbit@rabbitmq-2", "rabbitmq-3": "rabbit@rabbitmq-3"}
    return Form(CLUSTER, project, ports, kept, nodes)


def _name(form: str) -> str:
    return f"logmill-test-{form}-{secrets.token_hex(3)}"


def _make_secrets(root: Path, folder: Path) -> Path:
    subprocess.run([root / "deploy" / "make-secrets", folder], check=True, capture_output=True)
    return folder


def _for_use(ports: dict[str, int], kept: Path) -> dict[str, str]:
    return {
        **_texts(ports),
        "LOGMILL_SECRETS": str(kept),
        "LOGMILL_IMAGE": "logmill:compose-test",
        "LOGMILL_EDGE_SUBNET": f"10.82.{secrets.randbelow(256)}.0/26",
    }


def _texts(ports: dict[str, int]) -> dict[str, str]:
    return {name: str(port) for name, port in ports.items()}


def _free_ports() -> dict[str, int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in _PORTS]
    found = {name: probe.getsockname()[1] for name, probe in zip(_PORTS, probes, strict=True)}
    for probe in probes:
        probe.close()
    return found
