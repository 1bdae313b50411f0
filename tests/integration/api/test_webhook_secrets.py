"""Secrets of webhooks: managed by their accounts or configured, and whose a delivery is that they signed."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from services.api.context import Context, build_context
from services.api.middleware import http_middleware
from services.api.problems import ERROR_HANDLERS
from services.api.queue_status import unmetered
from services.api.settings import ApiSettings, WebhookSecret
from services.api.webhooks import keyring as keyring_module
from services.api.webhooks import signatures
from services.api.webhooks.authentication import COUNTED_BYTES, require_signer
from services.api.webhooks.keyring import CHECKS_AT_ONCE, Keyring
from services.api.webhooks.signatures import signature_of
from shared.clock import Clock
from shared.database import Connection, Database
from shared.errors import DatabaseUnavailable
from tests.integration.api.conftest import build_reading_app
from tests.integration.api.owner import Owner

PATH = "/api/webhook-secrets"
AUDIT = "/api/audit"
BODY = b'{"zen": "Non-blocking is better than blocking."}'
SECRET = "It's a Secret to Everybody"


async def add(owner: Owner, name: str = "octo/repo", secret: str | None = None) -> dict[str, Any]:
    """The new secret as answered."""
    body = {"name": name} if secret is None else {"name": name, "secret": secret}
    answer = await owner.ask(PATH, "POST", json=body)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


async def remove(owner: Owner, added: dict[str, Any]) -> int:
    return (await owner.ask(f"{PATH}/{added['webhook_secret_id']}", "DELETE")).status_code


# Managing them


async def test_a_secret_from_its_making_to_its_end(ann: Owner) -> None:
    assert await ann.get(PATH) == {"items": [], "next_cursor": None}
    added = await add(ann, " octo/repo ")
    assert len(added["secret"]) >= 40
    listed = {name: value for name, value in added.items() if name != "secret"}
    assert listed.pop("created_at").endswith("Z")
    assert listed == {
        "webhook_secret_id": added["webhook_secret_id"],
        "name": "octo/repo",
        "hint": added["secret"][-4:],
        "source": "account",
        "payload_path": f"/webhook/github?hook={added['webhook_secret_id']}",
        "last_used_at": None,
    }
    page = await ann.ask(PATH)
    assert page.json()["items"] == [{name: value for name, value in added.items() if name != "secret"}]
    assert added["secret"] not in page.text
    assert [await remove(ann, added), await remove(ann, added)] == [204, 404]
    assert (await ann.get(PATH))["items"] == []


async def test_one_may_be_brought_along(ann: Owner) -> None:
    for secret in ("x" * 16, SECRET, "zwölf Zeichen und vier 😀", "y" * 256):
        added = await add(ann, "own", secret)
        assert (added["secret"], added["hint"]) == (secret, secret[-4:])
    assert len(await ann.all_items(PATH)) == 4


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "  "}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": "a\0b"}, "/name"),
        ({"name": "x", "secret": ""}, "/secret"),
        ({"name": "x", "secret": "x" * 15}, "/secret"),
        ({"name": "x", "secret": "x" * 257}, "/secret"),
        ({"name": "x", "secret": SECRET + "\n"}, "/secret"),
        ({"name": "x", "secret": SECRET + "\0"}, "/secret"),
        ({"name": "x", "secret": 1234567890123456}, "/secret"),
        ({"name": "x", "owner": "bob@example.org"}, "/owner"),
    ],
)
async def test_what_is_no_secret_is_refused(ann: Owner, body: dict[str, Any], pointer: str) -> None:
    answer = await ann.ask(PATH, "POST", json=body)
    assert (answer.status_code, answer.json()["title"]) == (422, "Invalid input")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert SECRET not in answer.text
    assert await ann.all_items(PATH) == []


async def test_anothers_secret_is_a_missing_one(ann: Owner, bob: Owner) -> None:
    added = await add(ann)
    assert await remove(bob, added) == 404
    assert (await ann.ask(f"{PATH}/{uuid4()}", "DELETE")).status_code == 404
    assert (await ann.ask(f"{PATH}/not-an-id", "DELETE")).status_code == 404
    assert await bob.all_items(PATH) == []
    assert len(await ann.all_items(PATH)) == 1


async def test_so_many_and_no_more_at_once_too(settings: ApiSettings, database: Database) -> None:
    few = settings.model_copy(update={"max_webhook_secrets_per_user": 2})
    app = build_reading_app(build_context(few, database, unmetered))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as http:
        ann, bob = await Owner.register(http, "ann@example.org"), await Owner.register(http, "bob@example.org")
        answers = await asyncio.gather(*(ann.ask(PATH, "POST", json={"name": "x"}) for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
        (refused, *_) = [answer.json() for answer in answers if answer.status_code == 409]
        assert refused["title"] == "Too many webhook secrets"
        assert "max_webhook_secrets_per_user" in refused["detail"]
        await add(bob)
        await remove(ann, (await ann.all_items(PATH))[0])
        await add(ann)


async def test_what_was_done_is_audited_without_the_secret(ann: Owner, bob: Owner) -> None:
    added = await add(ann)
    await remove(bob, added)
    await remove(ann, added)
    events = await ann.all_items(AUDIT)
    details = {"webhook_secret_id": added["webhook_secret_id"], "name": "octo/repo"}
    assert [(event["action"], event["details"]) for event in events] == [
        ("webhook_secret.delete", details),
        ("webhook_secret.create", details),
    ]
    assert added["secret"] not in str(events)
    assert await bob.all_items(AUDIT) == []


async def test_a_login_is_needed(http: httpx.AsyncClient, ann: Owner) -> None:
    added = await add(ann)
    for method, path in (("GET", PATH), ("POST", PATH), ("DELETE", f"{PATH}/{added['webhook_secret_id']}")):
        assert (await http.request(method, path, json={"name": "x"})).status_code == 401
    assert len(await ann.all_items(PATH)) == 1


async def test_configured_ones_are_listed_for_their_owner_and_cannot_be_deleted(
    settings: ApiSettings, database: Database
) -> None:
    app = build_reading_app(build_context(with_configured(settings, " Ann@Example.org"), database, unmetered))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as http:
        ann, bob = await Owner.register(http, "ann@example.org"), await Owner.register(http, "bob@example.org")
        own = await add(ann)
        assert await bob.all_items(PATH) == []
        listed = await ann.all_items(PATH)
    assert [item["webhook_secret_id"] for item in listed] == [own["webhook_secret_id"], None]
    assert listed[1] == {
        "webhook_secret_id": None,
        "name": "settings",
        "hint": "body",
        "source": "configuration",
        "payload_path": "/webhook/github",
        "created_at": None,
        "last_used_at": None,
    }


def with_configured(settings: ApiSettings, owner: str) -> ApiSettings:
    entry = WebhookSecret(owner=owner, secret=SecretStr(SECRET), name="settings")
    return settings.model_copy(update={"webhook_secrets": [entry]})


# Whose a delivery is


@dataclass
class Time:
    """A monotonic clock that is moved by hand."""

    seconds: float = 100

    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.seconds)


class CountedDatabase:
    """A database that counts how often it is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.asked = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        self.asked += 1
        async with self._database.acquire() as connection:
            yield connection


