"""`python -m deploy.compose_test`: builds, runs and tests the compose files. Needs a Docker engine with Compose v2."""

import sys
import tempfile
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from deploy.compose_test import configurations, form
from deploy.compose_test.engine import docker
from deploy.compose_test.form import Form
from deploy.compose_test.scenario import Scenario
from deploy.compose_test.trials import OF_A_CLUSTER, ONE_OF_EACH, Trials
from shared.errors import LogmillError

ROOT = Path(__file__).resolve().parents[2]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console(highlight=False, soft_wrap=True, markup=False)


class File(StrEnum):
    """Which compose file."""

    DEV = "dev"
    PRODUCTION = "production"
    CLUSTER = "cluster"
    ALL = "all"


@app.command()
def run(
    lines: Annotated[int, typer.Option(min=200_000, help="of the load, for each file")] = 1_000_000,
    file: Annotated[File, typer.Option(help="the one to develop, the one for use, its cluster, or all")] = File.ALL,
) -> None:
    """Read every file; run each with a load, something killed meanwhile, and restarts.

    Exit status 1 if anything does not hold.
    """
    docker("compose", "version")
    for read in configurations.check(ROOT):
        say(f"docker compose config: nothing against {read}")
    with tempfile.TemporaryDirectory(prefix="logmill-compose-") as folder:
        for each, trials in _chosen(file, Path(folder)):
            Scenario(each, trials, lines, say).run()
    say("passed")


def _chosen(file: File, folder: Path) -> Iterator[tuple[Form, Trials]]:
    if file in (File.DEV, File.ALL):
        yield form.development(ROOT), ONE_OF_EACH
    if file in (File.PRODUCTION, File.ALL):
        yield form.production(ROOT, folder), ONE_OF_EACH
    if file in (File.CLUSTER, File.ALL):
        yield form.cluster(ROOT, folder), OF_A_CLUSTER


def say(text: str) -> None:
    """Tells the person what happens, and when."""
    console.print(f"{time.strftime('%H:%M:%S')} {text}")


def main() -> None:
    """Runs it; a failure is said in words."""
    try:
        app()
    except (LogmillError, httpx.HTTPError) as error:
        Console(stderr=True, highlight=False, soft_wrap=True, markup=False).print(f"error: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
