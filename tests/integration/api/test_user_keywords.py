"""The words a user wants counted."""

from typing import Any

import pytest

from services.api.context import Context
from services.api.user_hints import user_hints
from shared.messages import InputHints
from tests.integration.api.owner import Owner

PATH = "/api/keywords"
USUAL = ["error", "exception", "failed", "timeout", "denied", "refused"]


async def test_the_usual_ones_then_own_then_the_usual_ones(ann: Owner, context: Context) -> None:
    assert await ann.get(PATH) == {"keywords": USUAL, "is_default": True}
    assert (await user_hints(context, ann.user_id, InputHints())).keywords is None
    put = await ann.ask(PATH, "PUT", json={"keywords": ["Deadlock", "out of memory", " deadlock "]})
    assert (put.status_code, put.json()) == (200, {"keywords": ["Deadlock", "out of memory"], "is_default": False})
    assert await ann.get(PATH) == put.json()
    assert (await user_hints(context, ann.user_id, InputHints())).keywords == ("Deadlock", "out of memory")
    for _ in range(2):
        assert (await ann.ask(PATH, "DELETE")).status_code == 204
        assert (await ann.get(PATH))["is_default"] is True


async def test_none_at_all(ann: Owner, context: Context) -> None:
    assert (await ann.ask(PATH, "PUT", json={"keywords": []})).status_code == 200
    assert await ann.get(PATH) == {"keywords": [], "is_default": False}
    assert (await user_hints(context, ann.user_id, InputHints())).keywords == ()


async def test_everyone_has_their_own(ann: Owner, bob: Owner) -> None:
    await ann.ask(PATH, "PUT", json={"keywords": ["secret"]})
    assert (await bob.get(PATH))["keywords"] == USUAL


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"keywords": "error"},
        {"keywords": [""]},
        {"keywords": ["  "]},
        {"keywords": ["x" * 101]},
        {"keywords": ["a\0b"]},
        {"keywords": ["two\nlines"]},
        {"keywords": ["x"] * 101},
        {"keywords": [1]},
        {"keywords": [], "more": 1},
    ],
)
async def test_what_cannot_be_counted_is_refused(ann: Owner, body: dict[str, Any]) -> None:
    answer = await ann.ask(PATH, "PUT", json=body)
    assert (answer.status_code, answer.json()["title"]) == (422, "Invalid input")
    assert answer.json()["errors"][0]["pointer"].startswith(("/keywords", "/more"))


async def test_a_login_is_needed(ann: Owner) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert (await ann.http.request(method, PATH, json={"keywords": []})).status_code == 401
