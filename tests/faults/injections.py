"""What can go wrong: each fault is a small function that begins it and, when its time is over, ends it.

Faults of one lane never overlap, those of different lanes do. What, when and for how long is decided by the seed.
"""

import asyncio
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from shared.crash_points import CRASH_POINTS
from tests.faults.lines import mix
from tests.faults.world import CRASH_POINTS as CRASH_POINTS_SETTING
from tests.faults.world import Slot, World
from tests.support.proxy import Proxy, Way

Inject = Callable[[World, random.Random], AbstractContextManager[str]]
"""Begins a fault on entering, which answers whom it met, and ends it on leaving."""
CRASH_PROBABILITIES = (0.02, 0.1, 0.3)
LOCKED_TABLES = (
    "jobs",
    "batches",
    "partials",
    "log_records",
    "rollups",
    "job_stats",
    "webhook_feeds",
    "webhook_batches",
)
SHARES = (0.3, 0.6, 1)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault, its lane, and how long it lasts (seconds, from and to)."""

    kind: str
    lane: str
    lasts: tuple[float, float]
    inject: Inject


FAULTS: list[Fault] = []
LANES = {
    "processes": (1, 6),
    "pauses": (4, 15),
    "crash points": (2, 8),
    "broker": (5, 20),
    "database": (4, 16),
    "broker's network": (2, 10),
    "database's network": (2, 10),
}
"""The rest between two faults of a lane, in seconds, from and to."""


def fault(
    kind: str, lane: str, lasts: tuple[float, float] = (0, 0)
) -> Callable[[Callable[..., Iterator[str]]], Inject]:
    """Enters a generator function among the faults."""

    def enter(function: Callable[..., Iterator[str]]) -> Inject:
        inject: Inject = contextmanager(function)
        FAULTS.append(Fault(kind, lane, lasts, inject))
        return inject

    return enter


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault with its rest before, its length (seconds) and its own seed."""

    fault: Fault
    rest_seconds: float
    seconds: float
    seed: int


def plan(seed: int, lane: str) -> Iterator[Planned]:
    """The endless schedule of one lane; each of its faults comes once before any comes again."""
    chance = random.Random(mix(seed, sorted(LANES).index(lane)))
    shortest, longest = LANES[lane]
    while True:
        faults = [fault for fault in FAULTS if fault.lane == lane]
        chance.shuffle(faults)
        for each in faults:
            yield Planned(each, chance.uniform(shortest, longest), chance.uniform(*each.lasts), chance.getrandbits(32))


def _kill(world: World, chance: random.Random, kind: str, number: signal.Signals) -> str:
    slot = chance.choice(world.of_kind(kind))
    slot.signal(number)
    return slot.name


@fault("worker killed", "processes")
def kill_worker(world: World, chance: random.Random) -> Iterator[str]:
    yield _kill(world, chance, "worker", signal.SIGKILL)


@fault("api killed", "processes")
def kill_api(world: World, chance: random.Random) -> Iterator[str]:
    yield _kill(world, chance, "api", signal.SIGKILL)


@fault("aggregator killed", "processes")
def kill_aggregator(world: World, chance: random.Random) -> Iterator[str]:
    yield _kill(world, chance, "aggregator", signal.SIGKILL)


@fault("worker stopped", "processes")
def stop_worker(world: World, chance: random.Random) -> Iterator[str]:
    yield _kill(world, chance, "worker", signal.SIGTERM)


@fault("api stopped", "processes")
def stop_api(world: World, chance: random.Random) -> Iterator[str]:
    yield _kill(world, chance, "api", signal.SIGTERM)


@fault("aggregator stopped", "processes")
def stop_aggregator(world: World, chance: random.Random) -> Iterator[str]:
    yield _kill(world, chance, "aggregator", signal.SIGTERM)


@fault("process paused for longer than its heartbeat", "pauses", (11, 17))
def pause(world: World, chance: random.Random) -> Iterator[str]:
    slot = chance.choice(world.slots)
    paused = slot.service.process
    slot.signal(signal.SIGSTOP)
    try:
        yield slot.name
    finally:
        if paused.poll() is None:
            paused.send_signal(signal.SIGCONT)


def crash_at(point: str) -> None:
    """Enters the fault of processes that kill themselves at this point, with some probability."""

    @fault(f"crash at {point}", "crash points", (3, 8))
    def crash(world: World, chance: random.Random) -> Iterator[str]:
        probability = chance.choice(CRASH_PROBABILITIES)
        slots = world.of_kind(point.partition(".")[0])
        _start_with(slots, {CRASH_POINTS_SETTING: f"{point}={probability}"})
        try:
            yield f"every {slots[0].kind}, probability {probability}"
        finally:
            _start_with(slots, {})


def _start_with(slots: list[Slot], settings: dict[str, str]) -> None:
    for slot in slots:
        slot.settings = settings
        slot.signal(signal.SIGKILL)


for name in sorted(CRASH_POINTS):
    crash_at(name)


