"""The first step from nothing: `.local/tools`, a virtual environment with uv and just.

Standard library only: it runs on the machine's own Python before anything is installed.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.local import packages
from shared.errors import ConfigurationError, LogmillError

# Settings for a person's own installs that would send ours elsewhere.
_DIVERTING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PYTHONHOME")


def ensure(root: Path) -> None:
    """Makes `.local/tools` from requirements-tools.lock, unless it is there and current."""
    folder, wanted = root / ".local" / "tools", (root / "requirements-tools.lock").read_text()
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "tools.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(folder, wanted):
            _build(folder, root / "requirements-tools.lock")
            (folder / "stamp").write_text(wanted)


def _is_current(folder: Path, wanted: str) -> bool:
    stamp = folder / "stamp"
    return stamp.exists() and stamp.read_text() == wanted and (folder / "bin" / "python").exists()


def _build(folder: Path, requirements: Path) -> None:
    print("setting up .local/tools (uv and just)", file=sys.stderr, flush=True)
    _require_venv()
    shutil.rmtree(folder, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if name not in _DIVERTING}
    _run([sys.executable, "-m", "venv", str(folder)], environment)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _run([*pip, "--require-hashes", "--requirement", str(requirements)], environment)


def _require_venv() -> None:
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages.install([f"python{version}-venv"], f"the venv module of Python {version}")


def _run(command: list[str], environment: dict[str, str]) -> None:
    status = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode
    if status != 0:
        raise ConfigurationError(f"{' '.join(command)} failed (exit status {status})")


if __name__ == "__main__":
    try:
        ensure(Path(__file__).resolve().parents[2])
    except LogmillError as error:
        sys.exit(f"error: {error}")
