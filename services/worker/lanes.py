"""Deliveries that wait in this process: whose turn is next."""

import asyncio
from collections import deque
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")

BULK_EVERY = 8
"""Of so many deliveries taken one is bulk, if any waits, however much has priority."""


class Lane(Enum):
    """What comes first, and what may wait behind it."""

    PRIORITY = "priority"
    BULK = "bulk"


def next_lane(priority: int, bulk: int, since_bulk: int) -> Lane | None:
    """The lane to take from, with so many waiting in each and so many taken since the last bulk one."""
    if bulk and (not priority or since_bulk + 1 >= BULK_EVERY):
        return Lane.BULK
    return Lane.PRIORITY if priority else None


class Lanes(Generic[T]):
    """Waiting deliveries by lane, and apart from them the suspects: those that somebody had before and did not settle.

    Nothing is taken while a suspect waits to be moved out of harm's way.
    """

    def __init__(self) -> None:
        self._waiting: dict[Lane, deque[T]] = {lane: deque() for lane in Lane}
        self._suspects: deque[T] = deque()
        self._moving = 0
        self._since_bulk = 0
        self._is_closed = False
        self._changed = asyncio.Event()

    def put(self, lane: Lane, delivery: T) -> None:
        """Adds a delivery to the end of its lane."""
        self._waiting[lane].append(delivery)
        self._changed.set()

    def put_suspect(self, delivery: T) -> None:
        """Adds one that nothing may run beside."""
        self._suspects.append(delivery)
        self._changed.set()

    @property
    def has_suspects(self) -> bool:
        """Whether any still has to be moved."""
        return bool(self._suspects) or self._moving > 0

    async def take(self) -> T | None:
        """The next delivery to work on, as soon as there is one; None once closed."""
        while not self._is_closed:
            if not self.has_suspects and (lane := self._next_lane()) is not None:
                self._since_bulk = 0 if lane is Lane.BULK else self._since_bulk + 1
                return self._waiting[lane].popleft()
            await self._change()
        return None

    async def take_suspect(self) -> T | None:
        """The next suspect, as soon as there is one; None once closed. Say `moved` of each."""
        while not self._is_closed:
            if self._suspects:
                self._moving += 1
                return self._suspects.popleft()
            await self._change()
        return None

    def moved(self) -> None:
        """A suspect is out of the way, or cannot be moved now."""
        self._moving -= 1
        self._changed.set()

    def close(self) -> None:
        """Whoever waits gets None; what waits here can still be drained."""
        self._is_closed = True
        self._changed.set()

    def drain(self) -> list[T]:
        """Takes all that waits, suspects left out."""
        drained = [delivery for lane in Lane for delivery in self._waiting[lane]]
        for waiting in self._waiting.values():
            waiting.clear()
        return drained

    def drain_suspects(self) -> list[T]:
        """Takes all suspects."""
        drained = list(self._suspects)
        self._suspects.clear()
        return drained

    def _next_lane(self) -> Lane | None:
        return next_lane(len(self._waiting[Lane.PRIORITY]), len(self._waiting[Lane.BULK]), self._since_bulk)

    async def _change(self) -> None:
        """Returns after the next change; those who wait look again, each for itself."""
        self._changed.clear()
        await self._changed.wait()
