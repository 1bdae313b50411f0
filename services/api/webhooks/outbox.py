"""Line batches that are in PostgreSQL but not known to be with the broker: published until they are, then settled.

A batch may be published more than once, by several processes even: it is the same one each time, and the workers'
ledger counts it once.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from services.api.metrics import ApiMetrics
from services.api.publisher import Publisher
from services.api.webhooks.places import BatchKey
from services.api.webhooks.registry import WebhookRegistry
from shared.crash_points import crash_point
from shared.errors import TransientError
from shared.lifecycle import Stop, sleep_until
from shared.logs import get_logger
from shared.messages import LineBatch
from shared.topology import INGEST_QUEUE

SETTLE_SECONDS = 0.25
LOOK_SECONDS = 5

log = get_logger(__name__)


class Outbox:
    """Publishes each batch once at a time, however many wait for it, each try for `patience_seconds`."""

    def __init__(
        self, registry: WebhookRegistry, publisher: Publisher, metrics: ApiMetrics, *, patience_seconds: float
    ) -> None:
        self._registry = registry
        self._publisher = publisher
        self._metrics = metrics
        self._patience_seconds = patience_seconds
        self._under_way: dict[BatchKey, asyncio.Task[None]] = {}
        self._confirmed: set[BatchKey] = set()

    def begin(self, batch: LineBatch) -> None:
        """Starts publishing a batch that was entered just now, unless a repeated delivery was quicker."""
        key = BatchKey(batch.job_id, batch.batch_no)
        if key not in self._under_way:
            self._start(key, self._publish(batch))

    async def publish(self, key: BatchKey) -> None:
        """Returns once the broker has the batch, or it waits no longer; raises HeldUp, and DatabaseUnavailable."""
        if key not in self._confirmed:
            await asyncio.shield(self._under_way.get(key) or self._start(key, self._publish_again(key)))

    async def run(self, stop: Stop) -> None:
        """Settles what is confirmed and looks after what was left lying, until the stop."""
        async with asyncio.TaskGroup() as tasks:
            looking_after = tasks.create_task(self._look_after(), name="look after webhook batches")
            await self._settle_until(stop)
            looking_after.cancel()

    def _start(self, key: BatchKey, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"publish {key.job_id}:{key.batch_no}")
        self._under_way[key] = task
        task.add_done_callback(lambda done: self._ended(key, done))
        return task

    def _ended(self, key: BatchKey, task: asyncio.Task[None]) -> None:
        del self._under_way[key]
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, TransientError):
            log.error("a webhook batch could not be published", job_id=str(key.job_id), exc_info=error)

    async def _publish(self, batch: LineBatch) -> None:
        # Always into the quick queue: what happens now is looked for now, however much its day has brought already.
        await self._publisher.publish(batch, patience_seconds=self._patience_seconds, queue=INGEST_QUEUE)
        crash_point("api.webhook_confirmed", batch.body)
        self._confirmed.add(BatchKey(batch.job_id, batch.batch_no))

    async def _publish_again(self, key: BatchKey) -> None:
        batch = await self._registry.load(key)
        if batch is not None:
            await self._publish(batch)

    async def _settle_until(self, stop: Stop) -> None:
        is_last = False
        while not is_last:
            is_last = await sleep_until(stop, SETTLE_SECONDS)
            try:
                await self._settle()
            except TransientError as error:
                log.warning("webhook batches are with the broker, but cannot be settled yet", error=str(error))

    async def _settle(self) -> None:
        if confirmed := list(self._confirmed):
            settled = await self._registry.settle(confirmed)
            self._metrics.lines_read.inc(settled.line_count)
            self._confirmed.difference_update(settled.keys)

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                while keys := await self._registry.claim():
                    for key in keys:
                        await self._publish_left(key)
            except TransientError as error:
                log.warning("webhook batches wait to be published", error=str(error))

    async def _publish_left(self, key: BatchKey) -> None:
        """Raises TransientError; what is wrong with this one batch keeps no other waiting."""
        try:
            await self.publish(key)
        except TransientError:
            raise
        except Exception:
            log.warning("a webhook batch is left for the next try", job_id=str(key.job_id), batch_no=key.batch_no)
