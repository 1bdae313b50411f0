"""Whose job is being recounted: a recount reads all of a job's rows, so few go on at a time, and one a user."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from shared.errors import InputError

AT_ONCE = 2
PATIENCE_SECONDS = 20
"""For the recounts of others to end; what they take nobody knows, so it is not waited for."""


class Turns:
    """`at_once` recounts go on at a time; another one waits for `patience_seconds` at most."""

    def __init__(self, at_once: int = AT_ONCE, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._patience_seconds = patience_seconds
        self._users: set[UUID] = set()

    @asynccontextmanager
    async def take(self, user_id: UUID) -> AsyncIterator[None]:
        """The user's turn, for as long as the block lasts.

        Raises InputError: 429 where the user has another one or waits for it, 503 where no turn came in time.
        """
        if user_id in self._users:
            raise InputError(429, "Too many verifications", "A job of yours is being verified already; one at a time.")
        self._users.add(user_id)
        try:
            await self._wait()
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._users.discard(user_id)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._free.acquire()
        except TimeoutError:
            told = "As many jobs as can be at a time are being verified. Try again soon."
            raise InputError(503, "Not available now", told) from None
