"""What keeps the hub current: the events exchange, and a look into the database for what an event did not tell."""

from uuid import UUID

from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage

from services.api.progress.hub import Hub
from shared.broker import transport_errors
from shared.database import Connection, Database
from shared.errors import DatabaseUnavailable, PoisonMessage
from shared.events import JOB_KEYS, read_progress
from shared.lifecycle import Stop, sleep_until, unless_stopped
from shared.logs import get_logger
from shared.progress import fetch_progress
from shared.retries import wait_until_available

log = get_logger(__name__)

LOOK_UP_SECONDS = 2

ACTIVE_JOBS = """
SELECT active.job_id
FROM unnest($1::uuid[]) AS owner (owner_id), LATERAL (
    SELECT job_id FROM jobs
    WHERE jobs.owner_id = owner.owner_id AND status IN ('receiving', 'processing')
    ORDER BY created_at DESC LIMIT 500
) AS active
"""


async def subscribe(hub: Hub, channel: AbstractChannel, events: AbstractExchange, stop: Stop) -> None:
    """Feeds `hub` from a queue of this process's own; the queue goes with the connection and comes back with it.

    Waits for a broker that is away; raises Stopped by a stop.
    """

    async def take(message: AbstractIncomingMessage) -> None:
        try:
            hub.update(read_progress(message.body))
        except PoisonMessage as error:
            log.warning("a message on the events exchange is not progress", error=error.detail)

    async def attempt() -> None:
        with transport_errors():
            queue = await channel.declare_queue(exclusive=True, auto_delete=True)
            await queue.bind(events, JOB_KEYS)
            await queue.consume(take, no_ack=True)

    await unless_stopped(wait_until_available("RabbitMQ", attempt, stop), stop)


async def look_up(hub: Hub, database: Database, stop: Stop) -> None:
    """Every few seconds asks the database for the watched jobs: an event lost with the broker costs a moment only."""
    while not await sleep_until(stop, LOOK_UP_SECONDS):
        hub.forget_silent()
        try:
            await look_up_once(hub, database)
        except DatabaseUnavailable as error:
            log.warning("progress cannot be looked up", error=str(error))


async def look_up_once(hub: Hub, database: Database) -> None:
    """The jobs known to be watched, those removed among them, and those that began unheard of.

    Raises DatabaseUnavailable.
    """
    watched, owners = hub.watched(), hub.owners()
    if not watched and not owners:
        return
    async with database.acquire() as connection:
        begun = await active_jobs(connection, owners) if owners else []
        found = await fetch_progress(connection, list({*watched, *begun}))
    for progress in found:
        hub.update(progress)
    hub.remove(set(watched) - {progress.job_id for progress in found})


async def active_jobs(connection: Connection, owners: list[UUID]) -> list[UUID]:
    """The unfinished jobs of these users, the 500 latest of each."""
    return [row["job_id"] for row in await connection.fetch(ACTIVE_JOBS, owners)]
