"""A TCP proxy that can break in the ways networks do; it runs in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK_BYTES = 65536


class Proxy:
    """Forwards connections to `target_port` on 127.0.0.1; `port` is its own."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self._target_port = target_port
        self._alive: set[asyncio.Task[None]] = set()
        self._frozen: set[asyncio.Task[None]] = set()
        self._refusing = False
        self._ready = threading.Event()
        self._over: asyncio.Event | None = None

    def freeze(self) -> None:
        """A black hole: what is connected stays so, and no byte gets through any more. New connections work."""
        self._frozen |= self._alive

    def refuse(self) -> None:
        """New connections are closed at once."""
        self._refusing = True

    async def run(self) -> None:
        """Serves until `stop`."""
        self._over = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        await self._over.wait()
        server.close()
        for task in self._alive:
            task.cancel()
        await asyncio.gather(*self._alive, return_exceptions=True)

    def stop(self) -> None:
        """Ends `run`."""
        assert self._over is not None
        self._loop.call_soon_threadsafe(self._over.set)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._alive.add(task)
        with suppress(OSError, asyncio.CancelledError):
            if not self._refusing:
                await self._forward(task, reader, writer)
        writer.close()
        self._alive.discard(task)

    async def _forward(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
        try:
            await asyncio.gather(self._pump(task, reader, back), self._pump(task, there, writer))
        finally:
            back.close()

    async def _pump(self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if task in self._frozen:
                continue  # into the hole
            writer.write(data)
            await writer.drain()
        writer.close()


@contextmanager
def proxied(target_port: int) -> Iterator[Proxy]:
    """A running proxy in front of a port of this machine."""
    proxy = Proxy(target_port)
    thread = threading.Thread(target=lambda: asyncio.run(proxy.run()))
    thread.start()
    assert proxy._ready.wait(10)
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join(10)
