"""`logmill webhook` against a real suite, and against a server that answers as GitHub's API does."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import Done, assert_told, logmill, logmill_as
from tests.support.github_api import HOOK_ID, TOKEN, GithubApi, Trouble, github_api
from tests.support.suite import Suite
from tests.support.user import User
from tests.support.webhooks import Hook, hook_of, message, wait_until_stored

LIST = f"/repos/octo/widget/hooks/{HOOK_ID}/deliveries"
FROM_GITHUB = ("--repository", "octo/widget", "--hook", str(HOOK_ID))
SECRET = "It's a Secret to Everybody"


@pytest.fixture
def hook(user: User) -> Hook:
    """A hook of the user's."""
    return hook_of(user)


@pytest.fixture
def github() -> Iterator[GithubApi]:
    """GitHub, with two attempts a page."""
    with github_api(page_items=2) as api:
        yield api


def replay(hook: Hook, *arguments: str, github: GithubApi | None = None, **variables: str) -> Done:
    """What the command does for somebody with the secret, and with GitHub's token where there is a GitHub."""
    known = {"LOGMILL_URL": hook.api_url, "LOGMILL_WEBHOOK_SECRET": hook.secret}
    asked = {} if github is None else {"GITHUB_API_URL": github.url, "GITHUB_TOKEN": TOKEN}
    return logmill("webhook", "replay", *arguments, **{**known, **asked, **variables})


def rows(done: Done) -> list[list[str]]:
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_secrets(user: User, tmp_path: Path) -> None:
    made = dict(line.split("\t") for line in logmill_as(user, "webhook", "add-secret", "made up").stdout.splitlines())
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    given = logmill_as(user, "webhook", "add-secret", "own", "--secret-file", str(tmp_path / "secret"), "--json")
    own = json.loads(given.stdout)
    assert (given.returncode, own["secret"], own["hint"]) == (0, SECRET, "body")
    for secret, address in [(made["secret"], made["payload_url"]), (SECRET, user.api_url + own["payload_path"])]:
        known = Hook(user.api_url, secret, address.removeprefix(user.api_url))
        assert known.deliver({"zen": "Approachable is better than simple."}, "ping").status_code == 200
    listed = {row[1]: row for row in rows(logmill_as(user, "webhook", "secrets"))}
    assert listed["own"][:4] == [own["webhook_secret_id"], "own", "body", "account"]
    assert SECRET not in str(listed)
    assert listed["own"][5] != ""
    assert_told(logmill_as(user, "webhook", "remove-secret", own["webhook_secret_id"]), 1, "nobody answered")
    removed = logmill_as(user, "webhook", "remove-secret", own["webhook_secret_id"], "--yes")
    assert (removed.returncode, removed.stderr) == (0, "removed\n")
    assert [row[1] for row in rows(logmill_as(user, "webhook", "secrets"))] == ["made up"]
    assert_told(logmill_as(user, "webhook", "remove-secret", own["webhook_secret_id"], "--yes"), 1, "404")
    assert Hook(user.api_url, SECRET).deliver({"zen": "x"}, "ping").status_code == 401


def test_somebody_else_s_secret_stays(suite: Suite, user: User) -> None:
    added = json.loads(logmill_as(user, "webhook", "add-secret", "mine", "--json").stdout)
    with User(suite.api_url) as other:
        done = logmill_as(other, "webhook", "remove-secret", added["webhook_secret_id"], "--yes")
        assert_told(done, 1, "404")
        assert logmill_as(other, "webhook", "secrets").stdout == ""
    assert len(rows(logmill_as(user, "webhook", "secrets"))) == 1


def test_deliveries(user: User, hook: Hook) -> None:
    told = [hook.accepted(message(str(number)), ("told", "other")[number % 2]) for number in range(4)]
    listed = logmill_as(user, "webhook", "deliveries")
    assert listed.returncode == 0, listed
    assert [row[7] for row in rows(listed)] == [each["delivery_id"] for each in reversed(told)]
    assert rows(listed)[0][1:7] == [
        "other",
        "told",
        "octo/widget",
        "queued",
        told[3]["job_id"],
        str(told[3]["line_no"]),
    ]
    some = logmill_as(user, "webhook", "deliveries", "--event", "told", "--limit", "1")
    assert [row[7] for row in rows(some)] == [told[2]["delivery_id"]]
    assert "there are more" in some.stderr


