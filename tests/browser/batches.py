"""Line batches that a test publishes itself: good ones, broken ones, and such as a worker gave up.

All of it happens in a thread of its own: Playwright's has no room for another event loop.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import aio_pika

from shared.identifiers import new_job_id
from shared.lines import count_lines
from shared.messages import InputHints, LineBatch, encode
from shared.topology import DEAD_LETTER_QUEUE, INGEST_QUEUE
from tests.support.suite import Suite
from tests.support.user import User

T = TypeVar("T")
ATTEMPTS = [
    {"at": f"2024-05-01T12:00:0{number}Z", "error": f"ValueError: try {number}", "worker": f"host-{number}:4711"}
    for number in range(3)
]
TRACE = 'Traceback (most recent call last):\n  File "<b>parse</b>.py", line 7, in parse\nValueError: try 2'


def aside(work: Coroutine[Any, Any, T]) -> T:
    """What it returns, run by an event loop of another thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class HandMadeJob:
    """A job of `bodies`, a batch each; nothing of it is published yet."""

    def __init__(self, suite: Suite, user: User, *bodies: bytes, file_name: str = "by hand.log") -> None:
        self.job_id = str(new_job_id())
        self._suite = suite
        self._bodies = bodies
        aside(self._enter(UUID(user.get("/auth/me")["user_id"]), file_name))

    def good(self, batch_no: int) -> None:
        """A batch as the api publishes it."""
        self._publish(INGEST_QUEUE, self._message(batch_no))

    def poison(self, batch_no: int) -> None:
        """One that no worker takes, now and ever."""
        message = self._message(batch_no)
        message.headers["crc32"] = 1
        self._publish(INGEST_QUEUE, message)

    def given_up(self, batch_no: int) -> None:
        """A good one, published to the dead-letter queue as a worker does after its last attempt."""
        message = self._message(batch_no)
        told: dict[str, Any] = {
            "reason": "attempts_exhausted",
            "detail": "ValueError: try 2",
            "attempts": ATTEMPTS,
            "trace": TRACE,
        }
        message.headers.update(told)
        self._publish(DEAD_LETTER_QUEUE, message)

    def execute(self, statement: str) -> None:
        """Runs SQL with the job's id as $1."""
        aside(self._execute(statement, self.job_id))

    async def _enter(self, owner_id: UUID, file_name: str) -> None:
        await self._execute(
            "INSERT INTO jobs (job_id, owner_id, source, file_name, status, batches_total, lines_read, sealed_at)"
            " VALUES ($1, $2, 'upload', $3, 'processing', $4, $5, now())",
            self.job_id,
            owner_id,
            file_name,
            len(self._bodies),
            sum(map(count_lines, self._bodies)),
        )

    async def _execute(self, statement: str, *arguments: object) -> None:
        connection = await self._suite.connect()
        try:
            await connection.execute(statement, *arguments)
        finally:
            await connection.close()

    def _message(self, batch_no: int) -> aio_pika.Message:
        before, body = self._bodies[:batch_no], self._bodies[batch_no]
        first_line, offset = 1 + sum(map(count_lines, before)), sum(map(len, before))
        batch = LineBatch(UUID(self.job_id), batch_no, first_line, count_lines(body), offset, body, InputHints(), None)
        return encode(batch, datetime.now(UTC))

    def _publish(self, queue: str, message: aio_pika.Message) -> None:
        async def publish() -> None:
            async with await aio_pika.connect(self._suite.environment["RABBITMQ_URL"]) as broker:
                channel = await broker.channel(on_return_raises=True)
                await channel.default_exchange.publish(message, queue)

        aside(publish())
