"""Progress of jobs between the services: the events exchange. Losing one costs nothing, the next is absolute too."""

import asyncio

import aio_pika
import msgspec
from aio_pika.abc import AbstractExchange

from shared.broker import transport_errors
from shared.errors import BrokerUnavailable, PoisonMessage
from shared.logs import get_logger
from shared.progress import JobProgress

log = get_logger(__name__)

JOB_KEYS = "job.*.*"
PUBLISH_TIMEOUT_SECONDS = 2


def routing_key(progress: JobProgress) -> str:
    """`job.OWNER.JOB`."""
    return f"job.{progress.owner_id}.{progress.job_id}"


async def publish_progress(exchange: AbstractExchange, progress: JobProgress) -> None:
    """Tells every api process. Never raises for a broker that is away: readers look into the database as well."""
    message = aio_pika.Message(
        msgspec.json.encode(progress),
        content_type="application/json",
        type="job_progress",
        delivery_mode=aio_pika.DeliveryMode.NOT_PERSISTENT,
    )
    try:
        with transport_errors():
            async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
                await exchange.publish(message, routing_key(progress), mandatory=False)
    except BrokerUnavailable as error:
        log.debug("a progress event was not published", error=str(error))


def read_progress(body: bytes) -> JobProgress:
    """Reads a progress message; raises PoisonMessage for anything else."""
    try:
        return msgspec.json.decode(body, type=JobProgress)
    except msgspec.DecodeError as error:
        raise PoisonMessage("bad_event", str(error)) from error
