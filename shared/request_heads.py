"""Request heads that come in time and in reason; uvicorn alone waits for ever, and takes any size."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20
"""From the connection, or a request's first byte, to the end of its headers."""
MAX_HEAD_BYTES = 64 * 1024


class BoundedHeads(HttpToolsProtocol):
    """Ends connections whose request line and headers take longer than HEAD_SECONDS, or MAX_HEAD_BYTES.

    A head that is complete with the bytes it came with is taken, whatever its size: one read is bounded anyway.
    """

    _due: asyncio.TimerHandle | None = None
    _bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is due."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._forget_head()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Another head is due."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """It is there."""
        self._forget_head()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Counts what came of a head that is still not whole."""
        super().data_received(data)
        if self._due is not None:
            self._bytes += len(data)
            if self._bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The request's headers are too long.")

    def _await_head(self) -> None:
        self._forget_head()
        self._due = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _forget_head(self) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due, self._bytes = None, 0