def test_a_saved_payload_counts_once(user: User, hook: Hook, tmp_path: Path) -> None:
    """As it is in the file, line ends and all; the same file again is the same delivery."""
    file = tmp_path / "payload.json"
    file.write_bytes(json.dumps(message("saved"), indent=2).replace("\n", "\r\n").encode())
    (tmp_path / "secret").write_text(hook.secret + "\n")
    first = replay(hook, str(file), "--event", "told")
    again = replay(
        hook, str(file), "--event", "told", "--secret-file", str(tmp_path / "secret"), LOGMILL_WEBHOOK_SECRET=""
    )
    assert (first.returncode, first.stderr, again.stdout) == (0, "", first.stdout)
    other = replay(hook, str(file), "--event", "told", "--delivery", "by-hand-1", "--json")
    (delivery_id, _, event, action, outcome, job_id, line_no, _) = rows(first)[0]
    assert (event, action, outcome, line_no) == ("told", "told", "accepted", "1")
    assert json.loads(other.stdout) | {"job_id": job_id, "line_no": 2} == json.loads(other.stdout)
    items = wait_until_stored(user, job_id, 2)
    assert [item["trace_id"] for item in items] == [delivery_id, "by-hand-1"]
    assert all(item["attrs"]["payload"] == message("saved") for item in items)


