"""The request's body as chunks that never wait for ever."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from shared.errors import InputError
from shared.lifecycle import Stop


class UploadInterrupted(InputError):
    """The input ended before it was whole: the client left or fell silent, or this process stops."""


async def read_body(
    request: Request, stop: Stop, *, idle_seconds: float, max_bytes: int, stop_grace_seconds: float
) -> AsyncIterator[bytes]:
    """Yields the body's chunks.

    Raises UploadInterrupted when the client leaves, sends nothing for `idle_seconds`, or the process has been
    stopping for `stop_grace_seconds`; InputError (413) once there are more than `max_bytes`.
    """
    received = 0
    refuse_size(request.headers.get("content-length"), max_bytes)
    chunks = request.stream().__aiter__()
    while (chunk := await _next(chunks, stop, idle_seconds, stop_grace_seconds)) is not None:
        received += len(chunk)
        if received > max_bytes:
            raise too_large(max_bytes)
        if chunk:
            yield chunk


def refuse_size(content_length: str | None, max_bytes: int) -> None:
    """Raises InputError (413) before a byte is read where the announced length is over the limit."""
    if content_length is not None and int(content_length) > max_bytes:
        raise too_large(max_bytes)


def too_large(max_bytes: int) -> InputError:
    """The refusal of a body over the limit; names the setting."""
    return InputError(413, "Upload too large", f"An upload may have at most {max_bytes} bytes (max_upload_bytes).")


async def _next(
    chunks: AsyncIterator[bytes], stop: Stop, idle_seconds: float, stop_grace_seconds: float
) -> bytes | None:
    reading = asyncio.ensure_future(anext(chunks, None))
    stopping = asyncio.ensure_future(_after(stop, stop_grace_seconds))
    try:
        await asyncio.wait((reading, stopping), timeout=idle_seconds, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            return reading.result()
        if stopping.done():
            raise UploadInterrupted(503, "Service stopping", "The service is stopping; send the upload again.")
        raise UploadInterrupted(
            408, "Upload stalled", f"No bytes for {idle_seconds:g} s (upload_idle_timeout_seconds)."
        )
    except ClientDisconnect:
        raise UploadInterrupted(400, "Upload interrupted", "The client closed the connection.") from None
    finally:
        reading.cancel()
        stopping.cancel()


async def _after(stop: Stop, seconds: float) -> None:
    await stop.wait()
    await asyncio.sleep(seconds)
