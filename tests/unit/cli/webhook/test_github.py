"""A webhook at GitHub: pages, payloads, what is asked again, and where the token goes."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cli.answers import ApiError
from cli.webhook.attempts import Attempt
from cli.webhook.github import GithubError, GithubHook, next_query
from cli.webhook.refusals import DeliveryRefused

LIST = "/repos/octo/widget/hooks/7/deliveries"


class Github:
    """Answers one after the other; an exception is raised. The last one stays."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.requests]

    @asynccontextmanager
    async def hook(self, token: str = "token") -> AsyncIterator[tuple[GithubHook, list[str]]]:
        """The client, and what it tells."""
        told: list[str] = []
        transport = httpx.MockTransport(self)
        hook = GithubHook(
            "https://ghe.example.com/api/v3", "/repos/octo/widget", 7, token, told.append, transport=transport
        )
        try:
            yield hook, told
        finally:
            await hook.close()


def attempt(number: int, **told: object) -> dict[str, Any]:
    return {
        "id": number,
        "guid": f"g{number}",
        "delivered_at": f"2026-03-05T00:00:{number:02}Z",
        "event": "push",
        **told,
    }


def page(*numbers: int, after: str | None = None) -> httpx.Response:
    headers = {"Link": f'<{after}>; rel="next"'} if after else {}
    return httpx.Response(200, json=[attempt(number) for number in numbers], headers=headers)


