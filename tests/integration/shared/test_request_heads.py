"""A server that nobody keeps waiting for the end of headers, or of a body it does not want."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from shared import request_heads
from shared.lifecycle import Stop
from shared.operations import serve_http
from tests.support.suite import free_port

ASKED = b"GET /it HTTP/1.1\r\nHost: x\r\n"


async def it(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("it")


async def refused(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("no", 503)


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server in a hurry."""
    monkeypatch.setattr(request_heads, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(request_heads, "LINGER_SECONDS", 0.3)
    stop, chosen = Stop(), free_port()
    app = Starlette(routes=[Route("/it", it), Route("/refused", refused, methods=["POST"])])
    serving = asyncio.create_task(serve_http(app, "api", "127.0.0.1", chosen, stop, drain_seconds=1))
    yield chosen
    stop.set()
    await serving


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(10):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GE", ASKED, ASKED + b"X-Long: " + b"x" * 1000])
async def test_half_a_head_ends_the_connection(port: int, sent: bytes) -> None:
    reader, writer = await connect(port)
    writer.write(sent)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


async def test_endless_headers_are_refused(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_heads, "HEAD_SECONDS", 60)
    reader, writer = await connect(port)
    writer.write(ASKED)
    for number in range(40):
        writer.write(b"X-%d: %s\r\n" % (number, b"x" * 4096))
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_a_second_head_has_its_own_time(port: int) -> None:
    """Between two requests a connection may rest longer than a head may take."""
    reader, writer = await connect(port)
    for _ in range(2):
        writer.write(ASKED + b"\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(2) == b"it"
        await asyncio.sleep(2 * request_heads.HEAD_SECONDS)
    writer.write(ASKED)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


REFUSED = b"POST /refused HTTP/1.1\r\nHost: x\r\n"
SIZED, CHUNKED = b"Content-Length: 1000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(("head", "piece"), [(SIZED, b"x"), (CHUNKED, b"1\r\nx\r\n"), (SIZED, b"")])
async def test_the_rest_of_an_unwanted_body_has_its_time(port: int, head: bytes, piece: bytes) -> None:
    """However it trickles; and the answer is there before."""
    reader, writer = await connect(port)
    writer.write(REFUSED + head)
    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 503 ")
        assert await reader.readexactly(2) == b"no"
        while not reader.at_eof():
            writer.write(piece)
            await asyncio.sleep(0.05)
    writer.close()


async def test_after_the_rest_of_an_unwanted_body_comes_the_next_request(port: int) -> None:
    reader, writer = await connect(port)
    for _ in range(3):
        writer.write(REFUSED + b"Content-Length: 6\r\n\r\nrest")
        assert (await reader.readuntil(b"no")).startswith(b"HTTP/1.1 503 ")
        writer.write(b"..")
    await asyncio.sleep(2 * request_heads.LINGER_SECONDS)
    writer.write(ASKED + b"\r\n")
    assert (await reader.readuntil(b"it")).startswith(b"HTTP/1.1 200 ")
    writer.close()
