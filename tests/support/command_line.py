"""`logmill` as a process, run as a script would: no terminal, nothing to answer a question with."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.suite import ROOT
from tests.support.user import User

SECONDS = 60
Done = subprocess.CompletedProcess[str]


def environment(**variables: str) -> dict[str, str]:
    """This process's, without logmill's own variables but those given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOGMILL_")}
    return {**inherited, **variables}


def logmill(*arguments: str, **variables: str) -> Done:
    """What the command printed, and its exit status."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def logmill_as(user: User, *arguments: str) -> Done:
    """The same, logged in."""
    return logmill(*arguments, LOGMILL_URL=user.api_url, LOGMILL_TOKEN=user.token)


@contextmanager
def started_as(user: User, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The same while it runs; what it says (stderr) is to be read. Killed where it did not end."""
    with subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env=environment(LOGMILL_URL=user.api_url, LOGMILL_TOKEN=user.token),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def assert_told(done: Done, code: int, said: str) -> None:
    """It failed with that status and those words, and printed nothing else."""
    assert done.returncode == code, done
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
