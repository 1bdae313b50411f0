"""The request's body as chunks that never wait for ever."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from shared.errors import InputError


class UploadInterrupted(InputError):
    """The input ended before it was whole: the client left or fell silent, or this process stops."""


async def read_body(request: Request, *, idle_seconds: float, max_bytes: int) -> AsyncIterator[bytes]:
    """Yields the body's chunks.

    Raises UploadInterrupted when the client leaves or sends nothing for `idle_seconds`; InputError (413) once there
    are more than `max_bytes`.
    """
    received = 0
    refuse_size(request.headers.get("content-length"), max_bytes)
    chunks = request.stream().__aiter__()
    while (chunk := await _next(chunks, idle_seconds)) is not None:
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


async def _next(chunks: AsyncIterator[bytes], idle_seconds: float) -> bytes | None:
    try:
        async with asyncio.timeout(idle_seconds):
            return await anext(chunks, None)
    except ClientDisconnect:
        raise UploadInterrupted(400, "Upload interrupted", "The client closed the connection.") from None
    except TimeoutError:
        told = f"No bytes for {idle_seconds:g} s (upload_idle_timeout_seconds)."
        raise UploadInterrupted(408, "Upload stalled", told) from None
