"""Where everything of one local instance lives. All of it is below `.local/` and may be deleted."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import ports

SUITE = "suite"
TEST = "test"
_PORT_OFFSETS = {SUITE: 0, TEST: ports.INSTANCE_PORTS}


@dataclass(frozen=True)
class Layout:
    """The folders and files of one instance of one clone.

    `root` is the clone. `instance` is `suite` for what `up` and `demo` run, `test` for the tests' servers;
    any other lower-case name gives one more instance that shares nothing with them.
    """

    root: Path
    instance: str = SUITE

    @property
    def state(self) -> Path:
        """The folder that holds all of it."""
        base = self.root / ".local"
        return base if self.instance == SUITE else base / self.instance

    @property
    def logs(self) -> Path:
        """One NAME.log a process."""
        return self.state / "logs"

    @property
    def pids(self) -> Path:
        """One NAME.json a process."""
        return self.state / "pids"

    @property
    def secrets_file(self) -> Path:
        """Generated passwords, readable by their owner only."""
        return self.state / "secrets.json"

    @property
    def ports_file(self) -> Path:
        """The ports chosen at first start."""
        return self.state / "ports.json"

    @property
    def first_port(self) -> int:
        """Where to start looking for free ports."""
        clone = hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()
        return ports.first_port(clone, _PORT_OFFSETS.get(self.instance, 2 * ports.INSTANCE_PORTS))

    @property
    def slug(self) -> str:
        """Eight hex digits that differ between clones and instances."""
        return hashlib.sha256(f"{self.root.resolve()}#{self.instance}".encode()).hexdigest()[:8]

    def create(self) -> None:
        """Makes the folders."""
        for folder in (self.state, self.logs, self.pids):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One start or stop of this instance at a time, whichever process asks."""
        self.create()
        with (self.state / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
