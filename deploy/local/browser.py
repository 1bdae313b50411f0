"""The Chromium that the page's tests drive: Debian's own, installed where that is possible."""

import shutil
import sys

from deploy.local import packages
from shared.errors import ConfigurationError, LogmillError

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str:
    """The browser's path."""
    found = _find()
    if found is None:
        packages.install(["chromium"], "Chromium, which the page's tests drive")
        found = _find()
    if found is None:
        raise ConfigurationError("Chromium is installed, but no `chromium` is on PATH")
    return found


def _find() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


if __name__ == "__main__":
    try:
        executable()
    except LogmillError as error:
        sys.exit(f"error: {error}")
