"""`python -m services.worker`: consumes line batches until stopped."""

import gc
import os
import socket
from contextlib import AsyncExitStack

from aio_pika.abc import AbstractChannel
from starlette.applications import Starlette

from services.worker.breaker import Breaker
from services.worker.consumer import Consumer
from services.worker.isolation import Isolation
from services.worker.metrics import WorkerMetrics
from services.worker.pausing import Pausing, breaker_probe
from services.worker.pipeline import Pipeline
from services.worker.settings import WorkerSettings
from services.worker.settling import Settling
from services.worker.working import Work
from services.worker.writer import Writer
from shared import tracing
from shared.broker import channel_probe, open_connection
from shared.clock import SYSTEM_CLOCK
from shared.database import Database, open_database
from shared.lifecycle import Stop, run_until_stopped
from shared.operations import Health, new_registry, operations_routes, progress_route, serve_http
from shared.process import run_service
from shared.topology import open_channel


async def main(settings: WorkerSettings, stop: Stop) -> None:
    """The composition root: answers on its port at once, works when its dependencies are there."""
    registry = new_registry()
    metrics = WorkerMetrics(registry)
    tracing.count_spans(metrics.spans)
    health = Health(settings.service, stop)
    app = Starlette(routes=[*operations_routes(health, registry), progress_route(registry, stop)])
    await run_until_stopped(
        stop,
        settings.stop_deadline_seconds,
        http=serve_http(app, settings.service, settings.worker_host, settings.worker_port, stop, drain_seconds=1),
        consumer=consume(settings, metrics, health, stop),
    )


async def consume(settings: WorkerSettings, metrics: WorkerMetrics, health: Health, stop: Stop) -> None:
    """Opens database and broker, then consumes until the stop."""
    health.waiting_for("database", "broker")
    async with AsyncExitStack() as stack:
        pool_size = settings.worker_concurrency + 1
        database = await stack.enter_async_context(open_database(settings, stop, pool_size=pool_size))
        health.probes["database"] = database.check
        connection = await stack.enter_async_context(open_connection(settings, stop, "consume"))
        channel, consuming = await open_channel(connection, settings, stop, prefetch=settings.prefetch_batches)
        _, fetching = await open_channel(connection, settings, stop)
        health.probes["broker"] = channel_probe(channel)
        publishing = await stack.enter_async_context(open_connection(settings, stop, "publish"))
        publisher, _ = await open_channel(publishing, settings, stop, returns_raise=True)
        breaker = Breaker(settings.breaker_window_batches, settings.breaker_failure_ratio)
        health.probes["breaker"] = breaker_probe(breaker)
        isolation = Isolation(database.check, SYSTEM_CLOCK, stop)
        connection.reconnect_callbacks.add(isolation.connection_came_back)
        consumer = build_consumer(settings, database, publisher, breaker, isolation, metrics, stop)
        await consumer.run(consuming, fetching, settings.worker_concurrency)


def build_consumer(
    settings: WorkerSettings,
    database: Database,
    publisher: AbstractChannel,
    breaker: Breaker,
    isolation: Isolation,
    metrics: WorkerMetrics,
    stop: Stop,
) -> Consumer:
    """Puts the parts together; `publisher` takes copies of messages, with confirms."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    pipeline = Pipeline(settings, Writer(database, SYSTEM_CLOCK), metrics, SYSTEM_CLOCK, stop, worker)
    work = Work(pipeline, breaker, metrics, SYSTEM_CLOCK, stop, worker)
    settling = Settling(publisher, metrics, SYSTEM_CLOCK, stop)
    pausing = Pausing(breaker, settings.breaker_rest_seconds, metrics, stop)
    return Consumer(work, settling, breaker, pausing, isolation, stop)


if __name__ == "__main__":
    gc.freeze()  # what the imports made lives as long as the process; the collector need not look at it again
    run_service(WorkerSettings, main)