def keyring(database: object, time: Time, configured: Sequence[WebhookSecret] = ()) -> Keyring:
    return Keyring(configured, database, time.clock())  # type: ignore[arg-type]


async def whose(keys: Keyring, secret: str, secret_id: object = None, body: bytes = BODY) -> str | None:
    """The email of whose a delivery is that was signed with `secret`."""
    chosen = UUID(str(secret_id)) if secret_id else None
    signer = await keys.owner_of(body, signature_of(secret.encode(), body), chosen)
    return signer.email if signer else None


async def test_several_accounts_and_several_secrets_each(context: Context, ann: Owner, bob: Owner) -> None:
    keys = context.keyring
    assert await whose(keys, SECRET) is None
    old, new, bobs = await add(ann, "old"), await add(ann, "new", SECRET), await add(bob)
    signer = await keys.owner_of(BODY, signature_of(SECRET.encode(), BODY), None)
    assert signer is not None
    assert (signer.owner_id, signer.email, signer.secret_name) == (ann.user_id, ann.email, "new")
    assert str(signer.secret_id) == new["webhook_secret_id"]
    assert [await whose(keys, added["secret"]) for added in (old, new, bobs)] == [ann.email, ann.email, bob.email]
    await remove(ann, old)
    assert [await whose(keys, added["secret"]) for added in (old, new, bobs)] == [None, ann.email, bob.email]


