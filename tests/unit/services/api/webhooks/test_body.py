"""Bodies in memory: bounded one by one, and all together."""

from collections.abc import Iterator

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from services.api.webhooks.body import Bodies
from shared.errors import InputError


def request(*chunks: bytes, length: int | None = None, is_left: bool = False) -> Request:
    """A request whose body comes in these chunks; `is_left`: it never comes to an end."""
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    more = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    last: Message = {"type": "http.disconnect"} if is_left else {"type": "http.request", "body": b""}
    messages: Iterator[Message] = iter([*more, last])

    async def receive() -> Message:
        return next(messages)

    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


async def test_it_is_joined() -> None:
    async with Bodies(10, 10).hold(request(b"hello", b"", b"world", length=10)) as body:
        assert body == b"helloworld"


@pytest.mark.parametrize(("chunks", "length"), [([], 11), ([b"hello", b"worlds"], None), ([b"hello", b"worlds"], 5)])
async def test_too_many_bytes(chunks: list[bytes], length: int | None) -> None:
    bodies = Bodies(10, 100)
    with pytest.raises(InputError, match="max_webhook_bytes") as refusal:
        async with bodies.hold(request(*chunks, length=length)):
            pass
    assert refusal.value.status == 413
    async with bodies.hold(request(b"helloworld")):
        pass


async def test_too_many_at_once() -> None:
    bodies = Bodies(10, 12)
    async with bodies.hold(request(b"helloworld")):
        async with bodies.hold(request(b"a", b"b")):
            pass
        for _ in range(2):
            with pytest.raises(InputError, match="max_webhook_bytes_at_once"):
                async with bodies.hold(request(b"a", b"bc")):
                    pass
        with pytest.raises(ClientDisconnect):
            async with bodies.hold(request(b"ab", is_left=True)):
                pass
        async with bodies.hold(request(b"ab")):
            pass
    async with bodies.hold(request(b"helloworld")), bodies.hold(request(b"ab")):
        pass
