"""The suite as real processes on ports of their own, for tests that start, kill and watch them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import asyncpg
import httpx

from tests.support.fork_server import ForkedProcess, fork_server

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60
POLL_SECONDS = 0.05
SECRET = "test-secret-" + "x" * 32


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(what: str, condition: Callable[[], object], seconds: float = READY_SECONDS) -> None:
    """Asks again and again until `condition` holds; fails naming `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(POLL_SECONDS)


@dataclass
class Service:
    """One process: `python -m services.NAME`, or as good as that; its port and its log."""

    name: str
    port: int
    process: "subprocess.Popen[bytes] | ForkedProcess"
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} exited with {self.process.returncode}:\n{self.read_log()[-3000:]}")
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=3).status_code == 200
        except httpx.TransportError:
            return False

    def wait_ready(self) -> "Service":
        wait_for(f"{self.name} to be ready", self.is_ready)
        return self

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self.process.kill()
        self.process.wait(10)

    def stop(self, seconds: float = 30) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def read_log(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def metric(self, name: str, **labels: str) -> float:
        """A sample of the service's own metrics; 0 where it is not there."""
        told = ",".join(f'{key}="{value}"' for key, value in labels.items())
        wanted = f"{name}{{{told}}}" if told else name
        for line in httpx.get(f"{self.url}/metrics").text.splitlines():
            if line.startswith(wanted + " "):
                return float(line.rsplit(" ", 1)[1])
        return 0.0


@dataclass
class Suite:
    """An api, workers and an aggregator around one database and one virtual host.

    `is_forked`: the processes come from the fork server, which has their imports behind it.
    """

    environment: dict[str, str]
    folder: Path
    services: list[Service] = field(default_factory=list)
    is_forked: bool = False

    def start(self, name: str, **settings: str) -> Service:
        """Starts one more process; does not wait for it."""
        return self.start_on(free_port(), name, settings)

    def start_on(self, port: int, name: str, settings: Mapping[str, str]) -> Service:
        """`start` on a port of the caller's choice."""
        log = self.folder / f"{name}-{len(self.services)}.log"
        variables = {
            **os.environ,
            "LOGMILL_CONFIG_DIR": str(ROOT / "configs"),
            "LOGMILL_JWT_SECRET": SECRET,
            "LOGMILL_PASSWORD_HASH_MEMORY_KIB": "64",
            "LOGMILL_PASSWORD_HASH_ITERATIONS": "1",
            "LOGMILL_LOGINS_PER_MINUTE": "10000",
            "POLARS_MAX_THREADS": "1",
            **self.environment,
            f"LOGMILL_{name.upper()}_PORT": str(port),
            **settings,
        }
        with log.open("wb") as output:
            process = self._spawn(f"services.{name}", variables, output)
        service = Service(name, port, process, log)
        self.services.append(service)
        return service

    def _spawn(
        self, module: str, variables: Mapping[str, str], output: IO[bytes]
    ) -> "subprocess.Popen[bytes] | ForkedProcess":
        if self.is_forked and fork_server().can_run(variables):
            return fork_server().start(module, variables, output)
        return subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=variables, stdout=output, stderr=output)

    def start_all(self, workers: int = 2, **settings: str) -> "Suite":
        """The usual set, ready."""
        for name in ("api", "aggregator", *["worker"] * workers):
            self.start(name, **settings)
        for service in self.services:
            service.wait_ready()
        return self

    def named(self, name: str) -> list[Service]:
        return [service for service in self.services if service.name == name and service.process.poll() is None]

    @property
    def api(self) -> Service:
        return self.named("api")[0]

    @property
    def workers(self) -> list[Service]:
        return self.named("worker")

    @property
    def aggregator(self) -> Service:
        return self.named("aggregator")[0]

    @property
    def api_url(self) -> str:
        return self.api.url

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection to the suite's database; close it."""
        environment = self.environment
        return await asyncpg.connect(
            host=environment["PSQL_ADDR"],
            port=int(environment["PSQL_PORT"]),
            user=environment["PSQL_USER"],
            password=environment["PSQL_PASS"],
            database=environment["PSQL_DB"],
        )

    def stop_all(self) -> None:
        """SIGTERM to all, then SIGKILL to what is left."""
        alive = [service for service in self.services if service.process.poll() is None]
        for service in alive:
            service.process.send_signal(signal.SIGCONT)
            service.process.terminate()
        for service in alive:
            try:
                service.process.wait(25)
            except subprocess.TimeoutExpired:
                service.kill()
