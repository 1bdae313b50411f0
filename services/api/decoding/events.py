"""What decoding an input comes to: files, one after the other."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.api.decoding.failures import Undecodable


@dataclass(frozen=True, slots=True)
class FileBegins:
    """A file starts. `name` is None for the upload itself, else the archive member's, for showing only.

    `modified_at` (aware) and `size` (bytes) are what an archive says of it, None where it does not.
    """

    name: str | None = None
    modified_at: datetime | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class FileEnds:
    """The file that started last is over; with a `failure` not all of it could be read."""

    failure: Undecodable | None = None


Event: TypeAlias = FileBegins | bytes | FileEnds
"""Between a FileBegins and its FileEnds come the file's bytes."""