async def test_an_id_chooses_the_one_secret_to_be_tried(context: Context, ann: Owner, bob: Owner) -> None:
    anns, bobs = await add(ann), await add(bob)
    tried: list[tuple[str, str, str | None]] = [
        (anns["secret"], anns["webhook_secret_id"], ann.email),
        (bobs["secret"], bobs["webhook_secret_id"], bob.email),
        (anns["secret"], bobs["webhook_secret_id"], None),
        (anns["secret"], str(uuid4()), None),
    ]
    assert [await whose(context.keyring, secret, chosen) for secret, chosen, _ in tried] == [
        expected for _, _, expected in tried
    ]


async def test_a_secret_of_two_accounts_is_who_had_it_first(context: Context, ann: Owner, bob: Owner) -> None:
    bobs, anns = await add(bob, secret=SECRET), await add(ann, secret=SECRET)
    assert await whose(context.keyring, SECRET) == bob.email
    assert await whose(context.keyring, SECRET, anns["webhook_secret_id"]) == ann.email
    await remove(bob, bobs)
    assert await whose(context.keyring, SECRET) == ann.email


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha1=" + "0" * 40, "sha256=" + "0" * 64])
async def test_what_is_not_signed_is_nobodys(context: Context, ann: Owner, header: str | None) -> None:
    await add(ann, secret=SECRET)
    assert await context.keyring.owner_of(BODY, header, None) is None


async def test_another_api_knows_within_seconds(database: Database, ann: Owner) -> None:
    time = Time()
    other = keyring(database, time)
    assert await whose(other, SECRET) is None
    added = await add(ann, secret=SECRET)
    assert await whose(other, SECRET) is None
    time.seconds += 1
    assert await whose(other, SECRET) == ann.email
    await remove(ann, added)
    time.seconds += 4.9
    assert await whose(other, SECRET) == ann.email
    time.seconds += 0.1
    assert await whose(other, SECRET) is None


async def test_a_secret_is_looked_for_once_a_second_however_many_guess(database: Database) -> None:
    counted, time = CountedDatabase(database), Time()
    keys = keyring(counted, time)
    for second in range(1, 4):
        await asyncio.gather(*(whose(keys, f"guess {number} of {second}") for number in range(50)))
        assert counted.asked == second
        time.seconds += 1


