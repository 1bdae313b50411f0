"""One request for each of several things: what is refused of one does not keep the others from being done."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import httpx

from cli.answers import ApiError
from cli.terminal import note

Item = TypeVar("Item")
Done = TypeVar("Done")

OF_THIS_ONE = frozenset({httpx.codes.NOT_FOUND, httpx.codes.CONFLICT})
"""What these say is true of one thing; any other refusal would meet the next one as well."""


async def do_each(items: Iterable[Item], do: Callable[[Item], Awaitable[Done]]) -> tuple[list[Done], int]:
    """What `do` answered, and how many it refused: each of those is said. Raises any other ApiError at once."""
    done: list[Done] = []
    refused = 0
    for item in dict.fromkeys(items):
        try:
            done.append(await do(item))
        except ApiError as error:
            if error.status not in OF_THIS_ONE:
                raise
            note(f"error: {error}")
            refused += 1
    return done, refused
