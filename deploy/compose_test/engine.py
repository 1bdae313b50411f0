"""The Docker engine, asked over its command line."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.compose_test.failures import ComposeTestFailed

_COMMAND_SECONDS = 1800


def docker(*arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What a command prints; raises ComposeTestFailed with what it said where it fails."""
    return _run(arguments, environment).stdout


def warnings(*arguments: str) -> str:
    """What a command says beside what it prints; raises ComposeTestFailed as `docker` does."""
    return _run(arguments, None).stderr.strip()


def _run(arguments: Sequence[str], environment: Mapping[str, str] | None) -> subprocess.CompletedProcess[str]:
    try:
        done = subprocess.run(
            ["docker", *arguments],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
        )
    except FileNotFoundError:
        raise ComposeTestFailed("there is no `docker`: install the Docker engine with Compose v2") from None
    if done.returncode != 0:
        raise ComposeTestFailed(f"docker {' '.join(arguments)}:\n{done.stderr[-4000:]}{done.stdout[-2000:]}")
    return done


def can_be_had(image: str) -> bool:
    """Whether an image is here, or can be pulled."""
    for arguments in (("image", "inspect", image), ("pull", "--quiet", image)):
        try:
            docker(*arguments)
        except ComposeTestFailed:
            continue
        return True
    return False


def inspect(container: str) -> dict[str, Any]:
    """What the engine knows of a container."""
    found: list[dict[str, Any]] = json.loads(docker("inspect", container))
    return found[0]


def image_bytes(image: str) -> int:
    """The size of an image, its base included."""
    return int(docker("image", "inspect", "--format", "{{.Size}}", image))


def memory_bytes(containers: Sequence[str]) -> dict[str, int]:
    """What each container uses now, by its id."""
    lines = docker("stats", "--no-stream", "--no-trunc", "--format", "{{json .}}", *containers).splitlines()
    rows = [json.loads(line) for line in lines]
    return {row["ID"]: _bytes(row["MemUsage"].split("/")[0]) for row in rows}


def _bytes(text: str) -> int:
    units = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "B": 1}
    unit = next(unit for unit in units if text.strip().endswith(unit))
    return int(float(text.strip().removesuffix(unit)) * units[unit])


class Project:
    """Compose files, each laid over those before it, that run under a name of their own, beside whatever else runs."""

    def __init__(self, files: Sequence[Path], name: str, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._options = ["--project-name", name, *(f"--file={file}" for file in files)]

    def compose(self, *arguments: str) -> str:
        """`docker compose` of this project."""
        return docker("compose", *self._options, *arguments, environment=self.environment)

    def configuration(self, *options: str) -> dict[str, Any]:
        """The files as Compose reads them."""
        read: dict[str, Any] = json.loads(self.compose(*options, "config", "--format", "json"))
        return read

    def up(self, *services: str, workers: int | None = None) -> None:
        """Starts services, and leaves alone what runs."""
        scale = [] if workers is None else ["--scale", f"worker={workers}"]
        self.compose("up", "--detach", "--no-build", "--no-recreate", "--quiet-pull", *scale, *services)

    def down(self, *options: str) -> None:
        """Stops and removes all containers; the data stays unless `--volumes` is asked for."""
        self.compose("--profile", "*", "down", "--remove-orphans", *options)

    def containers(self, service: str) -> list[str]:
        """The ids of a service's containers that run."""
        return self.compose("--profile", "*", "ps", "--quiet", "--no-trunc", "--status", "running", service).split()

    def execute(self, container: str, *command: str) -> str:
        """What a command inside a container prints."""
        return docker("exec", container, *command)

    def logs(self, lines: int) -> str:
        """The last lines of all containers."""
        return self.compose("--profile", "*", "logs", "--no-color", "--tail", str(lines))