def test_a_wrong_secret_is_said(hook: Hook, tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text("{}")
    assert_told(replay(hook, str(file), "--event", "told", LOGMILL_WEBHOOK_SECRET="not that one at all"), 1, "401")
    assert_told(replay(hook, str(file), "--event", "told", LOGMILL_WEBHOOK_SECRET=""), 1, "LOGMILL_WEBHOOK_SECRET")
    assert_told(replay(hook, str(tmp_path), "--event", "told"), 1, "Is a directory")
    file.write_text("[]")
    assert_told(replay(hook, str(file), "--event", "told"), 1, "400")


def test_what_failed_at_github_arrives_once(user: User, hook: Hook, github: GithubApi) -> None:
    """Of five attempts at four deliveries: those of which none arrived, the oldest first, however often it is run."""
    there = hook.accepted(message("there"), "told")["delivery_id"]
    first = github.attempt("told", message("first"))
    github.attempt("told", message("there"), 202, there)
    second = github.attempt("told", message("second"), 0)
    third = github.attempt("told", message("third"), 401)
    github.attempt("told", message("first"), 503, first)
    dry = replay(hook, *FROM_GITHUB, "--dry-run", github=github)
    assert (dry.returncode, [row[0] for row in rows(dry)]) == (0, [first, second, third]), dry
    assert len(user.get("/api/webhook-deliveries")["items"]) == 1
    done = [replay(hook, *FROM_GITHUB, github=github) for _ in range(2)]
    assert [each.returncode for each in done] == [0, 0], done
    assert "GitHub got no good answer to 3 of 4 deliveries" in done[0].stderr
    assert [row[:1] + row[4:5] for row in rows(done[0])] == [[guid, "accepted"] for guid in (first, second, third)]
    assert done[0].stdout == done[1].stdout
    items = wait_until_stored(user, rows(done[0])[0][5], 4)
    assert [item["trace_id"] for item in items] == [there, first, second, third]
    assert [item["attrs"]["hook_id"] for item in items] == [HOOK_ID] * 4
    assert sum("cursor=" in route for route in github.routes) == 2 * 3


def test_since_leaves_out_what_was_before(hook: Hook, github: GithubApi) -> None:
    github.attempt("told", message("before"))
    later = github.attempt("told", message("later"))
    done = replay(hook, *FROM_GITHUB, "--since", "2026-11-22T12:00:30Z", github=github)
    assert [row[0] for row in rows(done)] == [later]
    assert "1 of 1 deliveries since 2026-11-22T12:00:30Z" in done.stderr


def test_github_s_limits_are_respected(user: User, hook: Hook, github: GithubApi) -> None:
    """It is asked again no sooner than it said: after a refusal, after its last request of a window, after failures."""
    guids = [github.attempt("told", message(str(number))) for number in range(3)]
    attempts = [f"GET {LIST}/{12_345_678_900 + number}" for number in range(3)]
    github.troubles += [
        Trouble(f"GET {LIST}", 429, {"Retry-After": "2"}, "You have exceeded a secondary rate limit."),
        Trouble(attempts[0], 502),
        Trouble(attempts[0], 500, {"Retry-After": "1"}),
    ]
    github.remaining, github.reset_at = 4, time.time() + 6
    reset_at = github.reset_at
    done = replay(hook, *FROM_GITHUB, github=github)
    assert (done.returncode, [row[0] for row in rows(done)]) == (0, guids), done
    assert "limits how often it is asked" in done.stderr
    at = [when for when, _ in github.asked]
    assert at[1] - at[0] >= 2
    assert [route for route in github.routes if route.startswith(attempts[0])] == [attempts[0]] * 3
    assert github.reset_at > reset_at
    assert github.routes[-1] == attempts[2]
    assert time.time() - (time.monotonic() - at[-1]) >= reset_at
    assert not any(status == 403 for status in github.answered)
    wait_until_stored(user, rows(done)[0][5], 3)


def test_what_cannot_be_had_keeps_nothing_up(hook: Hook, github: GithubApi) -> None:
    guids = [github.attempt("told", payload) for payload in (message("one"), None, [1], message("two"))]
    done = replay(hook, *FROM_GITHUB, github=github)
    assert [(row[0], row[4]) for row in rows(done)] == list(
        zip(guids, ["accepted", "refused", "refused", "accepted"], strict=True)
    )
    assert done.returncode == 1
    assert "has the payload no more" in rows(done)[1][7]
    assert "400" in rows(done)[2][7]


@pytest.mark.parametrize(
    ("variables", "arguments", "said"),
    [
        ({"GITHUB_TOKEN": ""}, (), "GITHUB_TOKEN is not set"),
        ({"GITHUB_TOKEN": "ghp_wrong"}, (), "answered 401 (Bad credentials)"),
        ({}, ("--hook", "1"), "answered 404 (Not Found)"),
        ({"LOGMILL_WEBHOOK_SECRET": "not that one at all"}, (), "answered 401 (Unauthorized"),
    ],
)
def test_what_stops_it(
    hook: Hook, github: GithubApi, variables: dict[str, str], arguments: tuple[str, ...], said: str
) -> None:
    github.attempt("told", message("one"))
    assert_told(replay(hook, *FROM_GITHUB, *arguments, github=github, **variables), 1, said)


def test_redelivered_by_github(user: User, hook: Hook, github: GithubApi) -> None:
    """Asked once for each, no faster than it wants; what it delivers has the same id, and needs no secret here."""
    github.hook = hook
    guids = [github.attempt("told", message(str(number))) for number in range(2)]
    done = replay(hook, *FROM_GITHUB, "--redeliver", github=github, LOGMILL_WEBHOOK_SECRET="")
    assert (done.returncode, [row[:1] + row[4:5] for row in rows(done)]) == (0, [[each, "asked for"] for each in guids])
    asked = [when for when, route in github.asked if route.startswith("POST")]
    assert (len(asked), asked[1] - asked[0] >= 1) == (2, True)
    after = replay(hook, *FROM_GITHUB, "--dry-run", github=github)
    assert (after.stdout, after.stderr) == ("", "GitHub got no good answer to 0 of 2 deliveries\n")
    (job,) = user.get("/api/jobs")["items"]
    assert [item["trace_id"] for item in wait_until_stored(user, job["job_id"], 2)] == guids


def test_an_api_that_is_away_is_waited_for(own_suite: Suite, github: GithubApi) -> None:
    """Started while the command sends: nothing is lost, nothing doubled."""
    own_suite.start_all(workers=1)
    with User(own_suite.api_url) as user:
        hook = hook_of(user)
        guid = github.attempt("told", message("late"))
        port = own_suite.api.port
        assert own_suite.api.stop() == 0
        github.before_payload = lambda: own_suite.start_on(port, "api", {})
        done = replay(hook, *FROM_GITHUB, github=github)
        assert (done.returncode, [row[0] for row in rows(done)]) == (0, [guid]), done
        assert "it is sent again" in done.stderr
        assert [item["trace_id"] for item in wait_until_stored(user, rows(done)[0][5], 1)] == [guid]
