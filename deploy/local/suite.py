"""The whole suite of one clone: brought up, looked at, scaled, taken down."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local import infrastructure, ports, processes
from deploy.local.layout import Layout
from deploy.local.ports import PortBook
from deploy.local.postgres import PostgresServer
from deploy.local.rabbitmq import RabbitmqServer
from deploy.local.services import API, Service, ServiceProcess, by_name, roster

DEFAULT_WORKERS = 2

Say = Callable[[str], None]


@dataclass(frozen=True)
class ProcessStatus:
    """A row of `status`: `pid` is None where the process does not run, `memory_bytes` counts its children in."""

    name: str
    pid: int | None
    port: int | None
    ready: bool
    memory_bytes: int


def up(root: Path, workers: int | None, say: Say) -> str:
    """Starts what is missing, restarts what runs old code or settings, and answers the api's address when all is ready.

    `workers` None keeps the number that runs, DEFAULT_WORKERS where none does.
    """
    layout = Layout(root.resolve())
    with layout.locked():
        running = _service_names(layout)
        wanted = roster(_worker_count(running, workers))
        say("starting PostgreSQL and RabbitMQ")
        settings = infrastructure.start(layout).environment()
        _stop_all(layout, [name for name in running if name not in {service.name for service in wanted}])
        _start_services(layout, wanted, settings, say)
        return ServiceProcess(layout, API).url


def down(root: Path, wipe: bool, say: Say) -> None:
    """Stops everything, intake first and servers last; `wipe` removes all data as well, whatever state it is in."""
    layout = Layout(root.resolve())
    with layout.locked():
        names = _service_names(layout)
        for tier in (["api"], [name for name in names if name.startswith("worker")], ["aggregator"]):
            _stop_all(layout, [name for name in tier if name in names], say)
        say("stopping PostgreSQL and RabbitMQ")
        if not wipe:
            infrastructure.stop(layout)
            return
        infrastructure.wipe(layout)
        infrastructure.end_strays(layout)
        _remove_state(layout)
        say("data removed")


def status(root: Path) -> list[ProcessStatus]:
    """Every process that runs or should run."""
    layout = Layout(root.resolve())
    known = PortBook(layout.ports_file, layout.first_port).known()
    servers = [PostgresServer(layout), RabbitmqServer(layout)]
    services = [ServiceProcess(layout, by_name(name)) for name in _service_names(layout)]
    rows = [_row(server.name, server.running(), known.get(server.name), server.ready) for server in servers]
    return rows + [_row(each.service.name, each.running(), each.port, each.ready) for each in services]


def _row(
    name: str, identity: processes.Identity | None, port: int | None, ready: Callable[[], bool]
) -> ProcessStatus:
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
    stale = [process for process in each if not process.is_current(settings)]
    if not stale:
        return
    say(f"starting {', '.join(process.service.name for process in stale)}")
    _stop_all(layout, [process.service.name for process in stale])
    with ports.choosing():
        for process in stale:
            process.launch(settings)
        for process in stale:
            process.await_ready()


def _stop_all(layout: Layout, names: list[str], say: Say | None = None) -> None:
    if not names:
        return
    if say:
        say(f"stopping {', '.join(names)}")
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: ServiceProcess(layout, by_name(name)).stop(), names))


def _remove_state(layout: Layout) -> None:
    for folder in (layout.logs, layout.pids, layout.state / "users", layout.state / "demo"):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (layout.ports_file, layout.secrets_file):
        file.unlink(missing_ok=True)
