"""The page's files, by the path they are served at."""

from functools import cache
from importlib import resources

ASSETS = {
    "/docs": ("docs.html", "text/html"),
    "/docs/docs.js": ("docs.js", "text/javascript"),
    "/docs/docs.css": ("docs.css", "text/css"),
}


@cache
def read_asset(path: str) -> tuple[bytes, str]:
    """The content and media type of what is served at `path`."""
    name, media_type = ASSETS[path]
    return resources.files(__package__).joinpath(name).read_bytes(), media_type
