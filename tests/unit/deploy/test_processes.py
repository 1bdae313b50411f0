"""Processes: found by pid file only while they are the same process, stopped in time or killed."""

import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.processes import MARKER, Command, Identity, PidFile, ProcessFailed

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
PARENT += "print('born', flush=True); time.sleep(60)"


class Spawner:
    """Starts Python one-liners, and ends what is left of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log_file = folder / "child.log"
        self.started: list[Identity] = []

    def start(self, code: str, says: str = "") -> Identity:
        """Returns when the child has said `says`."""
        environment = {MARKER: str(self.folder), "PYTHONWARNINGS": "ignore"}
        command = Command("child", [sys.executable, "-c", code], environment, self.folder)
        identity = processes.spawn(command, self.log_file)
        self.started.append(identity)
        processes.wait_until_ready(identity, "child", self.log_file, lambda: says in processes.tail(self.log_file), 20)
        return identity


@pytest.fixture
def spawner(tmp_path: Path) -> Iterator[Spawner]:
    spawner = Spawner(tmp_path)
    yield spawner
    for identity in spawner.started:
        processes.kill(identity)


def test_a_pid_file_finds_its_process_until_it_ends(spawner: Spawner, tmp_path: Path) -> None:
    identity = spawner.start("import time; time.sleep(60)")
    pid_file = PidFile(tmp_path / "child.json")
    pid_file.write(identity, "made of this")
    assert pid_file.read() == identity
    assert pid_file.fingerprint() == "made of this"
    assert processes.stop(identity, seconds=10)
    assert pid_file.read() is None


def test_a_pid_that_another_process_has_now_is_not_ours(spawner: Spawner, tmp_path: Path) -> None:
    identity = spawner.start("import time; time.sleep(60)")
    earlier = replace(identity, started="some boot:1")
    pid_file = PidFile(tmp_path / "child.json")
    pid_file.write(earlier)
    assert pid_file.read() is None
    processes.kill(earlier)
    processes.stop(earlier, seconds=0.1)
    assert processes.identify(identity.pid) == identity


@pytest.mark.parametrize("text", ["", "{", "[]", "17", json.dumps({"pid": "1", "started": "", "fingerprint": ""})])
def test_a_damaged_pid_file_finds_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "child.json").write_text(text)
    assert PidFile(tmp_path / "child.json").read() is None


def test_a_process_that_does_not_stop_is_killed(spawner: Spawner) -> None:
    identity = spawner.start(STUBBORN, says="deaf")
    assert not processes.stop(identity, signal.SIGTERM, seconds=0.2)
    assert processes.identify(identity.pid) is None


def test_a_kill_takes_the_children_with_it(spawner: Spawner) -> None:
    identity = spawner.start(PARENT, says="born")
    children = processes.descendants(identity)
    assert len(children) == 1
    processes.kill(identity)
    assert [processes.identify(each.pid) for each in (identity, *children)] == [None, None]


def test_processes_of_an_instance_are_found_without_their_pid_file(spawner: Spawner, tmp_path: Path) -> None:
    identity = spawner.start("import time; print('up', flush=True); time.sleep(60)", says="up")
    assert processes.orphans(str(tmp_path)) == [identity]
    assert processes.orphans(f"{tmp_path}/other") == []


def test_a_process_that_ends_early_fails_with_the_end_of_its_log(spawner: Spawner) -> None:
    identity = spawner.start("print('wrong port', flush=True); raise SystemExit(3)", says="wrong port")
    with pytest.raises(ProcessFailed, match=r"(?s)child ended before it was ready.*wrong port"):
        processes.wait_until_ready(identity, "child", spawner.log_file, lambda: False, seconds=20)


def test_a_process_that_is_not_ready_in_time_fails(spawner: Spawner) -> None:
    identity = spawner.start("import time; time.sleep(60)")
    with pytest.raises(ProcessFailed, match=r"not ready after 0\.1 s"):
        processes.wait_until_ready(identity, "child", spawner.log_file, lambda: False, seconds=0.1)


def test_memory_is_counted(spawner: Spawner) -> None:
    identity = spawner.start("import time; print('up', flush=True); time.sleep(60)", says="up")
    assert processes.memory_bytes(identity) > 1024**2
