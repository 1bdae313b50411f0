"""Requests that come in time and in reason; uvicorn alone waits for ever, and takes heads of any size."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20
"""From the connection, or a request's first byte, to the end of its headers."""
MAX_HEAD_BYTES = 64 * 1024
LINGER_SECONDS = 30
"""For the rest of a body that is not wanted any more: ended at once, the connection would take the answer with it."""


class BoundedHeads(HttpToolsProtocol):
    """Ends connections whose request line and headers take longer than HEAD_SECONDS, or MAX_HEAD_BYTES.

    A head that is complete with the bytes it came with is taken, whatever its size: one read is bounded anyway. A
    request that was answered before its body was whole has LINGER_SECONDS for the rest.
    """

    _due: asyncio.TimerHandle | None = None
    _rest_due: asyncio.TimerHandle | None = None
    _bytes = 0
    _is_whole = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is due."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._forget_head()
        self._forget_rest()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Another head is due."""
        super().on_message_begin()
        self._is_whole = False
        self._await_head()

    def on_headers_complete(self) -> None:
        """It is there."""
        self._forget_head()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """So is the body; the next request has as long as after any answer."""
        self._is_whole = True
        if self._rest_due is not None:
            self._forget_rest()
            keep_alive = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
            self.timeout_keep_alive_task = keep_alive
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """What is missing of the body is due."""
        super().on_response_complete()
        if not self._is_whole and self.cycle.response_complete and not self.transport.is_closing():
            self._rest_due = self.loop.call_later(LINGER_SECONDS, self.timeout_keep_alive_handler)

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

    def _forget_rest(self) -> None:
        if self._rest_due is not None:
            self._rest_due.cancel()
        self._rest_due = None
