"""What GitHub delivers becomes records within seconds, once each, whatever it is and however often it comes."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import httpx
import pytest

from tests.support.suite import Suite, wait_for
from tests.support.user import User
from tests.support.webhooks import (
    KINDS,
    Hook,
    event_of,
    hook_of,
    lines_of,
    message,
    new_delivery_id,
    payload_of,
    wait_until_stored,
)

NAMED = {
    "push",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "issue_comment",
    "commit_comment",
    "issues",
    "release",
    "create",
    "delete",
    "workflow_run",
    "workflow_job",
    "check_run",
    "check_suite",
    "deployment",
    "deployment_status",
    "star",
    "fork",
    "dependabot_alert",
    "code_scanning_alert",
    "secret_scanning_alert",
}
"""Events with a payload of their own; any other is kept as well."""
SECONDS = 10
AT_ONCE = 16
REPETITIONS = 100
LARGEST = 25_000_000
OUTCOMES = [
    ("success", "info"),
    ("neutral", "info"),
    ("skipped", "info"),
    ("failure", "error"),
    ("timed_out", "error"),
    ("startup_failure", "error"),
    ("cancelled", "warn"),
    ("action_required", "warn"),
    ("stale", "warn"),
]


@pytest.fixture
def hook(user: User) -> Hook:
    """A hook of the user's."""
    return hook_of(user)


def test_every_named_event_has_a_payload() -> None:
    assert {event_of(kind) for kind in KINDS} >= NAMED


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_becomes_readable_records(user: User, hook: Hook, kind: str) -> None:
    payload, delivery_id = payload_of(kind), new_delivery_id()
    event = event_of(kind)
    told = hook.accepted(payload, event, delivery_id)
    commits = payload.get("commits", []) if event == "push" else []
    assert (told["delivery_id"], told["event"], told["action"]) == (delivery_id, event, payload.get("action"))
    assert (told["line_no"], told["line_count"]) == (1, 1 + len(commits))
    first, *others = wait_until_stored(user, told["job_id"], 1 + len(commits))
    assert (first["logger"], first["format"], first["trace_id"]) == (event, "github", delivery_id)
    assert (first["logged_at"] is None, first["method"], first["status"]) == (False, None, None)
    sender = (payload.get("sender") or {}).get("login")
    assert (first["user_id"], first["attrs"].get("sender")) == (sender, sender)
    assert first["attrs"]["payload"] == payload
    assert first["attrs"]["event"] == event
    assert len(first["message"].split()) > 1
    assert not first["message"].startswith("{")
    repository = (payload.get("repository") or {}).get("full_name")
    assert first["attrs"].get("repository") == repository
    assert [(item["logger"], item["attrs"]["payload"], item["trace_id"]) for item in others] == [
        ("commit", commit, delivery_id) for commit in commits
    ]
    assert [item["message"].splitlines()[0] for item in others] != [first["message"]] * max(1, len(others))


@pytest.mark.parametrize(
    "kind", ["workflow_run.completed.success", "workflow_job.completed.success", "check_run.completed.success"]
)
def test_severity_follows_from_the_outcome(user: User, hook: Hook, kind: str) -> None:
    event = event_of(kind)
    for outcome, _ in OUTCOMES:
        payload = payload_of(kind)
        payload[event]["conclusion"] = outcome
        job_id = hook.accepted(payload, event)["job_id"]
    items = wait_until_stored(user, job_id, len(OUTCOMES))
    assert [(item["attrs"]["outcome"], item["level"]) for item in items] == OUTCOMES
    ran = [item for item in items if item["attrs"]["outcome"] != "skipped"]
    assert all(item["duration_ms"] > 0 and item["attrs"]["duration_ms"] == item["duration_ms"] for item in ran)


def test_it_is_found_within_seconds(user: User, hook: Hook) -> None:
    """By its words, by its severity, in the list of deliveries, and in the job's stream."""
    payload = payload_of("workflow_run.completed.success")
    payload["workflow_run"]["conclusion"] = "failure"
    payload["workflow_run"]["name"] = "xylophone"
    with user.stream("/stream") as stream:
        told = hook.accepted(payload, "workflow_run")
        event = next(event for event in stream if event.data["lines_stored"] == 1)
    job_id = told["job_id"]
    assert (event.name, event.data["job_id"], event.data["status"]) == ("progress", job_id, "receiving")
    for query in ({"q": "xylophone"}, {"level": "error"}, {"since": "2020-01-01T00:00:00Z"}):
        assert [item["line_no"] for item in user.lines(job_id, **query)] == [told["line_no"]], query
    (delivery,) = user.get("/api/webhook-deliveries")["items"]
    assert delivery == {
        "delivery_id": told["delivery_id"],
        "event": "workflow_run",
        "action": "completed",
        "repository": payload["repository"]["full_name"],
        "job_id": job_id,
        "line_no": told["line_no"],
        "received_at": delivery["received_at"],
        "state": "queued",
    }


