"""Archives made for tests with the standard library."""

import io
import tarfile
import zipfile
from collections.abc import Mapping

MTIME = 1_700_000_000


def tar_of(files: Mapping[str, bytes], *, format: int = tarfile.PAX_FORMAT) -> bytes:  # noqa: A002 - tarfile's word
    """A tar of regular files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), MTIME
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def tar_with(*members: tarfile.TarInfo) -> bytes:
    """A tar of members without content, between two files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for member in (_file("first.log"), *members, _file("last.log")):
            archive.addfile(member, io.BytesIO(b"line\n" if member.isreg() else b""))
    return out.getvalue()


def _file(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = 5
    return member


class _Pipe(io.BytesIO):
    """Cannot be sought in, so that a zip's sizes follow its data."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation(f"seek to {offset}, {whence}")

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


def zip_of(
    files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, piped: bool = False, zip64: bool = False
) -> bytes:
    """A zip; `piped` as one that was written to a pipe."""
    out = _Pipe() if piped else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (2023, 11, 14, 22, 13, 20))
            entry.compress_type = method
            with archive.open(entry, "w", force_zip64=zip64) as member:
                member.write(content)
    return out.getvalue()
