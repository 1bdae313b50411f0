"""`python -m services.aggregator`: folds partials, closes jobs, records dead letters until stopped."""

from contextlib import AsyncExitStack

from starlette.applications import Starlette

from services.aggregator.dead_letters import DeadLetterRecorder
from services.aggregator.folding import Folding
from services.aggregator.metrics import AggregatorMetrics
from services.aggregator.settings import AggregatorSettings
from services.aggregator.sweeper import Sweeper
from services.aggregator.ticker import run_rounds
from shared.broker import channel_probe, open_connection
from shared.clock import SYSTEM_CLOCK
from shared.database import open_database
from shared.lifecycle import Stop, run_until_stopped
from shared.operations import Health, new_registry, operations_routes, progress_route, serve_http
from shared.process import run_service
from shared.topology import declare

POOL_SIZE = 4


async def main(settings: AggregatorSettings, stop: Stop) -> None:
    """The composition root: answers on its port at once, works when its dependencies are there."""
    registry = new_registry()
    health = Health(settings.service, stop)
    app = Starlette(routes=[*operations_routes(health, registry), progress_route(registry, stop)])
    await run_until_stopped(
        stop,
        settings.stop_deadline_seconds,
        http=serve_http(app, settings.aggregator_host, settings.aggregator_port, stop, drain_seconds=1),
        work=work(settings, AggregatorMetrics(registry), health, stop),
    )


async def work(settings: AggregatorSettings, metrics: AggregatorMetrics, health: Health, stop: Stop) -> None:
    """Opens database and broker, then folds, sweeps and records until the stop."""
    health.waiting_for("database", "broker")
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings, stop, pool_size=POOL_SIZE))
        health.probes["database"] = database.check
        connection = await stack.enter_async_context(open_connection(settings, stop, "consume"))
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=POOL_SIZE)
        topology = await declare(channel, settings)
        health.probes["broker"] = channel_probe(channel)
        folding = Folding(settings, database, topology.events, metrics, SYSTEM_CLOCK, stop)
        sweeper = Sweeper(settings, database, topology.events, metrics)
        await run_until_stopped(
            stop,
            settings.stop_deadline_seconds,
            folding=run_rounds("folding", folding.round, settings.fold_interval_seconds, stop),
            sweeping=run_rounds("housekeeping", sweeper.round, settings.maintenance_interval_seconds, stop),
            dead_letters=DeadLetterRecorder(database, metrics, stop).run(topology.dead_letters),
        )


if __name__ == "__main__":
    run_service(AggregatorSettings, main)
