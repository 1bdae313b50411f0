"""The bodies of webhook deliveries: whole in memory, so many bytes of them at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from shared.errors import InputError


class Bodies:
    """Those that are held, of at most `max_bytes` each and `max_bytes_at_once` together."""

    def __init__(self, max_bytes: int, max_bytes_at_once: int) -> None:
        self._max_bytes = max_bytes
        self._max_bytes_at_once = max_bytes_at_once
        self._held_bytes = 0

    @asynccontextmanager
    async def hold(self, request: Request) -> AsyncIterator[bytes]:
        """The request's body, counted as held for as long as the block lasts.

        Raises InputError (413 for a larger one, 503 where there are too many) and ClientDisconnect.
        """
        self._require(int(request.headers.get("content-length", 0)))
        chunks: list[bytes] = []
        received = 0
        try:
            async for chunk in request.stream():
                received += len(chunk)
                self._held_bytes += len(chunk)
                self._require(received)
                chunks.append(chunk)
            body = b"".join(chunks)
            chunks.clear()
            yield body
        finally:
            self._held_bytes -= received

    def _require(self, size: int) -> None:
        if size > self._max_bytes:
            told = f"A delivery may have at most {self._max_bytes} bytes (max_webhook_bytes)."
            raise InputError(413, "Payload too large", told)
        if self._held_bytes > self._max_bytes_at_once:
            told = "As many bytes of deliveries as may be are being taken in just now (max_webhook_bytes_at_once)."
            raise InputError(503, "Too busy", told)
