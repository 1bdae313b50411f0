"""`python -m services.migrate`: applies migrations, grants the services' roles what they need, declares the queues.

Ends when that is done; to do it again changes nothing. Waits for PostgreSQL and RabbitMQ.
"""

from services.migrate.settings import MigrateSettings
from shared.broker import open_connection
from shared.database import migrate_for_roles
from shared.lifecycle import Stop, unless_stopped
from shared.logs import get_logger
from shared.process import run_service
from shared.retries import wait_until_available
from shared.topology import open_channel

log = get_logger(__name__)


async def main(settings: MigrateSettings, stop: Stop) -> None:
    """One run, database first: services that have their tables may still wait for their queues."""
    # The environment that it shares with the services tells them not to.
    settings = settings.model_copy(update={"migrate_at_start": True})

    async def attempt() -> list[str]:
        return await migrate_for_roles(settings, settings.role_prefix, required=settings.roles_required)

    roles = await unless_stopped(wait_until_available("PostgreSQL", attempt, stop), stop)
    log.info("the schema is current", roles=roles)
    async with open_connection(settings, stop, "migrate") as connection:
        await open_channel(connection, settings, stop)
    log.info("the queues are declared")


if __name__ == "__main__":
    run_service(MigrateSettings, main)