async def test_each_secret_is_tried_once(
    database: Database, ann: Owner, bob: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the secrets are read anew before a delivery is refused."""
    tried: list[bytes] = []

    def is_signed(secret: bytes, body: bytes, digest: bytes) -> bool:
        tried.append(secret)
        return signatures.is_signed(secret, body, digest)

    monkeypatch.setattr(keyring_module, "is_signed", is_signed)
    time = Time()
    keys = keyring(database, time)
    added = [await add(owner) for owner in (ann, bob, ann)]
    expected = [one["secret"].encode() for one in added]
    for _ in range(3):
        assert await whose(keys, SECRET) is None
        assert tried == expected
        tried.clear()
        time.seconds += 1
    await add(bob, secret=SECRET)
    assert await whose(keys, SECRET) == bob.email
    assert tried == [*expected, SECRET.encode()]


async def test_so_many_are_checked_at_once_though_nobody_waits_any_longer(
    database: Database, ann: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on, begun = threading.Event(), []

    def is_signed(secret: bytes, body: bytes, digest: bytes) -> bool:
        begun.append(body)
        going_on.wait(20)
        return signatures.is_signed(secret, body, digest)

    monkeypatch.setattr(keyring_module, "is_signed", is_signed)
    keys, body = keyring(database, Time()), b"x" * 100_000
    added = await add(ann)
    checks = [asyncio.create_task(whose(keys, added["secret"], body=body)) for _ in range(8)]
    done, waiting = await asyncio.wait(checks, timeout=0.5)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*checks, return_exceptions=True)
    staying = asyncio.create_task(whose(keys, added["secret"], body=body))
    assert await asyncio.to_thread(len, begun) == CHECKS_AT_ONCE
    going_on.set()
    assert await staying == ann.email
    assert (len(done), len(begun)) == (0, CHECKS_AT_ONCE + 1)


async def test_large_bodies(context: Context, ann: Owner) -> None:
    added = await add(ann)
    for size in (0, 64 * 1024, 64 * 1024 + 1, 25_000_000):
        assert await whose(context.keyring, added["secret"], body=b"x" * size) == ann.email
        assert await whose(context.keyring, SECRET, body=b"x" * size) is None


async def test_configured_ones(settings: ApiSettings, database: Database, ann: Owner) -> None:
    time = Time()
    configured = [*with_configured(settings, " Ann@Example.org").webhook_secrets]
    configured += with_configured(settings, "late@example.org").webhook_secrets
    keys = keyring(database, time, configured)
    with capture_logs() as logged:
        for _ in range(3):
            assert await whose(keys, SECRET) == ann.email
            time.seconds += 10
    assert [(event["log_level"], event["owner"]) for event in logged] == [("warning", "late@example.org")]
    only_late = keyring(database, time, configured[1:])
    assert await whose(only_late, SECRET) is None
    await Owner.register(ann.http, "late@example.org")
    time.seconds += 1
    signer = await only_late.owner_of(BODY, signature_of(SECRET.encode(), BODY), None)
    assert signer is not None
    assert (signer.email, signer.secret_name, signer.secret_id) == ("late@example.org", "settings", None)


async def test_when_it_was_last_used_is_written_once_a_minute(context: Context, database: Database, ann: Owner) -> None:
    now = context.clock.now()
    counted, moment = CountedDatabase(database), [now]
    keys = Keyring((), counted, Clock(now=lambda: moment[0], monotonic=lambda: 100))  # type: ignore[arg-type]
    used, _unused = await add(ann, secret=SECRET), await add(ann)
    expected = []
    for seconds in (0, 1, 59, 60, 61):
        moment[0] = now + timedelta(seconds=seconds)
        await asyncio.gather(*(whose(keys, SECRET) for _ in range(20)))
        (last,) = [
            item["last_used_at"]
            for item in await ann.all_items(PATH)
            if item["webhook_secret_id"] == used["webhook_secret_id"]
        ]
        expected.append(
            (counted.asked, last == (now + timedelta(minutes=seconds // 60)).isoformat().replace("+00:00", "Z"))
        )
    assert expected == [(2, True), (2, True), (2, True), (3, True), (3, True)]
    assert sorted(item["last_used_at"] is None for item in await ann.all_items(PATH)) == [False, True]


class AwayDatabase:
    """As `Database`, while PostgreSQL is away."""

    def __init__(self) -> None:
        self.asked = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        self.asked += 1
        await asyncio.sleep(0)
        raise DatabaseUnavailable("away")
        yield


async def test_nobody_is_refused_for_a_database_that_is_away() -> None:
    away = AwayDatabase()
    keys = keyring(away, Time())
    outcomes = await asyncio.gather(*(whose(keys, SECRET) for _ in range(20)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {DatabaseUnavailable}
    assert away.asked == 1


# Deliveries


def receiving_app(context: Context) -> Starlette:
    """The whole middleware, and a receiver that only asks who signed."""

    async def receive(request: Request) -> Response:
        signer = await require_signer(context, request, await request.body())
        return JSONResponse({"owner": signer.email}, status_code=202)

    return Starlette(
        routes=[Route("/webhook/github", receive, methods=["POST"])],
        middleware=http_middleware(context),
        exception_handlers=ERROR_HANDLERS,
    )


def client_of(app: Starlette, address: str = "198.51.100.7") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url="http://api.test")


async def deliver(
    http: httpx.AsyncClient, headers: dict[str, str], query: str = "", body: bytes = BODY
) -> httpx.Response:
    return await http.post(f"/webhook/github{query}", content=body, headers=headers)


def signed(secret: str, body: bytes = BODY) -> dict[str, str]:
    return {"X-Hub-Signature-256": signature_of(secret.encode(), body)}


async def test_every_refusal_reads_the_same(context: Context, ann: Owner) -> None:
    added = await add(ann)
    refused: list[tuple[dict[str, str], str]] = [
        ({}, ""),
        (signed("of nobody, really"), ""),
        (signed(added["secret"] + " "), ""),
        ({"X-Hub-Signature": "sha1=" + "0" * 40}, ""),
        ({"X-Hub-Signature-256": "sha1=" + "0" * 40}, ""),
        (signed(added["secret"]), f"?hook={uuid4()}"),
        (signed(added["secret"]), "?hook=no-id"),
        (signed(added["secret"]), "?hook="),
    ]
    async with client_of(receiving_app(context)) as http:
        answers = [await deliver(http, *arguments) for arguments in refused]
        accepted = await deliver(http, signed(added["secret"]), f"?hook={added['webhook_secret_id']}")
    problems = [{**answer.json(), "request_id": ""} for answer in answers]
    assert {answer.status_code for answer in answers} == {401}
    assert problems == [problems[0]] * len(refused)
    assert problems[0]["title"] == "Unauthorized"
    assert (accepted.status_code, accepted.json()) == (202, {"owner": ann.email})


async def test_only_what_is_not_signed_is_counted(settings: ApiSettings, database: Database, ann: Owner) -> None:
    added = await add(ann)
    slow = settings.model_copy(update={"requests_per_second": 0.01, "request_burst": 3})
    app = receiving_app(build_context(slow, database, unmetered))
    wrong, right = signed("of nobody, really"), signed(added["secret"])
    async with client_of(app) as http, client_of(app, "198.51.100.8") as elsewhere:
        before = [(await deliver(http, right)).status_code for _ in range(10)]
        guesses = [await deliver(http, headers) for headers in (wrong, {}, wrong, wrong, {}, wrong)]
        after = [(await deliver(http, right)).status_code for _ in range(10)]
        others = [(await deliver(elsewhere, wrong)).status_code for _ in range(2)]
    assert (before, after, others) == ([202] * 10, [202] * 10, [401, 401])
    assert [answer.status_code for answer in guesses] == [401, 401, 401, 429, 429, 429]
    assert int(guesses[-1].headers["retry-after"]) > 60


async def test_who_had_much_hashed_in_vain_has_to_name_the_secret(
    settings: ApiSettings, database: Database, ann: Owner
) -> None:
    """Of an address that owes, nothing is checked with every secret; others go on as before."""
    added = await add(ann)
    slow = settings.model_copy(update={"requests_per_second": 0.01, "request_burst": 3})
    app = receiving_app(build_context(slow, database, unmetered))
    right, large = signed(added["secret"]), b"x" * (4 * COUNTED_BYTES)
    named = f"?hook={added['webhook_secret_id']}"
    async with client_of(app) as http, client_of(app, "198.51.100.8") as elsewhere:
        vain = [await deliver(http, headers, body=large) for headers in (signed("of nobody, really", large), right)]
        unnamed, by_name, other = (
            await deliver(http, right),
            await deliver(http, right, named),
            await deliver(elsewhere, right),
        )
    assert [answer.status_code for answer in (*vain, unnamed, by_name, other)] == [401, 429, 429, 202, 202]
    assert int(unnamed.headers["retry-after"]) > 100


async def test_a_receiver_without_its_database_refuses_nobody_for_good(context: Context) -> None:
    nowhere = replace(context, keyring=keyring(AwayDatabase(), Time()))
    async with client_of(receiving_app(nowhere)) as http:
        answer = await deliver(http, signed(SECRET))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
