"""Tells the api processes how jobs stand that were ended by a statement over many of them."""

from uuid import UUID

from aio_pika.abc import AbstractExchange

from shared.database import Database
from shared.events import publish_progress
from shared.progress import fetch_progress


async def announce(database: Database, events: AbstractExchange, job_ids: list[UUID]) -> None:
    """Publishes the progress of `job_ids`; the database connection is given back before."""
    if not job_ids:
        return
    async with database.acquire() as connection:
        news = await fetch_progress(connection, job_ids)
    for progress in news:
        await publish_progress(events, progress)
