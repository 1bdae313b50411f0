"""Which port each process listens on: chosen once, remembered, and never one that somebody else uses.

Every instance of every clone starts looking at its own place below the ephemeral range, so that two clones
that start at the same moment do not reach for the same port.
"""

import fcntl
import os
import socket
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from deploy.local.state_files import read_object, write_object
from shared.errors import ConfigurationError

FIRST_PORT = 15_000
LAST_PORT = 32_000
INSTANCE_PORTS = 20
_CLONE_PORTS = 3 * INSTANCE_PORTS


def first_port(clone: str, offset: int) -> int:
    """Where to start looking: `clone` is a hex digest of the clone's path, `offset` the instance's place."""
    blocks = (LAST_PORT - FIRST_PORT) // _CLONE_PORTS
    return FIRST_PORT + int(clone, 16) % blocks * _CLONE_PORTS + offset


def port_is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(wishes: Iterable[int], start: int, claimed: Collection[int], is_free: Callable[[int], bool]) -> int:
    """The first of `wishes`, then of the ports from `start` on, that is free and not `claimed` by others."""
    for port in chain(wishes, range(start, LAST_PORT), range(FIRST_PORT, start)):
        if port not in claimed and is_free(port):
            return port
    raise ConfigurationError(f"no free port between {FIRST_PORT} and {LAST_PORT}")


@contextmanager
def choosing() -> Iterator[None]:
    """Held from choosing well-known ports until their processes listen: one clone at a time."""
    with (Path(tempfile.gettempdir()) / f"logmill-ports-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class PortBook:
    """The ports of one instance, by process name, in a JSON file."""

    def __init__(self, file: Path, start: int, is_free: Callable[[int], bool] = port_is_free) -> None:
        self._file = file
        self._start = start
        self._is_free = is_free

    def known(self) -> dict[str, int]:
        """All remembered ports."""
        return {name: port for name, port in read_object(self._file).items() if isinstance(port, int)}

    def claim(self, name: str, *, required: int | None = None, preferred: int | None = None) -> int:
        """The port for a process about to start.

        `required` where it is given, or ConfigurationError where that is taken; else the first free one of
        the remembered one, `preferred`, and any other.
        """
        ports = self.known()
        if required is not None:
            chosen = self._insist(name, required)
        else:
            claimed = {port for owner, port in ports.items() if owner != name}
            wishes = [port for port in (ports.get(name), preferred) if port is not None]
            chosen = choose_port(wishes, self._start, claimed, self._is_free)
        write_object(self._file, {**ports, name: chosen})
        return chosen

    def _insist(self, name: str, port: int) -> int:
        if not self._is_free(port):
            raise ConfigurationError(f"port {port}, which the settings name for {name}, is in use")
        return port
