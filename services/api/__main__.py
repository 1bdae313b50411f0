"""`python -m services.api`: uploads, reads, live progress and the page until stopped."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from prometheus_client import CollectorRegistry

from services.api.app import Switchboard, build_app, build_waiting_app
from services.api.context import Context, build_context
from services.api.metrics import ApiMetrics
from services.api.progress.feed import look_up, subscribe
from services.api.progress.hub import Hub
from services.api.progress.streams import Streams
from services.api.publisher import Publisher, unblocked
from services.api.queue_status import open_queue_meter
from services.api.settings import ApiSettings
from services.api.uploads.receiver import Receiver
from services.api.uploads.registry import UploadRegistry
from services.api.uploads.routes import Uploads
from services.api.webhooks.intake import Intake
from services.api.webhooks.outbox import Outbox
from services.api.webhooks.registry import WebhookRegistry
from services.api.webhooks.routes import Webhooks
from shared import tracing
from shared.broker import channel_probe, open_connection
from shared.clock import SYSTEM_CLOCK
from shared.database import open_database
from shared.events import publish_progress
from shared.lifecycle import Stop, run_until_stopped
from shared.operations import Health, new_registry, serve_http
from shared.process import run_service
from shared.topology import open_channel


async def main(settings: ApiSettings, stop: Stop) -> None:
    """The composition root: answers on its port at once, works when its dependencies are there."""
    registry = new_registry()
    health = Health(settings.service, stop)
    front = Switchboard(build_waiting_app(health, registry))
    drained = asyncio.Event()
    await run_until_stopped(
        stop,
        settings.stop_deadline_seconds,
        http=serve(settings, front, stop, drained),
        work=work(settings, front, health, registry, stop, drained),
    )


async def serve(settings: ApiSettings, front: Switchboard, stop: Stop, drained: asyncio.Event) -> None:
    """Serves until the stop; uploads under way have most of the deadline to end. Then sets `drained`."""
    drain_seconds = settings.stop_deadline_seconds * 0.75
    try:
        address = (settings.api_host, settings.api_port)
        await serve_http(front, settings.service, *address, stop, drain_seconds=drain_seconds)
    finally:
        drained.set()


async def work(
    settings: ApiSettings,
    front: Switchboard,
    health: Health,
    registry: CollectorRegistry,
    stop: Stop,
    drained: asyncio.Event,
) -> None:
    """Opens database and broker, puts the whole application behind `front`, and keeps progress flowing.

    What requests use stays open until the last of them has ended.
    """
    health.waiting_for("database", "broker")
    metrics = ApiMetrics(registry)
    tracing.count_spans(metrics.spans)
    hub = Hub(SYSTEM_CLOCK)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            open_database(settings, stop, pool_size=settings.database_pool_connections)
        )
        health.probes["database"] = database.check
        publishing = await stack.enter_async_context(open_connection(settings, stop, "publish"))
        consuming = await stack.enter_async_context(open_connection(settings, stop, "consume"))
        channel, topology = await open_channel(publishing, settings, stop, returns_raise=True)
        listening, heard = await open_channel(consuming, settings, stop)
        await subscribe(hub, listening, heard.events, stop)
        queues = await stack.enter_async_context(open_queue_meter(settings))
        announce = partial(publish_progress, topology.events)
        context = build_context(settings, database, queues, announce=announce)
        publisher = Publisher(channel, unblocked(publishing), settings, metrics, SYSTEM_CLOCK)
        upload_registry = UploadRegistry(database)
        receiver = Receiver(settings, database, upload_registry, publisher, topology.events, metrics, stop)
        uploads = Uploads(context, receiver)
        outbox, webhooks = build_webhooks(context, publisher, metrics)
        streams = Streams(context, hub, metrics, stop)
        front.app = build_app(context, uploads, webhooks, streams, metrics, health, registry)
        health.probes["broker"] = channel_probe(channel)  # not before: who is told "ready" is answered from then on
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(outbox.run(drained), name="webhook outbox")
            await look_up(hub, database, stop)
            await drained.wait()


def build_webhooks(context: Context, publisher: Publisher, metrics: ApiMetrics) -> tuple[Outbox, Webhooks]:
    """The path of webhook deliveries, put together; opens nothing."""
    settings = context.settings
    registry = WebhookRegistry(context.database, settings.batch_bytes)
    outbox = Outbox(registry, publisher, metrics, patience_seconds=settings.webhook_answer_seconds)
    return outbox, Webhooks(context, Intake(registry, outbox, publisher, context.clock), metrics)


if __name__ == "__main__":
    run_service(ApiSettings, main)
