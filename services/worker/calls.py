"""How one task tells another to look about."""

import asyncio
from contextlib import suppress


class Call:
    """Asks whoever waits for it to look now. Calls that come before the look are one."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def make(self) -> None:
        """Something has changed: do not wait for the next turn."""
        self._event.set()

    async def wait(self, longest_seconds: float | None = None) -> None:
        """Returns after the next call, or the last one if nobody has waited since; or when the time is up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), longest_seconds)
        self._event.clear()