def test_the_same_delivery_a_hundred_times_at_once_is_one_record(own_suite: Suite) -> None:
    """Through two apis; each answer is the same."""
    own_suite.start("api")
    own_suite.start_all(workers=1)
    with User(own_suite.api_url) as user:
        hooks = to_each_api(own_suite, hook_of(user))
        delivery_id = new_delivery_id()
        payload = payload_of("push")
        told = at_once([hook.request(payload, "push", delivery_id) for hook in take(hooks, REPETITIONS)])
        assert Counter(answer.status_code for answer in told) == {202: REPETITIONS}
        assert len({answer.content for answer in told}) == 1
        answer = told[0].json()
        items = wait_until_stored(user, answer["job_id"], answer["line_count"])
        for hook in hooks:
            assert hook.accepted(payload, "push", delivery_id) == answer
        (job,) = user.get("/api/jobs")["items"]
        assert (job["lines_read"], job["lines_stored"]) == (len(items), len(items))
        assert len(user.get("/api/webhook-deliveries")["items"]) == 1


def test_many_at_once_each_have_their_place(own_suite: Suite) -> None:
    """Of several repositories, through two apis, each delivery three times: no place is empty, none is had twice."""
    own_suite.start("api")
    own_suite.start_all(workers=2)
    with User(own_suite.api_url) as user:
        hooks = to_each_api(own_suite, hook_of(user))
        sent = {new_delivery_id(): message(f"number {n}", f"octo/r{n % 3}") for n in range(200)}
        deliveries = list(sent.items()) * 3
        random.Random(11).shuffle(deliveries)
        requests = [
            hook.request(payload, "told", delivery_id)
            for hook, (delivery_id, payload) in zip(cycle(hooks), deliveries, strict=False)
        ]
        answers = at_once(requests)
        assert Counter(answer.status_code for answer in answers) == {202: len(deliveries)}
        places = {answer.json()["delivery_id"]: answer.json() for answer in answers}
        assert all(answer.json() == places[answer.json()["delivery_id"]] for answer in answers)
        jobs = user.get("/api/jobs")["items"]
        assert len({told["job_id"] for told in places.values()}) == len(jobs) == 3
        for job in jobs:
            expected = {told["line_no"]: told["delivery_id"] for told in places.values() if is_of(told, job)}
            items = wait_until_stored(user, job["job_id"], len(expected))
            assert {item["line_no"]: item["trace_id"] for item in items} == expected
            assert sorted(expected) == list(range(1, len(expected) + 1))
            assert all(item["attrs"]["payload"] == sent[item["trace_id"]] for item in items)


def is_of(told: dict[str, Any], job: dict[str, Any]) -> bool:
    return bool(told["job_id"] == job["job_id"])


def to_each_api(suite: Suite, hook: Hook) -> list[Hook]:
    """The same hook, once for each api; all of them know its secret."""
    hooks = [Hook(api.url, hook.secret) for api in suite.named("api")]
    for each in hooks:
        wait_for("the secret to be known", lambda each=each: each.deliver({}, "ping").status_code == 200)  # type: ignore[misc]
    return hooks


def take(hooks: Sequence[Hook], count: int) -> list[Hook]:
    """So many of them, in turn."""
    return [hooks[number % len(hooks)] for number in range(count)]


def at_once(requests: Sequence[httpx.Request]) -> list[httpx.Response]:
    """The answers to all of them, sent by many senders side by side."""
    with httpx.Client(timeout=SECONDS) as github, ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(github.send, requests))


