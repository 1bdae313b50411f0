"""Who the command line is to the api."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

import typer

from cli.answers import ApiError
from cli.client import ApiClient

T = TypeVar("T")

Url = Annotated[str, typer.Option(envvar="LOGMILL_URL", help="the api's address (LOGMILL_URL)")]
Token = Annotated[str | None, typer.Option(envvar="LOGMILL_TOKEN", help="access token or API key (LOGMILL_TOKEN)")]
Email = Annotated[str | None, typer.Option(envvar="LOGMILL_EMAIL", help="log in as this user instead")]


async def token_of(url: str, token: str | None, email: str | None) -> str:
    """`token`, or that of a fresh login as `email`; asks for the password unless LOGMILL_PASSWORD has it.

    Raises ApiError where neither is given, or the login fails.
    """
    if token is not None:
        return token
    if email is None:
        raise ApiError("give --token (or LOGMILL_TOKEN), or --email to log in")
    password = os.environ.get("LOGMILL_PASSWORD") or typer.prompt("Password", hide_input=True, err=True)
    client = ApiClient(url)
    try:
        return await client.login(email, password)
    finally:
        await client.close()


@asynccontextmanager
async def logged_in(url: str, token: str | None, email: str | None) -> AsyncIterator[ApiClient]:
    """A client with that token, or logged in; closed in the end. Raises ApiError as `token_of` does."""
    client = ApiClient(url, await token_of(url, token, email))
    try:
        yield client
    finally:
        await client.close()


def as_user(url: str, token: str | None, email: str | None, do: Callable[[ApiClient], Awaitable[T]]) -> T:
    """What `do` answers when given a client that is logged in. Raises ApiError as `token_of` and `do` do."""

    async def run() -> T:
        async with logged_in(url, token, email) as client:
            return await do(client)

    return asyncio.run(run())
