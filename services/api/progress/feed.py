"""What keeps the hub current: the events exchange, and a look into the database for what an event did not tell."""

from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage

from services.api.progress.hub import Hub
from shared.database import Database
from shared.errors import DatabaseUnavailable, PoisonMessage
from shared.events import JOB_KEYS, read_progress
from shared.lifecycle import Stop, sleep_until
from shared.logs import get_logger
from shared.progress import fetch_progress

log = get_logger(__name__)

LOOK_UP_SECONDS = 2


async def subscribe(hub: Hub, channel: AbstractChannel, events: AbstractExchange) -> None:
    """Feeds `hub` from a queue of this process's own; the queue goes with the connection and comes back with it."""

    async def take(message: AbstractIncomingMessage) -> None:
        try:
            hub.update(read_progress(message.body))
        except PoisonMessage as error:
            log.warning("a message on the events exchange is not progress", error=error.detail)

    queue = await channel.declare_queue(exclusive=True, auto_delete=True)
    await queue.bind(events, JOB_KEYS)
    await queue.consume(take, no_ack=True)


async def look_up(hub: Hub, database: Database, stop: Stop) -> None:
    """Every few seconds asks the database for the watched jobs: an event lost with the broker costs a moment only."""
    while not await sleep_until(stop, LOOK_UP_SECONDS):
        hub.forget_silent()
        watched = hub.watched()
        if not watched:
            continue
        try:
            async with database.acquire() as connection:
                for progress in await fetch_progress(connection, watched):
                    hub.update(progress)
        except DatabaseUnavailable as error:
            log.warning("progress cannot be looked up", error=str(error))
