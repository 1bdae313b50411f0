"""Prometheus and promtool, which the tests of rules and dashboards run; installed where that is possible."""

import shutil
import sys
from pathlib import Path

from deploy.local import packages
from shared.errors import ConfigurationError, LogmillError


def executable(name: str) -> Path:
    """The path of `prometheus` or `promtool`; ConfigurationError where it is missing and may not be installed."""
    if shutil.which(name) is None:
        packages.install(["prometheus"], f"Prometheus, whose `{name}` the tests run,")
    found = shutil.which(name)
    if found is None:
        raise ConfigurationError(f"Prometheus is installed, but no `{name}` is on PATH")
    return Path(found)


if __name__ == "__main__":
    try:
        for program in ("prometheus", "promtool"):
            executable(program)
    except LogmillError as error:
        sys.exit(f"error: {error}")
