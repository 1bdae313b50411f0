"""The suite under faults: servers of its own behind proxies, and processes that somebody starts again when they die."""

import asyncio
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx

from deploy.local.infrastructure import Infrastructure
from deploy.local.postgres import PostgresEndpoint, PostgresServer, create_database, drop_database
from deploy.local.rabbitmq import RabbitmqEndpoint, RabbitmqServer, create_vhost, drop_vhost
from shared.errors import ConfigurationError
from tests.support.proxy import Proxy, proxied
from tests.support.suite import Service, Suite, free_port, wait_for

IMPATIENT = {
    "LOGMILL_BATCH_BYTES": "32768",
    "LOGMILL_MAX_LINE_BYTES": "65536",
    "LOGMILL_PRIORITY_BYTES": "262144",
    "LOGMILL_BROKER_HEARTBEAT_SECONDS": "5",
    "LOGMILL_DATABASE_COMMAND_TIMEOUT_SECONDS": "5",
    "LOGMILL_DATABASE_ACQUIRE_TIMEOUT_SECONDS": "3",
    "LOGMILL_DATABASE_LOCK_TIMEOUT_SECONDS": "2",
    "LOGMILL_PUBLISH_TIMEOUT_SECONDS": "5",
    "LOGMILL_PUBLISH_PATIENCE_SECONDS": "20",
    "LOGMILL_PUBLISH_FIRST_PATIENCE_SECONDS": "8",
    "LOGMILL_UPLOAD_IDLE_TIMEOUT_SECONDS": "10",
    "LOGMILL_INTERRUPTED_AFTER_SECONDS": "10",
    "LOGMILL_MAINTENANCE_INTERVAL_SECONDS": "1",
    "LOGMILL_RETRY_DELAY_SECONDS": "0.5",
    "LOGMILL_BREAKER_REST_SECONDS": "2",
    "LOGMILL_FOLD_BATCHES": "20",
    "LOGMILL_STOP_DEADLINE_SECONDS": "8",
    "LOGMILL_REQUESTS_PER_SECOND": "100000",
    "LOGMILL_REQUEST_BURST": "100000",
}
"""Small batches, so that there are many; and every wait short, so that a fault has all of its consequences."""
CRASH_POINTS = "LOGMILL_CRASH_POINTS"
CLEAR_ALARMS = """
ok = vm_memory_monitor:set_vm_memory_high_watermark(0.4), ok = rabbit_disk_monitor:set_disk_free_limit("512MB").
"""
APIS = 2
AGGREGATORS = 2
RESTART_SECONDS = 0.3
WATCH_SECONDS = 0.1
SCRAPE_SECONDS = 1
READY_SECONDS = 180
DUPLICATES = "logmill_worker_batches_total"


