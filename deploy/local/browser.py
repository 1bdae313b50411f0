"""What the page's tests drive: Debian's own Chromium, and what Playwright needs; installed where that is possible."""

import ctypes
import shutil
import sys

from deploy.local import packages
from shared.errors import ConfigurationError, LogmillError

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def require() -> None:
    """Returns when there is a browser; raises ConfigurationError where it may not be installed."""
    if not _has_chromium():
        packages.install(["chromium"], "Chromium, which the page's tests drive")
    if not _has_libatomic():
        packages.install(["libatomic1"], "a library of Playwright's own Node.js")
    if not _has_chromium():
        raise ConfigurationError("Chromium is installed, but no `chromium` is on PATH")


def _has_chromium() -> bool:
    return any(shutil.which(name) for name in _NAMES)


def _has_libatomic() -> bool:
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True


if __name__ == "__main__":
    try:
        require()
    except LogmillError as error:
        sys.exit(f"error: {error}")
