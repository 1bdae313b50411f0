"""Programs the suite needs from the system: installed with apt where that is allowed, else asked for by name.

Standard library only: it also runs before anything is installed.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from shared.errors import ConfigurationError

_UNITS = {
    "postgresql": ["postgresql"],
    "prometheus": ["prometheus"],
    "rabbitmq-server": ["rabbitmq-server", "epmd.service", "epmd.socket"],
}
_POLICY = Path("/usr/sbin/policy-rc.d")
_CLUSTER_DEFAULTS = Path("/etc/postgresql-common/createcluster.conf")
_CLUSTER_TEMPLATE = Path("/usr/share/postgresql-common/createcluster.conf")


def install(packages: Sequence[str], purpose: str) -> None:
    """Installs Debian packages as root; raises ConfigurationError with the exact command where it may not.

    Installing a server neither starts it nor makes it start at boot, and creates no PostgreSQL cluster.
    """
    if shutil.which("apt-get") is None:
        raise ConfigurationError(f"{purpose} is missing. Install it (Debian calls it: {' '.join(packages)})")
    if os.geteuid() != 0:
        raise ConfigurationError(f"{purpose} is missing. Run: sudo apt-get install {' '.join(packages)}")
    print(f"installing {' '.join(packages)} with apt-get ({purpose})", file=sys.stderr, flush=True)
    with _one_at_a_time(), _services_kept_stopped(), _no_default_cluster(packages):
        done = _apt_get("install", *packages)
        if done.returncode != 0:
            _apt_get("update")
            done = _apt_get("install", *packages)
        if done.returncode != 0:
            raise ConfigurationError(f"apt-get install {' '.join(packages)} failed:\n{done.stdout}")
        _keep_from_boot(packages)


def _apt_get(*arguments: str) -> subprocess.CompletedProcess[str]:
    options = ["-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=600", "-o", "Dpkg::Use-Pty=0"]
    options += ["-o", "Dpkg::Options::=--force-confold"]
    return subprocess.run(
        ["apt-get", *options, *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / f"logmill-apt-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _services_kept_stopped() -> AbstractContextManager[None]:
    """A policy that denies every start of a service while packages are set up."""
    return _temporary(_POLICY, "#!/bin/sh\nexit 101\n", 0o755)


def _no_default_cluster(packages: Sequence[str]) -> AbstractContextManager[None]:
    if "postgresql" not in packages:
        return nullcontext()
    return _temporary(_CLUSTER_DEFAULTS, "create_main_cluster = false\n", 0o644, _CLUSTER_TEMPLATE)


@contextmanager
def _temporary(file: Path, text: str, mode: int, afterwards: Path | None = None) -> Iterator[None]:
    """Puts a file where there is none, for a while; then removes it, or puts `afterwards` there."""
    if file.exists():
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        if afterwards is not None and afterwards.exists():
            shutil.copyfile(afterwards, file)


def _keep_from_boot(packages: Sequence[str]) -> None:
    units = [unit for package in packages for unit in _UNITS.get(package, ())]
    if units and shutil.which("systemctl"):
        subprocess.run(["systemctl", "--quiet", "disable", *units], capture_output=True, check=False)
