"""A registered user who asks the api."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

PASSWORD = "correct horse battery"


@dataclass
class Owner:
    """A user with an access token."""

    http: httpx.AsyncClient
    user_id: UUID
    email: str
    token: str

    @classmethod
    async def register(cls, http: httpx.AsyncClient, email: str) -> "Owner":
        """Registers and logs in; the client keeps no cookie of it."""
        credentials = {"email": email, "password": PASSWORD}
        registered = (await http.post("/auth/register", json=credentials)).raise_for_status().json()
        token = (await http.post("/auth/login", json=credentials)).raise_for_status().json()["access_token"]
        http.cookies.clear()
        return cls(http, UUID(registered["user_id"]), email, token)

    async def ask(self, path: str, method: str = "GET", **arguments: Any) -> httpx.Response:
        """The answer to a request as this user."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.http.request(method, path, headers=headers, **arguments)

    async def get(self, path: str, **query: object) -> Any:
        """The JSON of a successful GET."""
        answer = await self.ask(path, params={name: str(value) for name, value in query.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def pages(self, path: str, **query: object) -> list[list[Any]]:
        """The items of every page."""
        found: list[list[Any]] = []
        cursor: dict[str, object] = {}
        while True:
            page = await self.get(path, **query, **cursor)
            found.append(page["items"])
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    async def all_items(self, path: str, **query: object) -> list[Any]:
        """The items of all pages in one list."""
        return [item for page in await self.pages(path, **query) for item in page]
