"""`.venv` and the built web page, made again only when what they are made of has changed.

Standard library only: it runs on the Python of `.local/tools`, as `.venv` may not exist yet.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from deploy.local import web
from shared.errors import ConfigurationError, LogmillError


def prepare(root: Path) -> None:
    """Brings `.venv` and the web page up to date; other callers wait, and then find nothing to do."""
    (root / ".local").mkdir(exist_ok=True)
    with (root / ".local" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _prepare_python(root)
        web.build(root)


def _prepare_python(root: Path) -> None:
    folder = root / ".venv"
    stamp, place, packages = folder / "stamp", _place(root), _packages(root)
    known = stamp.read_text().split() if stamp.exists() and (folder / "bin" / "python").exists() else []
    if known == [place, packages]:
        return
    print("setting up .venv", file=sys.stderr, flush=True)
    if known[:1] != [place]:
        _uv(root, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    here = ("--python", str(folder / "bin" / "python"))
    stamp.write_text(place)
    _uv(root, "pip", "sync", "--quiet", *here, "--require-hashes", "requirements-dev.lock")
    # hatchling is one of the locked packages: nothing unlocked is fetched to build ourselves.
    _uv(root, "pip", "install", "--quiet", *here, "--no-deps", "--no-build-isolation", "--editable", ".")
    stamp.write_text(f"{place} {packages}")


def _place(root: Path) -> str:
    """Changes with the interpreter, and when the clone has moved: scripts in `.venv` hold its path."""
    return _digest(sys.version.encode(), sys.base_prefix.encode(), str(root).encode())


def _packages(root: Path) -> str:
    """Changes with what is locked."""
    return _digest(*((root / name).read_bytes() for name in ("requirements-dev.lock", "pyproject.toml")))


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _uv(root: Path, *arguments: str) -> None:
    uv = root / ".local" / "tools" / "bin" / "uv"
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    status = subprocess.run([uv, *arguments], cwd=root, env=environment, stdin=subprocess.DEVNULL).returncode
    if status != 0:
        raise ConfigurationError(f"uv {' '.join(arguments)} failed (exit status {status})")


if __name__ == "__main__":
    try:
        prepare(Path(__file__).resolve().parents[2])
    except LogmillError as error:
        sys.exit(f"error: {error}")
