"""`python -m deploy.compose_test`: builds, runs and tests the compose files. Needs a Docker engine with Compose v2."""

import sys
import tempfile
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from deploy.compose_test import form
from deploy.compose_test.engine import docker
from deploy.compose_test.scenario import Scenario
from shared.errors import LogmillError

ROOT = Path(__file__).resolve().parents[2]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console(highlight=False, soft_wrap=True, markup=False)


class File(StrEnum):
    """Which compose file."""

    DEV = "dev"
    PRODUCTION = "production"
    BOTH = "both"


@app.command()
def run(
    lines: Annotated[int, typer.Option(min=200_000, help="of the load, for each file")] = 1_000_000,
    file: Annotated[File, typer.Option(help="docker-compose.dev.yml, deploy/docker-compose.yml, or both")] = File.BOTH,
) -> None:
    """Run each file with a load, a killed worker and restarts; exit status 1 if anything does not hold."""
    docker("compose", "version")
    with tempfile.TemporaryDirectory(prefix="logmill-compose-") as folder:
        forms = []
        if file in (File.DEV, File.BOTH):
            forms.append(form.development(ROOT))
        if file in (File.PRODUCTION, File.BOTH):
            forms.append(form.production(ROOT, Path(folder)))
        for each in forms:
            Scenario(each, lines, say).run()
    say("passed")


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
