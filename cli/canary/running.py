"""The canary as a process: rounds, and what every service answers on its own port, until it is stopped."""

from starlette.applications import Starlette

from cli.canary.account import Account
from cli.canary.metrics import CanaryMetrics
from cli.canary.probing import Canary
from cli.canary.settings import CanarySettings
from shared.clock import SYSTEM_CLOCK
from shared.lifecycle import Stop, run_until_stopped, sleep_until, stop_on_signals, unless_stopped
from shared.logs import configure_logs
from shared.operations import Health, new_registry, operations_routes, serve_http

SERVICE = "canary"
STOP_DEADLINE_SECONDS = 10


async def run(settings: CanarySettings) -> None:
    """The composition root; returns after a signal. Raises ConfigurationError where the port cannot be bound."""
    configure_logs(SERVICE, "info")
    stop = stop_on_signals()
    registry = new_registry()
    health = Health(SERVICE, stop)
    account = Account(settings.url, settings.email, settings.password)
    canary = Canary(settings, account, CanaryMetrics(registry), SYSTEM_CLOCK)
    health.probes["api"] = canary.check
    app = Starlette(routes=operations_routes(health, registry))
    try:
        await run_until_stopped(
            stop,
            STOP_DEADLINE_SECONDS,
            http=serve_http(app, SERVICE, settings.host, settings.port, stop, drain_seconds=1),
            rounds=run_rounds(canary, stop),
        )
    finally:
        await account.close()


async def run_rounds(canary: Canary, stop: Stop) -> None:
    """Rounds until the stop, which does not wait for the end of one."""
    while not await sleep_until(stop, await unless_stopped(canary.round(), stop)):
        pass