def refusal(status: int, message: str, **headers: str) -> httpx.Response:
    return httpx.Response(
        status, json={"message": message}, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


ATTEMPT = Attempt(id=12, guid="g", delivered_at=datetime(2026, 3, 5, tzinfo=UTC), event="push")


def pages() -> Iterator[httpx.Response]:
    yield page(9, 8, after="https://elsewhere.example.net/repositories/1/hooks/7/deliveries?per_page=2&cursor=v1_8")
    yield page(7, after="https://elsewhere.example.net/repositories/1/hooks/7/deliveries?cursor=v1_7&per_page=2")
    yield page(6)


@pytest.mark.parametrize(
    ("since", "expected", "asked"),
    [
        (None, [9, 8, 7, 6], 3),
        (datetime(2026, 3, 5, 0, 0, 7, tzinfo=UTC), [9, 8, 7], 3),
        (datetime(2026, 3, 5, 0, 0, 8, tzinfo=UTC), [9, 8], 2),
        (datetime(2026, 3, 6, tzinfo=UTC), [], 1),
    ],
)
async def test_every_page_is_read(since: datetime | None, expected: list[int], asked: int) -> None:
    github = Github(*pages())
    async with github.hook() as (hook, told):
        assert [each.id async for each in hook.attempts(since)] == expected
    first, second, third = f"GET /api/v3{LIST}?per_page=100", "?per_page=2&cursor=v1_8", "?cursor=v1_7&per_page=2"
    assert github.asked == [first, f"GET /api/v3{LIST}{second}", f"GET /api/v3{LIST}{third}"][:asked]
    assert {request.url.host for request in github.requests} == {"ghe.example.com"}
    assert {request.headers["Authorization"] for request in github.requests} == {"Bearer token"}
    assert told == []


async def test_a_page_after_itself_is_not_read_for_ever() -> None:
    again = page(9, after="https://api.github.com/x?cursor=v1_8")
    github = Github(again, again, again)
    async with github.hook() as (hook, _):
        assert len([each async for each in hook.attempts()]) == 2


@pytest.mark.parametrize("trouble", [refusal(502, "bad", retry_after="0"), refusal(429, "slow", retry_after="0")])
async def test_it_is_asked_again(trouble: httpx.Response) -> None:
    github = Github(trouble, trouble, page(3))
    async with github.hook() as (hook, _):
        assert [each.id async for each in hook.attempts()] == [3]
    assert len(github.requests) == 3


async def test_a_pause_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.webhook.github.TOLD_SECONDS", 0)
    monkeypatch.setattr("cli.webhook.pacing.FIRST_PAUSE_SECONDS", 0.1)
    github = Github(httpx.ConnectError("nobody listens"), httpx.ReadTimeout(""), page(3))
    async with github.hook() as (hook, told):
        assert [each.id async for each in hook.attempts()] == [3]
    assert told == [
        "GitHub does not answer: nobody listens; it is asked again in 0.1 s",
        "GitHub does not answer: ReadTimeout; it is asked again in 0.2 s",
    ]


@pytest.mark.parametrize(
    ("answer", "said", "expected"),
    [
        (refusal(401, "Bad credentials"), "answered 401 \\(Bad credentials\\)", GithubError),
        (refusal(403, "Must have admin rights"), "answered 403", GithubError),
        (refusal(404, "Not Found"), f"answered 404 \\(Not Found\\): GET {LIST}/12", DeliveryRefused),
        (httpx.Response(404, text="gone"), "answered 404 \\(Not Found\\)", DeliveryRefused),
        (httpx.Response(200, text="<html>"), "does not answer as GitHub's API does", GithubError),
        (httpx.Response(200, json={"request": {"payload": None}}), "has the payload no more", DeliveryRefused),
        (httpx.Response(200, json={"request": {}}), "has the payload no more", DeliveryRefused),
    ],
)
async def test_what_is_refused(answer: httpx.Response, said: str, expected: type[Exception]) -> None:
    async with Github(answer).hook() as (hook, _):
        with pytest.raises(expected, match=said):
            await hook.payload(ATTEMPT)


async def test_a_list_that_is_refused_is_no_delivery() -> None:
    async with Github(refusal(404, "Not Found")).hook() as (hook, _):
        with pytest.raises(GithubError, match="answered 404"):
            await anext(hook.attempts())


async def test_a_payload_is_as_github_writes_it() -> None:
    payload = '{"a": 1.10,  "b": "\\u00e9\\u0000", "a": 12345678901234567890123}'
    answer = httpx.Response(
        200, text=f'{{"id": 12, "request": {{"headers": {{}}, "payload": {payload}}}, "response": 0}}'
    )
    github = Github(answer)
    async with github.hook() as (hook, _):
        assert await hook.payload(ATTEMPT) == payload.encode()
    assert github.asked == [f"GET /api/v3{LIST}/12"]


async def test_redelivery() -> None:
    github = Github(httpx.Response(202, json={}))
    async with github.hook() as (hook, told):
        await hook.redeliver(ATTEMPT)
    assert (github.asked, told) == ([f"POST /api/v3{LIST}/12/attempts"], [])


@pytest.mark.parametrize("broken", [{}, [{"id": 1}], [attempt(1) | {"delivered_at": "2026-03-05T00:00:00"}], "no"])
async def test_a_list_of_something_else(broken: object) -> None:
    async with Github(httpx.Response(200, content=json.dumps(broken))).hook() as (hook, _):
        with pytest.raises(GithubError, match="does not answer as GitHub's API does"):
            await anext(hook.attempts())


async def test_what_is_no_token() -> None:
    with pytest.raises(ApiError, match="no token has"):
        async with Github(page()).hook("a\nb"):
            pass


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("", {}),
        ('<https://api.github.com/x?per_page=2&cursor=v1_8>; rel="next"', {"per_page": "2", "cursor": "v1_8"}),
        (
            '<https://api.github.com/x?cursor=1>; rel="prev", <https://api.github.com/x?cursor=2>; rel="next"',
            {"cursor": "2"},
        ),
        ('<https://api.github.com/x?cursor=1>; rel="first"', {}),
        ("<https://[nowhere>; rel=next", {}),
    ],
)
def test_the_next_page(link: str, expected: dict[str, str]) -> None:
    assert next_query(httpx.Response(200, headers={"Link": link})) == expected
