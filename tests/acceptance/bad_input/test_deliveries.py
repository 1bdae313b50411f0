"""Webhook deliveries as they should not be: what nobody signed leaves nothing, what nobody can read says why."""

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import httpx
import pytest

from tests.support.suite import Suite
from tests.support.user import User
from tests.support.webhooks import Hook, hook_of, message, payload_of, signature

Headers = Mapping[str, str | None]

SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
DIGEST = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
"""The vector GitHub publishes."""
OTHER_SECRET = "nobody has told this one"
TOO_LARGE = 26_000_000
LARGEST = 25_000_000
CONTENT = json.dumps(message("one")).encode()
SIGNED = "X-Hub-Signature-256"
UNSIGNED: list[tuple[str, Headers]] = [
    ("no signature", {SIGNED: None, "X-Hub-Signature": None}),
    ("sha1 only", {SIGNED: None}),
    ("an empty one", {SIGNED: ""}),
    ("another secret's", {SIGNED: signature(OTHER_SECRET, CONTENT)}),
    ("another secret's with the right sha1", {SIGNED: signature(OTHER_SECRET, CONTENT)}),
    ("an empty secret's", {SIGNED: signature("", CONTENT)}),
    ("another content's", {SIGNED: signature(SECRET, CONTENT + b" ")}),
    ("text", {SIGNED: "sha256=yes"}),
    ("bytes that are no text", {SIGNED: "sha256=\xe9\xff"}),
    ("a very long one", {SIGNED: "sha256=" + "0" * 8000}),
]
"""Headers of a delivery that is not signed, whatever the secret."""


@pytest.fixture
def hook(user: User) -> Hook:
    """A hook of the user's."""
    return hook_of(user)


def mangled(good: str) -> Iterator[tuple[str, str]]:
    """Signatures that are nearly right."""
    yield "no algorithm", good.removeprefix("sha256=")
    yield "another algorithm's name", good.replace("sha256", "sha1")
    yield "another digit", good[:-1] + ("0" if good[-1] != "0" else "1")
    yield "cut off", good[:-1]
    yield "one digit more", good + "0"
    yield "twice", f"{good},{good}"
    yield "text behind it", f"{good} x"


def assert_left_nothing(user: User) -> None:
    assert user.get("/api/jobs")["items"] == []
    assert user.get("/api/webhook-deliveries")["items"] == []
    assert user.get("/api/stats")["lines_read"] == 0


def test_what_is_not_signed_is_401_and_nothing_is_stored(user: User, hook: Hook) -> None:
    """One wording for all of it: whoever guesses learns nothing."""
    wrong = [*UNSIGNED, *((name, {SIGNED: value}) for name, value in mangled(signature(hook.secret, CONTENT)))]
    tellings = set()
    for name, headers in wrong:
        answer = hook.deliver(CONTENT, headers=encoded(headers))
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json"), name
        problem = answer.json()
        tellings.add((problem["type"], problem["title"], problem["detail"]))
    assert len(tellings) == 1
    assert_left_nothing(user)
    assert hook.deliver(CONTENT).status_code == 202


def encoded(headers: Headers) -> Headers:
    """With values that no header ought to have, as they would come over the wire."""
    return {name: value.encode("latin-1") if value else value for name, value in headers.items()}  # type: ignore[misc]


@pytest.mark.parametrize("content", [b"", b"no JSON", b"\xff\xfe", b"[" * 100_000, b'{"payload":'])
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain", "?"])
def test_what_is_not_signed_is_not_looked_at(user: User, hook: Hook, content: bytes, content_type: str) -> None:
    """Nor are its headers: any of it is 401."""
    headers = {SIGNED: signature(OTHER_SECRET, content), "Content-Type": content_type, "X-GitHub-Event": None}
    assert hook.deliver(content, headers=headers).status_code == 401
    assert_left_nothing(user)


def test_the_published_vector(user: User) -> None:
    """Signed it is, though it is no JSON."""
    assert signature(SECRET, BODY) == f"sha256={DIGEST}"
    made = user.http.post("/api/webhook-secrets", json={"name": "published", "secret": SECRET}).raise_for_status()
    hook = Hook(user.api_url, SECRET)
    for digest, status in ((DIGEST, 400), (DIGEST[:-1] + "8", 401)):
        assert hook.deliver(BODY, headers={SIGNED: f"sha256={digest}"}).status_code == status
    user.http.delete(f"/api/webhook-secrets/{made.json()['webhook_secret_id']}").raise_for_status()
    assert hook.deliver(BODY).status_code == 401
    assert_left_nothing(user)


