"""A way to PostgreSQL on which the answer to COMMIT gets lost: nobody but the server knows how it ended."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.proxy import Link, Proxy, Way

COMMIT = b"COMMIT;\0"
"""How the driver's simple query ends."""


class LostAnswers(Proxy):
    """Of each of the next `to_lose` commits the answer is dropped, and the connection reset."""

    def __init__(self, target_port: int) -> None:
        super().__init__(target_port)
        self.to_lose = 0
        self.lost = 0
        self._committing: set[Link] = set()

    async def _pass(self, link: Link, way: Way, data: bytes) -> None:
        if way is Way.TO_SERVER and self.to_lose and data.endswith(COMMIT):
            self.to_lose -= 1
            self._committing.add(link)
        if way is Way.TO_CLIENT and link in self._committing:
            self._committing.discard(link)
            self.lost += 1
            link.reset()
            return
        await super()._pass(link, way, data)


@contextmanager
def losing_answers(target_port: int) -> Iterator[LostAnswers]:
    """Such a way, open for the block."""
    way = LostAnswers(target_port)
    thread = threading.Thread(target=lambda: asyncio.run(way.run()), name=f"losing answers of {target_port}")
    thread.start()
    way.await_ready()
    try:
        yield way
    finally:
        way.stop()
        thread.join(10)
