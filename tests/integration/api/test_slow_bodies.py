"""A small body that does not come to an end is not waited for."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from services.api import operations


async def dribble() -> AsyncIterator[bytes]:
    """As slowly as it takes to look alive for ever."""
    while True:
        yield b" "
        await asyncio.sleep(0.05)


async def test_it_is_408(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "BODY_SECONDS", 0.3)
    async with asyncio.timeout(10):
        answer = await http.post("/auth/login", content=dribble(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["title"]) == (408, "Request timeout")