def test_the_largest_payload_is_kept_whole(user: User, hook: Hook) -> None:
    """Every byte of 25 MB, which hardly compress, in one record; the next ones are as quick as ever."""
    chance = random.Random(5)
    payload = payload_of("push")
    payload["commits"] = []
    rest = LARGEST - len(json.dumps(payload | {"noise": ""}, separators=(",", ":")))
    payload["noise"] = chance.randbytes(rest // 2).hex() + "x" * (rest % 2)
    request = hook.request(payload, "push")
    assert len(request.content) == LARGEST
    with httpx.Client(timeout=SECONDS) as github:
        answer = github.send(request)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    hook.accepted(message("next", payload["repository"]["full_name"]))
    wait_for("both to be stored", lambda: user.job(told["job_id"])["lines_stored"] == 2)
    items = [item for part in (0, 1) for item in user.lines(told["job_id"], limit=1, q=("next", "pushed")[part])]
    assert [item["attrs"]["payload"] == payload for item in items] == [False, True]
    job = user.job(told["job_id"])
    assert (job["lines_rejected"], job["lines_dead_lettered"]) == (0, 0)


ODD: list[tuple[str, bytes, object]] = [
    (
        "pretty",
        b'{\r\n  "action": "told",\r\n  "list": [\n    1,\n    2\n  ]\r\n}\r\n',
        {"action": "told", "list": [1, 2]},
    ),
    ("NUL", b'{"text":"a\\u0000b"}', {"text": "a\u2400b"}),
    ("line separators", '{"text":"a\u2028b\u0085c"}'.encode(), {"text": "a\u2028b\u0085c"}),
    ("escaped line feeds", b'{"text":"a\\nb\\r\\nc"}', {"text": "a\nb\r\nc"}),
    ("a lone surrogate", b'{"text":"a\\ud800b"}', {"text": "a\ufffdb"}),
    ("a key twice", b'{"text":1,"text":2}', {"text": 2}),
    ("deep", b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", None),
    ("an empty object", b"{}", {}),
    ("names that are no text", b'{"repository":{"full_name":7},"sender":{"login":null},"action":[]}', None),
    ("odd places", b'{"repository":[],"sender":"x","organization":3,"installation":null,"commits":{}}', None),
    ("NUL and halves in names", b'{"repository":{"full_name":"a\\u0000b"},"sender":{"login":"\\ud800"}}', None),
    ("a very long name", b'{"repository":{"full_name":"%s"},"action":"%s"}' % (b"x" * 100_000, b"y" * 100_000), None),
    ("commits that are none", b'{"commits":[1,null,"x",{"id":7,"author":[],"message":{}}]}', None),
    ("numbers of 5,000 digits", b'{"n":' + b"9" * 5000 + b"}", None),
]


@pytest.mark.parametrize("event", ["told", "push", "workflow_run", "pull_request", "dependabot_alert"])
def test_odd_payloads_are_kept(user: User, hook: Hook, event: str) -> None:
    """Whatever event they claim to be: none is refused, rejected or dead-lettered."""
    jobs = set()
    for name, body, expected in ODD:
        told = hook.accepted(body, event)
        jobs.add(told["job_id"])
        wait_for(f"{name} to be stored", lambda told=told: lines_of(user, told["job_id"], told["delivery_id"]))  # type: ignore[misc]
        item = lines_of(user, told["job_id"], told["delivery_id"])[0]
        assert (item["logger"], item["format"]) == (event, "github"), name
        assert expected is None or item["attrs"]["payload"] == expected, name
    for job_id in jobs:
        job = user.job(job_id)
        assert (job["lines_rejected"], job["lines_dead_lettered"]) == (0, 0)


def test_what_is_too_deep_for_a_record_is_rejected_with_its_bytes(user: User, hook: Hook) -> None:
    told = hook.accepted(b'{"a":' + b"[" * 700 + b"]" * 700 + b"}")
    wait_for("it to be rejected", lambda: user.job(told["job_id"])["lines_rejected"] == 1)
    (line,) = user.lines(told["job_id"])
    assert (line["reason"], line["raw"].count("["), told["delivery_id"] in line["raw"]) == ("json_too_deep", 700, True)


def test_form_encoded_is_the_same(user: User, hook: Hook) -> None:
    payload = payload_of("issues.opened")
    payload["issue"]["title"] = "Grüße & more = 100% + \U0001fab5"
    answers = [hook.deliver(payload, "issues", form=form) for form in (False, True)]
    assert [answer.status_code for answer in answers] == [202, 202]
    plain, from_form = wait_until_stored(user, answers[0].json()["job_id"], 2)
    assert plain["attrs"]["payload"] == from_form["attrs"]["payload"] == payload
    assert plain["message"] == from_form["message"]