def test_the_signature_is_of_the_bytes_as_they_came(user: User, hook: Hook) -> None:
    """Not of what they mean: the same object written otherwise is another content."""
    payload = message("one")
    spread = json.dumps(payload, indent=2).encode()
    assert (
        hook.deliver(spread, headers={SIGNED: signature(hook.secret, json.dumps(payload).encode())}).status_code == 401
    )
    form = urlencode({"payload": spread}).encode()
    told = {"Content-Type": "application/x-www-form-urlencoded", SIGNED: signature(hook.secret, spread)}
    assert hook.deliver(form, headers=told).status_code == 401
    assert_left_nothing(user)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UNREADABLE: list[tuple[str, bytes, Headers, int]] = [
    ("not UTF-8", b'{"text":"caf\xe9"}', {}, 400),
    ("UTF-16", '{"text":"caf\xe9"}'.encode("utf-16"), {}, 400),
    ("nothing", b"", {}, 400),
    ("no JSON", b"Hello, World!", {}, 400),
    ("cut off", b'{"text":"one"', {}, 400),
    ("text behind it", b'{"text":"one"} {}', {}, 400),
    ("an array", b'[{"text":"one"}]', {}, 400),
    ("a scalar", b'"text"', {}, 400),
    ("null", b"null", {}, 400),
    ("NaN", b'{"n":NaN}', {}, 400),
    ("a raw line feed in a text", b'{"text":"a\nb"}', {}, 400),
    ("100,000 deep", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}, 400),
    ("a form without a payload", b"other=1", FORM, 400),
    ("a form that is JSON", CONTENT, FORM, 400),
    ("a form's payload that is no JSON", b"payload=%7B", FORM, 400),
    ("a form's payload that is no UTF-8", b"payload=%7B%22a%22%3A%22%E9%22%7D", FORM, 400),
    ("a form's payload that is an array", b"payload=%5B%5D", FORM, 400),
    ("no event", CONTENT, {"X-GitHub-Event": None}, 400),
    ("an empty event", CONTENT, {"X-GitHub-Event": ""}, 400),
    ("an event with a space", CONTENT, {"X-GitHub-Event": "pull request"}, 400),
    ("a very long event", CONTENT, {"X-GitHub-Event": "x" * 65}, 400),
    ("no delivery", CONTENT, {"X-GitHub-Delivery": None}, 400),
    ("an empty delivery", CONTENT, {"X-GitHub-Delivery": ""}, 400),
    ("a very long delivery", CONTENT, {"X-GitHub-Delivery": "x" * 129}, 400),
    ("plain text", CONTENT, {"Content-Type": "text/plain"}, 415),
    ("a multipart form", CONTENT, {"Content-Type": "multipart/form-data; boundary=x"}, 415),
    ("no content type", CONTENT, {"Content-Type": None}, 415),
]


def test_what_cannot_be_read_is_refused_and_nothing_is_stored(user: User, hook: Hook) -> None:
    for name, body, headers, status in UNREADABLE:
        answer = hook.deliver(body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), name
        assert answer.json()["detail"], name
    assert_left_nothing(user)


@pytest.mark.parametrize("is_chunked", [False, True])
def test_26_mb_are_too_many(user: User, hook: Hook, is_chunked: bool) -> None:
    body = b'{"text":"' + b"x" * (TOO_LARGE - 11) + b'"}'
    request = hook.request(body)
    answer = httpx.post(
        request.url,
        content=iter([body[:LARGEST], body[LARGEST:]]) if is_chunked else body,
        headers={name: value for name, value in request.headers.items() if name != "content-length"},
        timeout=30,
    )
    assert (answer.status_code, "max_webhook_bytes" in answer.json()["detail"]) == (413, True), answer.text
    assert_left_nothing(user)


def test_other_methods(user: User, hook: Hook) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = httpx.request(method, hook.api_url + hook.path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST"), method


def test_ping_tells_what_is_configured_and_leaves_nothing(user: User, hook: Hook) -> None:
    payload = payload_of("ping")
    told = hook.deliver(payload, "ping").raise_for_status()
    answer = told.json()
    assert told.status_code == 200
    assert (answer["event"], answer["owner"], answer["secret"]) == ("ping", user.email, "test")
    assert (answer["zen"], answer["hook_id"]) == (payload["zen"], payload["hook_id"])
    assert (answer["events"], answer["max_bytes"]) == (payload["hook"]["events"], LARGEST)
    assert hook.secret not in told.text
    assert_left_nothing(user)


def test_nothing_shows_a_secret(suite: Suite, user: User, hook: Hook) -> None:
    """Neither lists nor logs do, once it was made."""
    hook.deliver(CONTENT)
    hook.deliver(CONTENT, headers={SIGNED: signature(OTHER_SECRET, CONTENT)})
    for path in ("/api/webhook-secrets", "/api/audit", "/api/webhook-deliveries", "/metrics"):
        assert hook.secret not in user.http.get(path).raise_for_status().text, path
    assert hook.secret not in suite.api.read_log()
    assert OTHER_SECRET not in suite.api.read_log()
