"""Processes that outlive the command that started them: found again by pid file, never mistaken."""

import json
import os
import pwd
import shlex
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from shared.errors import LogmillError

MARKER = "SUITE_INSTANCE"
_KEPT_LOG_BYTES = 20 * 1024**2
_POLL_SECONDS = 0.05

# Popen objects of processes meant to outlive us: kept to be reaped, and not warned about, while we live.
_children: list[subprocess.Popen[bytes]] = []


class ProcessFailed(LogmillError):
    """A process ended, or did not become ready in time; the message holds the tail of its log."""


@dataclass(frozen=True)
class Identity:
    """A process for as long as it lives: `started` tells it from a later one that got the same pid."""

    pid: int
    started: str


@dataclass(frozen=True)
class Command:
    """What to run: `environment` is the whole of it, `user` another account to run as (root only)."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    user: str | None = None


def identify(pid: int) -> Identity | None:
    """The identity of a live process, None where there is none (a zombie is not alive)."""
    for child in _children:
        child.poll()
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE and not _has_threads_left(pid):
            return None
        return Identity(pid, _start_mark(process))
    except (psutil.Error, OSError):
        return None


def _has_threads_left(pid: int) -> bool:
    # A killed process of many threads is a zombie before its last thread has closed the sockets.
    tasks = Path(f"/proc/{pid}/task")
    return tasks.exists() and len(list(tasks.iterdir())) > 1


def _start_mark(process: psutil.Process) -> str:
    # create_time() moves with the wall clock; the kernel's ticks since boot do not.
    stat = Path(f"/proc/{process.pid}/stat")
    if not stat.exists():
        return str(process.create_time())
    ticks = stat.read_text().rpartition(")")[2].split()[19]
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{ticks}"


class PidFile:
    """Remembers one process, with a fingerprint of what it was started with."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, identity: Identity, fingerprint: str = "") -> None:
        """Remembers `identity`."""
        self.path.write_text(json.dumps({**asdict(identity), "fingerprint": fingerprint}))

    def read(self) -> Identity | None:
        """The remembered process if it still runs."""
        kept = self._load()
        if kept is None or not isinstance(kept["pid"], int):
            return None
        alive = identify(kept["pid"])
        return alive if alive and alive.started == kept["started"] else None

    def fingerprint(self) -> str:
        """What the remembered process was started with."""
        kept = self._load()
        return str(kept["fingerprint"]) if kept else ""

    def forget(self) -> None:
        """Removes the file."""
        self.path.unlink(missing_ok=True)

    def _load(self) -> dict[str, object] | None:
        try:
            kept = json.loads(self.path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return kept if isinstance(kept, dict) and {"pid", "started", "fingerprint"} <= kept.keys() else None


def spawn(command: Command, log_file: Path) -> Identity:
    """Starts a process in its own session, its output appended to `log_file`."""
    if log_file.exists() and log_file.stat().st_size > _KEPT_LOG_BYTES:
        log_file.replace(log_file.with_suffix(".log.1"))
    with log_file.open("ab") as output:
        child = subprocess.Popen(
            list(command.arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=command.folder,
            env=dict(command.environment),
            start_new_session=True,
            user=command.user,
            group=pwd.getpwnam(command.user).pw_gid if command.user else None,
            extra_groups=[] if command.user else None,
        )
    _children.append(child)
    identity = identify(child.pid)
    if identity is None:
        raise ProcessFailed(f"{command.name} ended at once: {shlex.join(command.arguments)}\n{tail(log_file)}")
    return identity


def wait_until_ready(identity: Identity, name: str, log_file: Path, ready: Callable[[], bool], seconds: float) -> None:
    """Returns when `ready` says so; raises ProcessFailed when the process ends or `seconds` pass first."""
    deadline = time.monotonic() + seconds
    while not ready():
        if identify(identity.pid) != identity:
            raise ProcessFailed(f"{name} ended before it was ready. The end of {log_file}:\n{tail(log_file)}")
        if time.monotonic() > deadline:
            raise ProcessFailed(f"{name} was not ready after {seconds:g} s. The end of {log_file}:\n{tail(log_file)}")
        time.sleep(_POLL_SECONDS)


def stop(identity: Identity, with_signal: signal.Signals = signal.SIGTERM, seconds: float = 30) -> bool:
    """Asks a process to stop, and kills it with its children when it has not after `seconds`: False then."""
    _send(identity, with_signal)
    if _gone([identity], seconds):
        return True
    kill(identity)
    return False


def kill(identity: Identity) -> None:
    """Ends a process and its descendants as a crash would; returns when they are gone."""
    family = [identity, *descendants(identity)]
    for member in family:
        _send(member, signal.SIGKILL)
    _gone(family, seconds=10)


def descendants(identity: Identity) -> list[Identity]:
    """The processes below this one."""
    if identify(identity.pid) != identity:
        return []
    try:
        children = psutil.Process(identity.pid).children(recursive=True)
    except psutil.Error:
        return []
    return [found for child in children if (found := identify(child.pid))]


def orphans(marker: str) -> list[Identity]:
    """Processes whose environment carries this MARKER: started by us, their pid files deleted or not."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get(MARKER) == marker
        except (psutil.Error, OSError):
            continue
        if marked and (identity := identify(process.pid)):
            found.append(identity)
    return found


def memory_bytes(identity: Identity) -> int:
    """What a process and its descendants hold, memory they share counted once where the system tells."""
    return sum(_memory_of(member) for member in (identity, *descendants(identity)))


def _memory_of(identity: Identity) -> int:
    try:
        process = psutil.Process(identity.pid)
        try:
            return int(process.memory_full_info().pss)
        except (psutil.AccessDenied, AttributeError):
            return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def tail(log_file: Path, lines: int = 20) -> str:
    """The last lines of a log."""
    if not log_file.exists():
        return "(no log)"
    with log_file.open(errors="replace") as handle:
        return "".join(deque(handle, maxlen=lines)).rstrip()


def _send(identity: Identity, with_signal: signal.Signals) -> None:
    if identify(identity.pid) != identity:
        return
    try:
        os.kill(identity.pid, with_signal)
    except ProcessLookupError:
        return


def _gone(family: Sequence[Identity], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(identify(member.pid) == member for member in family):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
