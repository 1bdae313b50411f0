"""Batches entered by hand, for tests of the page: good ones, broken ones, and such as a worker gave up.

All of it happens in a thread of its own: Playwright's has no room for another event loop.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

import aio_pika

from shared.lines import count_lines
from tests.support.by_hand import bury, enter_job, id_of, line_batch, open_channel, publish, spoil
from tests.support.suite import Suite
from tests.support.user import User

T = TypeVar("T")
ATTEMPTS = [
    {"at": f"2024-05-01T12:00:0{number}Z", "error": f"ValueError: try {number}", "worker": f"host-{number}:4711"}
    for number in range(3)
]
TRACE = 'Traceback (most recent call last):\n  File "<b>parse</b>.py", line 7, in parse\nValueError: try 2'
GIVEN_UP: dict[str, Any] = {
    "reason": "attempts_exhausted",
    "detail": "ValueError: try 2",
    "attempts": ATTEMPTS,
    "trace": TRACE,
}


def aside(work: Coroutine[Any, Any, T]) -> T:
    """What it returns, run by an event loop of another thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class HandMadeJob:
    """A job of `bodies`, a batch each; nothing of it is published yet."""

    def __init__(self, suite: Suite, user: User, *bodies: bytes, file_name: str = "by hand.log") -> None:
        self._suite = suite
        self._bodies = bodies
        self._id = aside(self._enter(id_of(user), file_name))
        self.job_id = str(self._id)

    def good(self, batch_no: int) -> None:
        """A batch as the api publishes it."""
        aside(self._publish(self._message(batch_no)))

    def poison(self, batch_no: int) -> None:
        """One that no worker takes."""
        aside(self._publish(spoil(self._message(batch_no))))

    def given_up(self, batch_no: int) -> None:
        """A good one, published to the dead-letter queue as a worker does after its last attempt."""
        aside(self._bury(self._message(batch_no)))

    def execute(self, statement: str) -> None:
        """Runs SQL with the job's id as $1."""
        aside(self._execute(statement))

    async def _enter(self, owner_id: UUID, file_name: str) -> UUID:
        connection = await self._suite.connect()
        try:
            lines, batches = sum(map(count_lines, self._bodies)), len(self._bodies)
            return await enter_job(connection, lines=lines, batches=batches, owner_id=owner_id, file_name=file_name)
        finally:
            await connection.close()

    async def _execute(self, statement: str) -> None:
        connection = await self._suite.connect()
        try:
            await connection.execute(statement, self._id)
        finally:
            await connection.close()

    def _message(self, batch_no: int) -> aio_pika.Message:
        before = self._bodies[:batch_no]
        first_line, offset = 1 + sum(map(count_lines, before)), sum(map(len, before))
        return line_batch(self._id, batch_no, self._bodies[batch_no], first_line=first_line, byte_offset=offset)

    async def _publish(self, message: aio_pika.Message) -> None:
        async with open_channel(self._suite) as channel:
            await publish(channel, message)

    async def _bury(self, message: aio_pika.Message) -> None:
        message.headers.update(GIVEN_UP)
        async with open_channel(self._suite) as channel:
            await bury(channel, message)
