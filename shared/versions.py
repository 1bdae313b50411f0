"""Which logmill this is: what its processes are called at the servers, so that one sees who runs what."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

NAME = "logmill"
UNKNOWN = "?"


@cache
def own_version() -> str:
    """The version that is installed; UNKNOWN where the code runs without having been installed."""
    try:
        return version(NAME)
    except PackageNotFoundError:
        return UNKNOWN
