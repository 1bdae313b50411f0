"""Whose a delivery is: secrets of several accounts at once, made, replaced and taken away while deliveries come."""

import json
from typing import Any
from uuid import uuid4

from tests.support.suite import Suite, wait_for
from tests.support.user import User
from tests.support.webhooks import Hook, hook_of, message, new_delivery_id, signature, wait_until_stored


def secrets_of(user: User) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = user.get("/api/webhook-secrets")["items"]
    return items


def remove(user: User, name: str) -> None:
    (secret_id,) = (item["webhook_secret_id"] for item in secrets_of(user) if item["name"] == name)
    user.http.delete(f"/api/webhook-secrets/{secret_id}").raise_for_status()


def test_two_secrets_at_once_until_one_is_removed(user: User) -> None:
    """As one rotates them: add the new one, tell it GitHub, remove the old one. No delivery is refused meanwhile."""
    old, new = hook_of(user, "old"), hook_of(user, "new")
    told = [hook.accepted(message(f"with {hook.secret[:4]}")) for hook in (old, new, old, new)]
    delivery_id = told[0]["delivery_id"]
    remove(user, "old")
    assert [old.deliver(message("late")).status_code, new.deliver(message("now")).status_code] == [401, 202]
    assert new.accepted(message(f"with {old.secret[:4]}"), delivery_id=delivery_id) == told[0]
    items = wait_until_stored(user, told[0]["job_id"], 5)
    assert [item["attrs"]["payload"]["text"] for item in items][-1] == "now"
    assert [item["name"] for item in secrets_of(user)] == ["new"]


def test_a_secret_is_its_owners(suite: Suite, user: User) -> None:
    """What arrives with it is theirs alone, also where two repositories, or two deliveries, have the same name."""
    delivery_id = new_delivery_id()
    with User(suite.api_url) as other:
        told = {
            person: hook_of(person).accepted(message(person.email), "told", delivery_id) for person in (user, other)
        }
        assert told[user]["job_id"] != told[other]["job_id"]
        for person, somebody_else in ((user, other), (other, user)):
            (item,) = wait_until_stored(person, told[person]["job_id"], 1)
            assert item["attrs"]["payload"]["text"] == person.email
            assert person.http.get(f"/api/jobs/{told[somebody_else]['job_id']}").status_code == 404
            assert [item["job_id"] for item in person.get("/api/webhook-deliveries")["items"]] == [
                told[person]["job_id"]
            ]
            (secret,) = secrets_of(person)
            path = f"/api/webhook-secrets/{secret['webhook_secret_id']}"
            assert somebody_else.http.delete(path).status_code == 404


def test_a_path_that_names_its_secret_takes_no_other(user: User) -> None:
    hooks = {name: hook_of(user, name) for name in ("one", "two")}
    paths = {item["name"]: item["payload_path"] for item in secrets_of(user)}
    statuses = {
        (name, path): Hook(user.api_url, hook.secret, paths[path]).deliver(message("x")).status_code
        for name, hook in hooks.items()
        for path in paths
    }
    assert statuses == {("one", "one"): 202, ("two", "two"): 202, ("one", "two"): 401, ("two", "one"): 401}
    for query in (str(uuid4()), "x", ""):
        assert Hook(user.api_url, hooks["one"].secret, f"/webhook/github?hook={query}").deliver({}).status_code in (
            400,
            401,
            404,
            422,
        )


def test_a_change_reaches_every_api_within_seconds(own_suite: Suite) -> None:
    own_suite.start("api")
    own_suite.start_all(workers=0)
    first, second = own_suite.named("api")
    with User(first.url) as user:
        hook = hook_of(user)
        elsewhere = Hook(second.url, hook.secret)
        wait_for("the other api to know it", lambda: elsewhere.deliver({}, "ping").status_code == 200, 15)
        remove(user, "test")
        assert hook.deliver({}, "ping").status_code == 401
        wait_for("the other api to forget it", lambda: elsewhere.deliver({}, "ping").status_code == 401, 15)


def test_secrets_kept_as_configuration(own_suite: Suite) -> None:
    """Bound to an account by its email, beside those of the account; one that is not there spoils none."""
    email = f"team-{uuid4().hex[:8]}@example.com"
    configured = [
        {"owner": email, "secret": "configured-secret-1", "name": "of the file"},
        {"owner": email, "secret": "configured-secret-2"},
        {"owner": "nobody@example.com", "secret": "configured-secret-3"},
    ]
    own_suite.start("api", LOGMILL_WEBHOOK_SECRETS=json.dumps(configured))
    own_suite.start_all(workers=1)
    with User(own_suite.api_url) as stranger:
        credentials = {"email": email, "password": "correct horse battery staple"}
        stranger.http.post("/auth/register", json=credentials).raise_for_status()
    with User(own_suite.api_url, email) as user:
        hooks = [Hook(user.api_url, secret["secret"]) for secret in configured]
        wait_for("the account to be known", lambda: hooks[0].deliver({}, "ping").status_code == 200, 15)
        assert hooks[0].deliver({}, "ping").json()["secret"] == "of the file"
        told = [hook.accepted(message("x")) for hook in (*hooks[:2], hook_of(user))]
        assert hooks[2].deliver(message("x")).status_code == 401
        wait_until_stored(user, told[0]["job_id"], 3)
        assert sorted((item["name"], item["source"]) for item in secrets_of(user)) == [
            ("configuration", "configuration"),
            ("of the file", "configuration"),
            ("test", "account"),
        ]
        assert all(secret["secret"] not in json.dumps(secrets_of(user)) for secret in configured)


def test_who_guesses_is_slowed_down_and_who_signs_is_not(own_suite: Suite) -> None:
    own_suite.start_all(workers=0, LOGMILL_REQUESTS_PER_SECOND="1", LOGMILL_REQUEST_BURST="20")
    with User(own_suite.api_url) as user:
        hook = hook_of(user)
        body = json.dumps(message("x")).encode()
        wrong = {"X-Hub-Signature-256": signature("guessed-secret-00", body)}
        guesses = [hook.deliver(body, headers=wrong) for _ in range(40)]
        assert {answer.status_code for answer in guesses} == {401, 429}
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in guesses if answer.status_code == 429)
        told = [hook.deliver(message(str(number))) for number in range(100)]
        assert {answer.status_code for answer in told} == {202}
