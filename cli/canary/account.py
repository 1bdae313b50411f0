"""Who the canary is to the api: registered where it is new, logged in when that is needed."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from cli.answers import ApiError
from cli.client import ApiClient

T = TypeVar("T")
Do = Callable[[ApiClient], Awaitable[T]]


class Account:
    """One user of one api; nothing is asked before the first call."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self._url = url
        self._email = email
        self._password = password
        self._client: ApiClient | None = None

    async def call(self, do: Do[T]) -> T:
        """What `do` answers, logged in; done once more where the session has ended. Raises ApiError as it does."""
        had_logged_in = self._client is not None
        try:
            return await do(await self._logged_in())
        except ApiError as error:
            if error.status != httpx.codes.UNAUTHORIZED or not had_logged_in:
                raise
        await self.close()
        return await do(await self._logged_in())

    async def close(self) -> None:
        """Closes the connections; the next call logs in again."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _logged_in(self) -> ApiClient:
        if self._client is None:
            stranger = ApiClient(self._url, patience_seconds=0)
            try:
                self._client = ApiClient(self._url, await self._token(stranger))
            finally:
                await stranger.close()
        return self._client

    async def _token(self, stranger: ApiClient) -> str:
        try:
            return await stranger.login(self._email, self._password)
        except ApiError as refused:
            if refused.status != httpx.codes.UNAUTHORIZED:
                raise
            await self._register(stranger, refused)
        return await stranger.login(self._email, self._password)

    async def _register(self, stranger: ApiClient, refused: ApiError) -> None:
        """Raises `refused` where there is such a user: then the password is wrong."""
        try:
            await stranger.ask("POST", "/auth/register", json={"email": self._email, "password": self._password})
        except ApiError as error:
            raise (refused if error.status == httpx.codes.CONFLICT else error) from error
