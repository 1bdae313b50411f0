"""What the page's tests drive: Debian's own Chromium, and what Playwright needs; installed where that is possible."""

import ctypes
import shutil
import sys

from deploy.local import packages
from shared.errors import ConfigurationError, LogmillError

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str:
    """The browser's path, with all that is needed to drive it; ConfigurationError where it may not be installed."""
    if not _has_libatomic():
        packages.install(["libatomic1"], "a library of Playwright's own Node.js")
    if _find() is None:
        packages.install(["chromium"], "Chromium, which the page's tests drive")
    found = _find()
    if found is None:
        raise ConfigurationError("Chromium is installed, but no `chromium` is on PATH")
    return found


def _find() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


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
        executable()
    except LogmillError as error:
        sys.exit(f"error: {error}")
