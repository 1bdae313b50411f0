"""The whole suite of one clone: brought up, looked at, scaled, taken down."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local import infrastructure, ports, processes
from deploy.local.layout import Layout
from deploy.local.ports import PortBook
from deploy.local.postgres import PostgresServer, binary_folder
from deploy.local.rabbitmq import RabbitmqServer
from deploy.local.services import API, Service, ServiceProcess, by_name, roster

BACKUP = Path(__file__).parents[1] / "backup"
"""The scripts that keep a database and bring it back."""
DEFAULT_WORKERS = 2

Say = Callable[[str], None]


@dataclass(frozen=True)
class ProcessStatus:
    """A row of `status`: `pid` is None where it does not run, `memory_bytes` counts its children in."""

    name: str
    pid: int | None
    port: int | None
    ready: bool
    memory_bytes: int


def up(root: Path, workers: int | None, say: Say) -> str:
    """Starts what is missing, restarts what runs old code or settings; answers the api's address.

    `workers` None keeps the number that runs, DEFAULT_WORKERS where none does. All is ready on return.
    """
    layout = Layout(root.resolve())
    with layout.locked():
        running = _service_names(layout)
        wanted = roster(_worker_count(running, workers))
        say("PostgreSQL and RabbitMQ")
        settings = infrastructure.start(layout).environment()
        _stop_all(layout, [name for name in running if name not in {service.name for service in wanted}], say)
        _start_services(layout, wanted, settings, say)
        return ServiceProcess(layout, API).url


def down(root: Path, say: Say) -> None:
    """Stops everything, intake first and servers last, and leaves the data."""
    layout = Layout(root.resolve())
    with layout.locked():
        _stop_services(layout, say)
        say("stopping PostgreSQL and RabbitMQ")
        infrastructure.stop(layout)
        infrastructure.end_strays(layout)


def operators(root: Path, arguments: Sequence[str]) -> int:
    """`python -m services.api.operators` with the settings of the running api; its exit code."""
    layout = Layout(root.resolve())
    with layout.locked():
        settings = infrastructure.start(layout).environment()
        environment = ServiceProcess(layout, API).environment(settings)
    command = [sys.executable, "-m", "services.api.operators", *arguments]
    return subprocess.run(command, env=environment, cwd=layout.root).returncode


def doctor(root: Path, arguments: Sequence[str]) -> int:
    """`logmill doctor` with the api's settings; its exit code. Starts and changes nothing, whatever runs."""
    layout = Layout(root.resolve())
    environment = ServiceProcess(layout, API).environment(infrastructure.last_known(layout))
    command = [sys.executable, "-m", "cli", "doctor", *arguments]
    return subprocess.run(command, env=environment, cwd=layout.root).returncode


def backup(root: Path, file: str, say: Say) -> int:
    """Keeps what is in PostgreSQL in `file` (- is standard output), while all goes on; the exit code of the script."""
    layout = Layout(root.resolve())
    with layout.locked():
        settings = infrastructure.start(layout).environment()
    say(f"backing up to {file}")
    return _run_script(["backup", file], settings)


def restore(root: Path, file: str, say: Say, *, replace: bool) -> int:
    """Brings a backup back, and starts the services again that it stops for it; the exit code of the script.

    What the database has already is only given up to `replace` it; nothing has changed where the script fails.
    """
    layout = Layout(root.resolve())
    with layout.locked():
        settings = infrastructure.start(layout).environment()
        running = _stop_services(layout, say)
        say(f"restoring {file}")
        code = _run_script(["restore", *(["--replace"] if replace else []), file], settings)
        if running:
            _start_services(layout, roster(_worker_count(running, None)), settings, say)
    return code


def _run_script(command: Sequence[str], settings: dict[str, str]) -> int:
    path = f"{binary_folder()}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return subprocess.run([BACKUP / command[0], *command[1:]], env={**os.environ, **settings, "PATH": path}).returncode


def wipe(root: Path, say: Say) -> None:
    """Kills everything and removes all data, whatever state it is in."""
    layout = Layout(root.resolve())
    with layout.locked():
        for name in _service_names(layout):
            ServiceProcess(layout, by_name(name)).kill()
        infrastructure.wipe(layout)
        infrastructure.end_strays(layout)
        _remove_state(layout)
        say("stopped, and all data removed")


def status(root: Path) -> list[ProcessStatus]:
    """Every process that was started and not stopped since."""
    layout = Layout(root.resolve())
    known = PortBook(layout.ports_file, layout.first_port).known()
    postgres, rabbitmq = PostgresServer(layout), RabbitmqServer(layout)
    services = [ServiceProcess(layout, by_name(name)) for name in _service_names(layout)]
    rows = [
        _row(postgres.name, postgres.pid_file, known.get("postgres"), postgres.ready),
        _row(rabbitmq.name, rabbitmq.pid_file, known.get("rabbitmq"), rabbitmq.ready),
        *(_row(each.service.name, each.pid_file, each.port, each.ready) for each in services),
    ]
    return [row for row in rows if row is not None]


def _row(name: str, pid_file: processes.PidFile, port: int | None, ready: Callable[[], bool]) -> ProcessStatus | None:
    if not pid_file.path.exists():
        return None
    identity = pid_file.read()
    if identity is None:
        return ProcessStatus(name, None, port, False, 0)
    return ProcessStatus(name, identity.pid, port, ready(), processes.memory_bytes(identity))


def _worker_count(running: list[str], asked: int | None) -> int:
    present = sum(name.startswith("worker-") for name in running)
    return asked if asked is not None else present or DEFAULT_WORKERS


def _service_names(layout: Layout) -> list[str]:
    """The services that were started and not stopped, dead ones included, in starting order."""
    names = {file.stem for file in layout.pids.glob("*.json")} - {"postgres", "rabbitmq", "epmd"}
    order = {"aggregator": 0, "api": 2}
    return sorted(names, key=lambda name: (order.get(name, 1), len(name), name))


def _start_services(layout: Layout, wanted: list[Service], settings: dict[str, str], say: Say) -> None:
    each = [ServiceProcess(layout, service) for service in wanted]
    if stale := [process for process in each if not process.is_current(settings)]:
        _stop_all(layout, [process.service.name for process in stale if process.running()], say)
        say(f"starting {', '.join(process.service.name for process in stale)}")
        with ports.choosing():
            for process in stale:
                process.launch(settings)
            for process in stale:
                process.await_ready()
    for process in each:  # those that ran may only now find a server again that was started just before
        process.await_ready()


def _stop_services(layout: Layout, say: Say) -> list[str]:
    """Intake first; what there was."""
    names = _service_names(layout)
    for kind in ("api", "worker", "aggregator"):
        _stop_all(layout, [name for name in names if by_name(name).kind == kind], say)
    return names


def _stop_all(layout: Layout, names: list[str], say: Say) -> None:
    if not names:
        return
    say(f"stopping {', '.join(names)}")
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: ServiceProcess(layout, by_name(name)).stop(), names))


def _remove_state(layout: Layout) -> None:
    for folder in (layout.logs, layout.pids, layout.state / "users", layout.state / "demo"):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (layout.ports_file, layout.secrets_file):
        file.unlink(missing_ok=True)
