"""Services in the foreground, each restarted when its code changes."""

import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from deploy.local import infrastructure
from deploy.local.layout import SUITE, Layout
from deploy.local.services import Service, ServiceProcess, by_name
from shared.errors import ConfigurationError

_KINDS = ("api", "worker", "aggregator")
_STOP_SECONDS = 30


def run(root: Path, kinds: list[str], say: Callable[[str], None]) -> int:
    """Runs services of these kinds until interrupted; answers the exit status.

    They use the suite's own servers, data and ports. Where `up` runs the same service, that one is stopped first.
    """
    if unknown := set(kinds) - set(_KINDS):
        raise ConfigurationError(f"no service is called {', '.join(sorted(unknown))}; there are {', '.join(_KINDS)}")
    settings = infrastructure.ensure(root, SUITE).environment()
    watchers = [_watch(root, by_name(kind), settings, say) for kind in kinds]
    return _wait(dict(zip(kinds, watchers, strict=True)))


def _watch(root: Path, service: Service, settings: dict[str, str], say: Callable[[str], None]) -> subprocess.Popen[str]:
    process = ServiceProcess(Layout(root.resolve()), service)
    if process.running():
        say(f"stopping the {service.name} in the background")
        process.stop()
    environment = process.environment(settings)
    environment[service.port_setting] = str(process.claim_port())
    say(f"{service.name} on {process.url}")
    command = shlex.join([sys.executable, "-m", f"services.{service.kind}"])
    watched = [f"services/{service.kind}", "shared", "configs"]
    options = ["--target-type", "command", "--sigint-timeout", "20", "--verbosity", "warning"]
    ignored = ["--ignore-paths", "services/api/web"]
    return subprocess.Popen(
        [sys.executable, "-m", "watchfiles", *options, *ignored, command, *watched],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _wait(watchers: dict[str, subprocess.Popen[str]]) -> int:
    width = max(map(len, watchers))
    readers = [
        threading.Thread(target=_copy, args=(watcher.stdout, f"{name:{width}} | "), name=f"output of {name}")
        for name, watcher in watchers.items()
    ]
    for reader in readers:
        reader.start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for reader in readers:
            reader.join()
    except KeyboardInterrupt:
        return 0
    finally:
        _end(list(watchers.values()))
    return 1 if any(watcher.returncode for watcher in watchers.values()) else 0


def _end(watchers: list[subprocess.Popen[str]]) -> None:
    """Interrupts what still runs: a terminal has done so already, a plain SIGTERM has not."""
    for watcher in watchers:
        if watcher.poll() is None:
            watcher.send_signal(signal.SIGINT)
    for watcher in watchers:
        try:
            watcher.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            watcher.kill()
            watcher.wait()


def _copy(lines: IO[str] | None, prefix: str) -> None:
    for line in lines or ():
        sys.stdout.write(prefix + line)
        sys.stdout.flush()
