"""A canary's account: made where it is new, logged in when needed, again when its session has ended."""

from functools import partial

import httpx
import pytest

from cli.answers import ApiBusy, ApiError
from cli.canary.account import Account
from cli.client import ApiClient
from tests.unit.cli.stub import StubApi, problem

LOGIN, REGISTER, ME = "POST /auth/login", "POST /auth/register", "GET /auth/me"
TOKEN = {"access_token": "token"}
REFUSED = problem(401, "Login refused")


async def ask(client: ApiClient) -> object:
    return await client.ask("GET", "/auth/me")


def account(monkeypatch: pytest.MonkeyPatch, api: StubApi) -> Account:
    monkeypatch.setattr("cli.canary.account.ApiClient", partial(ApiClient, transport=httpx.MockTransport(api)))
    return Account("http://127.0.0.1:1", "canary@localhost", "password")


async def test_it_logs_in_once(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({LOGIN: TOKEN, ME: {"email": "canary@localhost"}})
    canary = account(monkeypatch, api)
    for _ in range(2):
        assert await canary.call(ask) == {"email": "canary@localhost"}
    assert api.asked == [LOGIN, ME, ME]


async def test_it_registers_where_it_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({LOGIN: [REFUSED, httpx.Response(200, json=TOKEN)], REGISTER: {}, ME: {}})
    await account(monkeypatch, api).call(ask)
    assert api.asked == [LOGIN, REGISTER, LOGIN, ME]


async def test_a_session_that_has_ended_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi(
        {LOGIN: TOKEN, ME: [httpx.Response(200, json={}), problem(401, "Not logged in"), httpx.Response(200, json={})]}
    )
    canary = account(monkeypatch, api)
    for _ in range(2):
        await canary.call(ask)
    assert api.asked == [LOGIN, ME, ME, LOGIN, ME]


@pytest.mark.parametrize(
    ("table", "error", "told"),
    [
        ({LOGIN: REFUSED, REGISTER: problem(409, "Email taken")}, ApiError, "/auth/login answered 401"),
        ({LOGIN: REFUSED, REGISTER: problem(422, "Invalid")}, ApiError, "/auth/register answered 422"),
        ({LOGIN: problem(429, "Too many")}, ApiBusy, "/auth/login answered 429"),
        ({LOGIN: TOKEN, ME: problem(401, "Not logged in")}, ApiError, "/auth/me answered 401"),
    ],
)
async def test_what_keeps_it_out_is_raised(
    monkeypatch: pytest.MonkeyPatch, table: dict[str, httpx.Response], error: type[ApiError], told: str
) -> None:
    with pytest.raises(error, match=told):
        await account(monkeypatch, StubApi(table)).call(ask)