@dataclass
class Slot:
    """A place for one process, which is never left empty for long; `settings` hold from its next start on."""

    kind: str
    number: int
    port: int
    service: Service
    settings: dict[str, str] = field(default_factory=dict)
    duplicates: dict[int, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.number}"

    @property
    def is_alive(self) -> bool:
        return self.service.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Sends it to the process, if there is one."""
        if self.is_alive:
            self.service.process.send_signal(number)


class World:
    """Everything a fault can be done to. `watch` keeps it alive."""

    def __init__(self, servers: Infrastructure, suite: Suite, broker: Proxy, database: Proxy) -> None:
        self.postgres, self.rabbitmq = own_servers(servers)
        self.suite = suite
        self.broker_proxy = broker
        self.database_proxy = database
        self.direct = dict(suite.environment)
        self.poison = ""
        self.is_alarmed = False
        self.slots: list[Slot] = []
        self.exits: Counter[str] = Counter()
        self._watching = threading.Event()
        self._threads = [
            threading.Thread(target=self._watch, name="supervisor"),
            threading.Thread(target=self._scrape, name="scraper"),
        ]

    def start(self, workers: int) -> None:
        """Brings every process up, and watches over them from then on. `poison` is a crash point of all workers."""
        kinds = ["api"] * APIS + ["aggregator"] * AGGREGATORS + ["worker"] * workers
        for kind in kinds:
            port = free_port()
            number = 1 + sum(slot.kind == kind for slot in self.slots)
            self.slots.append(Slot(kind, number, port, self._spawn(kind, port, {})))
        for slot in self.slots:
            wait_for(f"{slot.name} to be ready", slot.service.is_ready, READY_SECONDS)
        self._watching.set()
        for thread in self._threads:
            thread.start()

    def stop_watching(self) -> None:
        """What dies now stays dead."""
        if self._watching.is_set():
            self._watching.clear()
            for thread in self._threads:
                thread.join()

    @property
    def api_urls(self) -> list[str]:
        return [f"http://127.0.0.1:{slot.port}" for slot in self.slots if slot.kind == "api"]

    def of_kind(self, kind: str) -> list[Slot]:
        """All places for `api`, `worker` or `aggregator`."""
        return [slot for slot in self.slots if slot.kind == kind]

    def duplicates(self) -> int:
        """Batches the ledger recognised; those of a process's last second before a crash are not among them."""
        return round(sum(sum(slot.duplicates.values()) for slot in self.slots))

    def ask(self, statement: str, *arguments: object) -> list[Any]:
        """One statement, straight to the database."""

        async def run() -> list[Any]:
            connection = await self.connect()
            try:
                return list(await connection.fetch(statement, *arguments))
            finally:
                await connection.close()

        return asyncio.run(run())

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection to the database that no proxy is in the way of; close it."""
        direct = self.direct
        return await asyncpg.connect(
            host=direct["PSQL_ADDR"],
            port=int(direct["PSQL_PORT"]),
            user=direct["PSQL_USER"],
            password=direct["PSQL_PASS"],
            database=direct["PSQL_DB"],
            timeout=10,
        )

    def alarm(self, command: str, limit: str) -> None:
        """Sets one of RabbitMQ's two limits such that it takes no more messages."""
        self.is_alarmed = True
        self.rabbitmq.ctl(command, limit)

    def clear_alarms(self) -> None:
        """Sets both limits back."""
        self.rabbitmq.ctl("eval", CLEAR_ALARMS)
        self.is_alarmed = False

    def recover(self) -> None:
        """Every fault is over: returns once all processes are ready, none of them with a crash point."""
        for proxy in (self.broker_proxy, self.database_proxy):
            proxy.heal()
        for server in (self.postgres, self.rabbitmq):
            server.launch()
            server.await_ready()
        if self.is_alarmed:
            self.clear_alarms()
        for slot in self.slots:
            slot.signal(signal.SIGCONT)
            wait_for(f"{slot.name} to be ready", lambda slot=slot: self._is_ready(slot), READY_SECONDS)  # type: ignore[misc]

    def cure(self) -> None:
        """Workers that no line kills any more; returns once they are ready."""
        self.poison = ""
        for slot in self.of_kind("worker"):
            slot.signal(signal.SIGKILL)
            slot.service.process.wait(10)
        self.recover()

    def stop(self) -> dict[str, int]:
        """SIGTERM to every process; exit codes by name. One that does not end in time raises TimeoutExpired."""
        self.stop_watching()
        for slot in self.slots:
            slot.signal(signal.SIGTERM)
        return {slot.name: slot.service.process.wait(20) for slot in self.slots}

    def _is_ready(self, slot: Slot) -> bool:
        with suppress(AssertionError):  # it ended just now; the supervisor starts another
            return slot.is_alive and slot.service.is_ready()
        return False

    def _spawn(self, kind: str, port: int, settings: Mapping[str, str]) -> Service:
        through = through_proxies(self.direct, self.broker_proxy.port, self.database_proxy.port)
        if kind == "worker" and self.poison:
            asked = settings.get(CRASH_POINTS)
            settings = {**settings, CRASH_POINTS: f"{asked},{self.poison}" if asked else self.poison}
        return self.suite.start_on(port, kind, {**through, **settings})

    def _watch(self) -> None:
        """An orchestrator's part."""
        while self._watching.is_set():
            for slot in self.slots:
                if not slot.is_alive:
                    self._replace(slot)
            time.sleep(WATCH_SECONDS)

    def _replace(self, slot: Slot) -> None:
        code = slot.service.process.wait()
        self.exits[f"{slot.kind} {signal.Signals(-code).name if code < 0 else f'exit {code}'}"] += 1
        time.sleep(RESTART_SECONDS)
        slot.service = self._spawn(slot.kind, slot.port, slot.settings)

    def _scrape(self) -> None:
        while self._watching.is_set():
            for slot in self.of_kind("worker"):
                process = slot.service.process
                with suppress(httpx.HTTPError):
                    slot.duplicates[process.pid] = slot.service.metric(DUPLICATES, outcome="duplicate")
            time.sleep(SCRAPE_SECONDS)


def own_servers(servers: Infrastructure) -> tuple[PostgresServer, RabbitmqServer]:
    """Both servers; raises ConfigurationError where the environment names others, which are not ours to break."""
    if servers.postgres_server is None or servers.rabbitmq_server is None:
        raise ConfigurationError("faults need servers of their own: unset PSQL_ADDR, PSQL_PORT and RABBITMQ_URL")
    return servers.postgres_server, servers.rabbitmq_server


def through_proxies(direct: Mapping[str, str], broker_port: int, database_port: int) -> dict[str, str]:
    """The settings of a service that reaches both servers through the proxies."""
    address = urlsplit(direct["RABBITMQ_URL"])
    url = direct["RABBITMQ_URL"].replace(f":{address.port}", f":{broker_port}")
    return {"RABBITMQ_URL": url, "PSQL_PORT": str(database_port)}


@contextmanager
def open_world(
    servers: Infrastructure, folder: Path, workers: int, poison: str = "", *, is_forked: bool = False
) -> Iterator[World]:
    """A world in a database and a virtual host of its own, every process ready; all of it ends with the block."""
    own_servers(servers)
    name = f"chaos_{uuid4().hex}"
    with ExitStack() as stack:
        database = create_database(servers.postgres, name)
        stack.callback(drop_database, servers.postgres, name)
        vhost = create_vhost(servers.rabbitmq, name)
        stack.callback(drop_vhost, servers.rabbitmq, name)
        broker = stack.enter_context(proxied(port_of(vhost)))
        between = stack.enter_context(proxied(database.port))
        suite = Suite({**environment(database, vhost), **IMPATIENT}, folder, is_forked=is_forked)
        world = World(servers, suite, broker, between)
        world.poison = poison
        stack.callback(suite.stop_all)
        stack.callback(world.stop_watching)
        world.start(workers)
        world.rabbitmq.settle()
        yield world


def environment(database: PostgresEndpoint, vhost: RabbitmqEndpoint) -> dict[str, str]:
    """The settings of a service that reaches both directly."""
    return {**database.environment(), **vhost.environment()}


def port_of(vhost: RabbitmqEndpoint) -> int:
    """Where the broker listens."""
    port = urlsplit(vhost.url).port
    assert port is not None
    return port


Say = Callable[[str], None]
"""Tells whoever watches what happens."""
