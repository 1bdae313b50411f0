"""Service processes that need not import anything first: forked from one that has imported every service.

They run the very `__main__` that `python -m services.NAME` runs, with an environment, a folder, an output and an exit
code of their own, and are killed, stopped and waited for like any other process. Two things are different, and tests of
either start their processes from nothing: the memory of the imports is shared, and no import can fail or take long.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
MODULES = ("services.aggregator", "services.api", "services.worker")
READ_AT_START = ("PYTHON", "POLARS_", "LD_", "MALLOC_")
"""Variables that the interpreter or an import reads: a fork comes too late for them."""
MOST_BYTES = 1 << 20
POLL_SECONDS = 0.01


class ForkedProcess:
    """What tests use of `subprocess.Popen`, for a child of the fork server.

    It is reaped only when `poll` finds that it has ended: until then nobody else has its process id.
    """

    def __init__(self, server: "ForkServer", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._server = server

    def poll(self) -> int | None:
        """The exit code, or minus the number of the signal that ended it; None while it runs."""
        if self.returncode is None:
            self.returncode = self._server.exit_code(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """`poll` as soon as it has ended; raises TimeoutExpired where that takes more than `timeout` seconds."""
        began = time.monotonic()
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() - began > timeout:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Does nothing to a process that has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The process that forks, from outside; several threads may use it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._imported_under = read_at_start(environment)
        self._turn = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", __name__]
        with theirs:
            self._process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdin=theirs.fileno())

    def can_run(self, environment: Mapping[str, str]) -> bool:
        """Whether a process started with these variables would have imported the same."""
        return read_at_start(environment) == self._imported_under

    def start(self, module: str, environment: Mapping[str, str], output: IO[bytes]) -> ForkedProcess:
        """`python -m module` in the root of the clone, with this environment; all that it says goes to `output`."""
        pid: int = self._ask({"module": module, "environment": dict(environment)}, output.fileno())
        return ForkedProcess(self, pid)

    def exit_code(self, pid: int) -> int | None:
        """That of an ended process, told once; None while it runs."""
        code: int | None = self._ask({"ended": pid})
        return code

    def close(self) -> None:
        """Ends the server; what it has started stays."""
        self._socket.close()
        self._process.wait(10)

    def _ask(self, order: object, *descriptors: int) -> Any:
        with self._turn:
            socket.send_fds(self._socket, [json.dumps(order).encode()], descriptors)
            answer = self._socket.recv(MOST_BYTES)
        if not answer:
            raise AssertionError(f"the fork server has ended: {self._process.wait(10)}")
        return json.loads(answer)


@cache
def fork_server() -> ForkServer:
    """The one of this test process, started when it is first asked for."""
    server = ForkServer({**os.environ, "POLARS_MAX_THREADS": "1"})
    atexit.register(server.close)
    return server


def read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """Those of the variables that a fork comes too late for."""
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_START)}


def serve(orders: socket.socket) -> str | None:
    """Does as it is told until nobody is left to tell it. In a child it answers the name of the module to run."""
    while True:
        order, descriptors, *_ = socket.recv_fds(orders, MOST_BYTES, 1)
        if not order:
            return None
        told = json.loads(order)
        if "ended" in told:
            pid, status = os.waitpid(told["ended"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        elif answer := os.fork():
            os.close(descriptors[0])
        else:
            become(told["environment"], descriptors[0], orders)
            return str(told["module"])
        orders.send(json.dumps(answer).encode())


def become(environment: Mapping[str, str], output: int, orders: socket.socket) -> None:
    """Leaves behind what was the server's."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, number in ((nothing, orders.detach()), (output, 1), (output, 2)):
        os.dup2(descriptor, number)
    os.close(nothing)
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def main() -> None:
    """Imports everything, and forks when it is told to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in MODULES:
        importlib.import_module(f"{name}.__main__")
        del sys.modules[f"{name}.__main__"]  # to be run once more, as `__main__`
    gc.freeze()  # a collection in a child would copy all that it shares
    if module := serve(socket.socket(fileno=sys.stdin.fileno())):
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
