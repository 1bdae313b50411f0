"""Registering, logging in and out, API keys, and what is refused."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.api.auth.accounts import find_by_session
from services.api.auth.api_keys import find_by_key
from services.api.auth.authentication import is_still_valid
from services.api.auth.tokens import SessionClaim
from services.api.context import Context
from services.api.operations import MAX_BODY_BYTES
from shared.database import Database
from tests.integration.api.owner import PASSWORD, Owner

GOOD = {"email": "new@example.org", "password": PASSWORD}


async def test_register_log_in_and_out(http: httpx.AsyncClient) -> None:
    registered = await http.post("/auth/register", json={"email": " New@Example.org ", "password": PASSWORD})
    assert registered.status_code == 201
    assert registered.json()["email"] == "new@example.org"

    answer = await http.post("/auth/login", json={"email": "NEW@example.org", "password": PASSWORD})
    token = answer.json()
    assert (token["token_type"], token["expires_in"]) == ("bearer", 86_400)
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("logmill_session=")
    assert {"httponly", "samesite=lax", "path=/"} <= set(cookie.split("; "))
    assert "secure" not in cookie

    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    me = await http.get("/auth/me")  # by cookie
    assert me.json() == registered.json()
    assert (await http.post("/auth/logout")).status_code == 204
    assert http.cookies.get("logmill_session") is None
    assert (await http.get("/auth/me", headers=bearer)).status_code == 401


BAD_REGISTRATIONS: list[tuple[object, int, list[str]]] = [
    (GOOD | {"password": "short"}, 422, ["/password"]),
    (GOOD | {"password": "password123"}, 422, ["/password"]),
    (GOOD | {"email": "nobody"}, 422, ["/email"]),
    (GOOD | {"email": "a b@example.org"}, 422, ["/email"]),
    (GOOD | {"email": "a\0@example.org"}, 422, ["/email"]),
    (GOOD | {"email": "a" * 250 + "@example.org"}, 422, ["/email"]),
    (GOOD | {"admin": True}, 422, ["/admin"]),
    ({"email": "new@example.org"}, 422, ["/password"]),
    ([], 422, [""]),
    ("x" * MAX_BODY_BYTES, 413, []),
]


async def test_a_bad_registration(http: httpx.AsyncClient) -> None:
    for body, status, pointers in BAD_REGISTRATIONS:
        answer = await http.post("/auth/register", json=body)
        assert answer.status_code == status, body
        assert [error["pointer"] for error in answer.json().get("errors", [])] == pointers
        assert "password123" not in answer.text


BAD_BODIES = [
    (b"{", "application/json", 422),
    (b"\xff", "application/json; charset=utf-8", 422),
    (b'{"email": "\\ud800@example.org", "password": "x"}', "application/json", 422),
    (b"email=a@example.org&password=x", "application/x-www-form-urlencoded", 415),
    (b'{"email": "a@example.org", "password": "x"}', "text/plain", 415),
    (b"", "", 415),
]


async def test_a_body_of_another_kind(http: httpx.AsyncClient) -> None:
    for content, content_type, status in BAD_BODIES:
        answer = await http.post("/auth/login", content=content, headers={"Content-Type": content_type})
        assert answer.status_code == status, content
        assert answer.headers["content-type"] == "application/problem+json"


async def test_an_email_is_taken_once(http: httpx.AsyncClient, ann: Owner) -> None:
    answer = await http.post("/auth/register", json={"email": ann.email.upper(), "password": PASSWORD})
    assert answer.status_code == 409


async def test_who_is_unknown_is_told_what_a_wrong_password_is_told(http: httpx.AsyncClient, ann: Owner) -> None:
    answers = [
        await http.post(
            "/auth/login", json={"email": email, "password": "wrong password"}, headers={"X-Request-ID": "r"}
        )
        for email in (ann.email, "nobody@example.org")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content
    assert dict(answers[0].headers) == dict(answers[1].headers)


BAD_CREDENTIALS = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer x.y.z",
    "Bearer lm_nonsense",
    "Basic YTpi",
    "lm_nonsense",
    "Bearer " + "x" * 5000,
]


async def test_a_bad_credential_is_401_even_beside_a_good_cookie(http: httpx.AsyncClient, ann: Owner) -> None:
    http.cookies.set("logmill_session", ann.token)
    assert (await http.get("/auth/me")).status_code == 200
    for authorization in BAD_CREDENTIALS:
        answer = await http.get("/auth/me", headers={"Authorization": authorization})
        assert answer.status_code == 401, authorization
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 204),
        ({"Sec-Fetch-Site": "same-origin"}, 204),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://api.test"}, 204),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_another_sites_page_cannot_use_the_cookie(
    http: httpx.AsyncClient, ann: Owner, headers: dict[str, str], status: int
) -> None:
    http.cookies.set("logmill_session", ann.token)
    assert (await http.post("/auth/logout", headers=headers)).status_code == status
    assert (await http.get("/auth/me")).status_code == (401 if status == 204 else 200)


async def test_a_token_needs_no_own_site(ann: Owner) -> None:
    answer = await ann.ask("/auth/api-keys", "POST", json={"name": "script"})
    assert answer.status_code == 201


async def test_an_api_key_is_shown_once_works_and_can_be_revoked(
    http: httpx.AsyncClient, ann: Owner, bob: Owner, database: Database
) -> None:
    made = (await ann.ask("/auth/api-keys", "POST", json={"name": "script"})).json()
    key = made.pop("api_key")
    assert key.startswith("lm_")
    assert len(key) >= 3 + 128 / 6
    assert await ann.all_items("/auth/api-keys") == [made]
    assert await bob.all_items("/auth/api-keys") == []
    async with database.acquire() as connection:
        stored = str(await connection.fetch("SELECT * FROM api_keys"))
    assert key not in stored

    by_key = {"Authorization": f"Bearer {key}"}
    assert (await http.get("/auth/me", headers=by_key)).json()["email"] == ann.email
    path = f"/auth/api-keys/{made['api_key_id']}"
    assert (await bob.ask(path, "DELETE")).status_code == 404
    assert (await ann.ask(path, "DELETE")).status_code == 204
    assert (await ann.ask(path, "DELETE")).status_code == 404
    assert (await http.get("/auth/me", headers=by_key)).status_code == 401


async def test_keys_come_in_pages(ann: Owner) -> None:
    for name in "abcde":
        await ann.ask("/auth/api-keys", "POST", json={"name": name})
    pages = await ann.pages("/auth/api-keys", limit=2)
    assert [[key["name"] for key in page] for page in pages] == [["e", "d"], ["c", "b"], ["a"]]


async def test_what_outlives_its_request_can_be_checked_again(context: Context, ann: Owner) -> None:
    secret = (await ann.ask("/auth/api-keys", "POST", json={"name": "script"})).json()
    by_key = await find_by_key(context.database, secret["api_key"])
    claim = context.tokens.read(ann.token)
    assert isinstance(claim, SessionClaim)
    by_session = await find_by_session(context.database, claim, context.clock.now())
    assert by_key is not None
    assert by_session is not None
    assert await is_still_valid(context, by_session)
    assert await is_still_valid(context, by_key)
    await ann.ask(f"/auth/api-keys/{secret['api_key_id']}", "DELETE")
    await ann.ask("/auth/logout", "POST")
    assert not await is_still_valid(context, by_session)
    assert not await is_still_valid(context, by_key)


async def test_a_session_ends_by_itself(context: Context, ann: Owner) -> None:
    claim = context.tokens.read(ann.token)
    assert isinstance(claim, SessionClaim)
    later = context.clock.now() + timedelta(seconds=context.settings.session_seconds + 1)
    assert await find_by_session(context.database, claim, context.clock.now()) is not None
    assert await find_by_session(context.database, claim, later) is None
    stolen = SessionClaim(UUID(int=1), claim.session_id)
    assert await find_by_session(context.database, stolen, context.clock.now()) is None
