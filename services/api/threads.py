"""Work on bodies: at once where it takes no time, else beside the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


async def aside(size: int, max_inline_bytes: int, work: Callable[[], T], executor: Executor | None = None) -> T:
    """What `work` on `size` bytes comes to; more than `max_inline_bytes` are worked on in a thread."""
    if size <= max_inline_bytes:
        return work()
    return await asyncio.get_running_loop().run_in_executor(executor, work)
