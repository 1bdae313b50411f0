"""A TCP proxy that can break in the ways networks do; it runs in a thread of its own.

The verbs may be called from any thread. Those that take a `share` meet that part of the connections there are just
now, drawn by `chance`; the others hold for all connections until `heal`.
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum

CHUNK_BYTES = 65536
READY_SECONDS = 10
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Way(Enum):
    """A direction."""

    TO_SERVER = "to the server"
    TO_CLIENT = "to the client"


class Link:
    """One proxied connection: what was accepted, and what was opened for it."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._writers = {Way.TO_CLIENT: client, Way.TO_SERVER: server}
        self.flows = asyncio.Event()
        self.flows.set()
        self.bytes_left: dict[Way, int] = {}

    def close(self) -> None:
        """An orderly end to both sides."""
        for writer in self._writers.values():
            writer.close()

    def reset(self) -> None:
        """RST to both sides; what was not read yet is gone."""
        for writer in self._writers.values():
            end: socket.socket | None = writer.get_extra_info("socket")
            if end is not None and end.fileno() >= 0:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()

    def spend(self, way: Way, data: bytes) -> bytes:
        """What of `data` may still pass."""
        left = self.bytes_left.get(way)
        if left is None:
            return data
        self.bytes_left[way] = max(0, left - len(data))
        return data[:left]

    async def send(self, way: Way, data: bytes) -> None:
        """Passes `data` on; waits until the other side takes it."""
        writer = self._writers[way]
        writer.write(data)
        await writer.drain()

    def is_spent(self, way: Way) -> bool:
        """Whether nothing more may pass."""
        return self.bytes_left.get(way) == 0


class Proxy:
    """Forwards connections to `target_port` on 127.0.0.1; `port` is its own."""

    def __init__(self, target_port: int, chance: random.Random | None = None) -> None:
        self.port = 0
        self._target_port = target_port
        self._chance = chance or random.Random(1)
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusing = False
        self._bytes_per_second = 0.0
        self._slice_bytes = CHUNK_BYTES
        self._latency_seconds = 0.0
        self._ready = threading.Event()
        self._over: asyncio.Event | None = None

    @property
    def connections(self) -> int:
        """How many there are just now."""
        return len(self._links)

    def freeze(self, share: float = 1) -> None:
        """A black hole: what is connected stays so, and no byte gets through until `thaw`. New connections work."""
        self._each(share, lambda link: link.flows.clear())

    def thaw(self) -> None:
        """Ends `freeze`: what was held comes late, as TCP sends it again when a network is back."""
        self._each(1, lambda link: link.flows.set())

    def cut(self, share: float = 1) -> None:
        """Closes connections; new ones work."""
        self._each(share, Link.close)

    def reset(self, share: float = 1) -> None:
        """Ends connections with RST; new ones work."""
        self._each(share, Link.reset)

    def limit(self, way: Way, most_bytes: int, share: float = 1) -> None:
        """After `most_bytes` more in this direction the rest is lost, and the connection is reset."""
        self._each(share, lambda link: link.bytes_left.update({way: most_bytes}))

    def refuse(self) -> None:
        """New connections are closed at once."""
        self._refusing = True

    def accept(self) -> None:
        """Ends `refuse`."""
        self._refusing = False

    def slow(self, bytes_per_second: float) -> None:
        """Each connection, each way, passes no more than that."""
        self._bytes_per_second = bytes_per_second

    def slice(self, segment_bytes: int) -> None:
        """Everything is passed on in segments of at most that many bytes."""
        self._slice_bytes = segment_bytes

    def latency(self, seconds: float) -> None:
        """Whatever comes is passed on that much later."""
        self._latency_seconds = seconds

    def heal(self) -> None:
        """Back to a plain proxy; what `limit` met stays so."""
        self.accept()
        self._bytes_per_second, self._slice_bytes, self._latency_seconds = 0, CHUNK_BYTES, 0
        self.thaw()

    async def run(self) -> None:
        """Serves until `stop`."""
        self._over = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        await self._over.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def stop(self) -> None:
        """Ends `run`."""
        assert self._over is not None
        self._loop.call_soon_threadsafe(self._over.set)

    def await_ready(self) -> None:
        """Returns once `port` is known."""
        assert self._ready.wait(READY_SECONDS), "the proxy did not start"

    def _each(self, share: float, change: Callable[[Link], object]) -> None:
        """Changes a part of the links, in the loop's thread, and returns when that is done."""
        done = threading.Event()

        def apply() -> None:
            for link in list(self._links):
                if self._chance.random() < share:
                    change(link)
            done.set()

        self._loop.call_soon_threadsafe(apply)
        assert done.wait(READY_SECONDS), "the proxy does not answer"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(OSError, asyncio.CancelledError):
            if not self._refusing:
                await self._forward(reader, writer)
        writer.close()
        self._tasks.discard(task)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
        link = Link(writer, back)
        self._links.add(link)
        try:
            await asyncio.gather(self._pump(link, reader, Way.TO_SERVER), self._pump(link, there, Way.TO_CLIENT))
        finally:
            self._links.discard(link)
            link.close()

    async def _pump(self, link: Link, reader: asyncio.StreamReader, way: Way) -> None:
        """Ends the link when either side ends."""
        try:
            while data := await reader.read(CHUNK_BYTES):
                await link.flows.wait()
                for start in range(0, len(data), self._slice_bytes):
                    await self._pass(link, way, data[start : start + self._slice_bytes])
            await link.flows.wait()
        finally:
            link.close()

    async def _pass(self, link: Link, way: Way, data: bytes) -> None:
        if seconds := self._latency_seconds + (len(data) / self._bytes_per_second if self._bytes_per_second else 0):
            await asyncio.sleep(seconds)
        await link.send(way, link.spend(way, data))
        if link.is_spent(way):
            link.reset()


@contextmanager
def proxied(target_port: int, chance: random.Random | None = None) -> Iterator[Proxy]:
    """A running proxy in front of a port of this machine."""
    proxy = Proxy(target_port, chance)
    thread = threading.Thread(target=lambda: asyncio.run(proxy.run()), name=f"proxy to {target_port}")
    thread.start()
    proxy.await_ready()
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join(READY_SECONDS)