@fault("RabbitMQ killed", "broker", (0, 3))
def kill_broker(world: World, chance: random.Random) -> Iterator[str]:
    world.rabbitmq.kill()
    try:
        yield "the node"
    finally:
        world.rabbitmq.launch()
        world.rabbitmq.await_ready()


@fault("RabbitMQ restarted", "broker", (0, 3))
def restart_broker(world: World, chance: random.Random) -> Iterator[str]:
    world.rabbitmq.stop()
    try:
        yield "the node"
    finally:
        world.rabbitmq.launch()
        world.rabbitmq.await_ready()


@fault("RabbitMQ's memory alarm", "broker", (3, 9))
def memory_alarm(world: World, chance: random.Random) -> Iterator[str]:
    world.alarm("set_vm_memory_high_watermark", "0.00001")
    try:
        yield "every publisher"
    finally:
        world.clear_alarms()


@fault("RabbitMQ's disk alarm", "broker", (3, 9))
def disk_alarm(world: World, chance: random.Random) -> Iterator[str]:
    world.alarm("set_disk_free_limit", "100000GB")
    try:
        yield "every publisher"
    finally:
        world.clear_alarms()


@fault("RabbitMQ closes every connection", "broker")
def close_connections(world: World, chance: random.Random) -> Iterator[str]:
    world.rabbitmq.ctl("close_all_connections", "chaos")
    yield "every connection"


@fault("PostgreSQL crashes", "database", (0, 4))
def crash_database(world: World, chance: random.Random) -> Iterator[str]:
    world.postgres.kill()
    try:
        yield "the server"
    finally:
        world.postgres.launch()
        world.postgres.await_ready()


@fault("PostgreSQL restarted", "database", (0, 4))
def restart_database(world: World, chance: random.Random) -> Iterator[str]:
    world.postgres.stop()
    try:
        yield "the server"
    finally:
        world.postgres.launch()
        world.postgres.await_ready()


@fault("backends terminated", "database")
def terminate_backends(world: World, chance: random.Random) -> Iterator[str]:
    gone = world.ask(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name LIKE 'logmill-%' AND random() < $1",
        chance.choice(SHARES),
    )
    yield f"{gone[0][0]} sessions"


@fault("a table locked", "database", (1, 6))
def lock_table(world: World, chance: random.Random) -> Iterator[str]:
    table = chance.choice(LOCKED_TABLES)
    with asyncio.Runner() as runner:
        connection = runner.run(world.connect())
        try:
            runner.run(connection.execute(f"SET lock_timeout = '5s'; BEGIN; LOCK TABLE {table}"))
            yield table
        finally:
            runner.run(connection.close())


def network_faults(lane: str, proxy: Callable[[World], Proxy]) -> None:
    """Enters what networks do, for the way to one server."""

    @fault(f"{lane}: black hole", lane, (6, 14))
    def freeze(world: World, chance: random.Random) -> Iterator[str]:
        share = chance.choice(SHARES)
        proxy(world).freeze(share)
        try:
            yield f"{share:.0%} of the connections"
        finally:
            proxy(world).thaw()

    @fault(f"{lane}: cut", lane)
    def cut(world: World, chance: random.Random) -> Iterator[str]:
        share = chance.choice(SHARES)
        proxy(world).cut(share)
        yield f"{share:.0%} of the connections"

    @fault(f"{lane}: reset", lane)
    def reset(world: World, chance: random.Random) -> Iterator[str]:
        share = chance.choice(SHARES)
        proxy(world).reset(share)
        yield f"{share:.0%} of the connections"

    @fault(f"{lane}: answers lost", lane)
    def lose_answers(world: World, chance: random.Random) -> Iterator[str]:
        way, most_bytes = chance.choice(list(Way)), chance.choice((0, 1, 100, 100_000))
        proxy(world).limit(way, most_bytes, chance.choice(SHARES))
        yield f"all but {most_bytes} bytes {way.value}"

    @fault(f"{lane}: unreachable", lane, (1, 7))
    def refuse(world: World, chance: random.Random) -> Iterator[str]:
        proxy(world).refuse()
        proxy(world).reset()
        try:
            yield "every connection"
        finally:
            proxy(world).accept()

    @fault(f"{lane}: slow", lane, (2, 6))
    def slow(world: World, chance: random.Random) -> Iterator[str]:
        proxy(world).slow(chance.choice((20_000, 200_000)))
        try:
            yield "every connection"
        finally:
            proxy(world).slow(0)

    @fault(f"{lane}: tiny segments, late", lane, (2, 6))
    def slice_up(world: World, chance: random.Random) -> Iterator[str]:
        proxy(world).slice(chance.choice((7, 100)))
        proxy(world).latency(chance.choice((0, 0.001)))
        try:
            yield "every connection"
        finally:
            proxy(world).slice(65536)
            proxy(world).latency(0)


network_faults("broker's network", lambda world: world.broker_proxy)
network_faults("database's network", lambda world: world.database_proxy)
