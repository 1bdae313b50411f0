"""The scripts of `deploy/backup`, run as anybody would run them."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.local.postgres import PostgresEndpoint, binary_folder
from tests.support.suite import ROOT

SECONDS = 120


@dataclass(frozen=True)
class Done:
    """How a script ended, and what it said."""

    returncode: int
    stdout: bytes
    stderr: str


def run(
    script: str, *arguments: str, database: PostgresEndpoint, content: bytes = b"", programs: Path | None = None
) -> Done:
    """`deploy/backup/SCRIPT` with this database's settings; `content` is its standard input.

    What is in the folder `programs` takes the place of programs of the same name.
    """
    first = f"{programs}{os.pathsep}" if programs else ""
    path = f"{first}{binary_folder()}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [ROOT / "deploy" / "backup" / script, *arguments],
        env={**os.environ, **database.environment(), "PATH": path},
        input=content,
        capture_output=True,
        timeout=SECONDS,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))
