"""`python -m services.aggregator`: folds partials, closes jobs, records and replays dead letters until stopped."""

from contextlib import AsyncExitStack

from starlette.applications import Starlette

from services.aggregator.feeds import Feeds
from services.aggregator.folding import Folding
from services.aggregator.metrics import AggregatorMetrics
from services.aggregator.recorder import DeadLetterRecorder
from services.aggregator.removals import Removals
from services.aggregator.replays import Replays
from services.aggregator.retention import Retention
from services.aggregator.settings import AggregatorSettings
from services.aggregator.stuck_jobs import StuckJobs
from services.aggregator.sweeper import Sweeper
from services.aggregator.ticker import run_rounds
from shared import tracing
from shared.broker import channel_probe, open_connection
from shared.clock import SYSTEM_CLOCK
from shared.database import open_database
from shared.lifecycle import Stop, run_until_stopped
from shared.operations import Health, new_registry, operations_routes, progress_route, serve_http
from shared.process import run_service
from shared.topology import open_channel

POOL_SIZE = 8
"""Folding, the chores and dead letters at once; who finds none free waits a moment."""
DEAD_LETTERS_AT_ONCE = 4
REPLAY_PAUSE_SECONDS = 0.5
PURGE_PAUSE_SECONDS = 3600


async def main(settings: AggregatorSettings, stop: Stop) -> None:
    """The composition root: answers on its port at once, works when its dependencies are there."""
    registry = new_registry()
    metrics = AggregatorMetrics(registry)
    tracing.count_spans(metrics.spans)
    health = Health(settings.service, stop)
    app = Starlette(routes=[*operations_routes(health, registry), progress_route(registry, stop)])
    address = (settings.aggregator_host, settings.aggregator_port)
    await run_until_stopped(
        stop,
        settings.stop_deadline_seconds,
        http=serve_http(app, settings.service, *address, stop, drain_seconds=1),
        work=work(settings, metrics, health, stop),
    )


async def work(settings: AggregatorSettings, metrics: AggregatorMetrics, health: Health, stop: Stop) -> None:
    """Opens database and broker, then folds, sweeps, records and replays until the stop."""
    health.waiting_for("database", "broker")
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings, stop, pool_size=POOL_SIZE))
        health.probes["database"] = database.check
        publishing = await stack.enter_async_context(open_connection(settings, stop, "publish"))
        consuming = await stack.enter_async_context(open_connection(settings, stop, "consume"))
        _, telling = await open_channel(publishing, settings, stop)
        replaying, _ = await open_channel(publishing, settings, stop, returns_raise=True)
        channel, recording = await open_channel(consuming, settings, stop, prefetch=DEAD_LETTERS_AT_ONCE)
        health.probes["broker"] = channel_probe(channel)
        events = telling.events
        folding = Folding(settings, database, events, metrics, SYSTEM_CLOCK, stop)
        sweeper = Sweeper(settings, database, events, metrics)
        stuck_jobs = StuckJobs(settings, database, consuming, events, metrics, SYSTEM_CLOCK)
        feeds = Feeds(settings, database, SYSTEM_CLOCK)
        replays = Replays(database, replaying, metrics, SYSTEM_CLOCK, stop)
        retention = Retention(settings, database, metrics)
        pause_seconds = settings.maintenance_interval_seconds
        await run_until_stopped(
            stop,
            settings.stop_deadline_seconds,
            folding=run_rounds("folding", folding.round, settings.fold_interval_seconds, stop),
            interruptions=run_rounds("interruptions", sweeper.mark_interrupted, pause_seconds, stop),
            feeds=run_rounds("feeds", feeds.close_one, pause_seconds, stop),
            stuck_jobs=run_rounds("stuck jobs", stuck_jobs.round, pause_seconds, stop),
            line_index=run_rounds("line index", sweeper.summarise_fresh_rows, pause_seconds, stop),
            removals=run_rounds("removals", Removals(database).round, pause_seconds, stop),
            replays=run_rounds("replays", replays.round, REPLAY_PAUSE_SECONDS, stop),
            expiry=run_rounds("expiry", retention.remove_expired_job, pause_seconds, stop),
            partitions=run_rounds("partitions", retention.drop_partitions, pause_seconds, stop),
            purge=run_rounds("purge", retention.purge, PURGE_PAUSE_SECONDS, stop),
            sessions=run_rounds("sessions", sweeper.drop_expired_sessions, pause_seconds, stop),
            waiting=run_rounds("waiting dead letters", sweeper.count_waiting_dead_letters, pause_seconds, stop),
            dead_letters=DeadLetterRecorder(database, metrics, stop).run(recording.dead_letters),
        )


if __name__ == "__main__":
    run_service(AggregatorSettings, main)
