"""`logmill webhook replay`: what is sent, what is printed, and what one refusal does to the rest."""

import hashlib
import hmac
import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import Result

from cli.client import ApiClient
from cli.webhook.github import GithubHook
from tests.unit.cli.stub import Answer, StubApi, problem, run

SECRET = "a secret of sixteen"
LIST = "/repos/octo/widget/hooks/7/deliveries"
HOOK = ("webhook", "replay", "--repository", "octo/widget", "--hook", "7")
SEND = "POST /webhook/github"
ACCEPTED = {"delivery_id": "d", "event": "push", "action": "done", "job_id": "j", "line_no": 3, "line_count": 2}
HOSTILE = "a\x1b"
KNOWN = "GitHub got no good answer to 2 of 3 deliveries"
FULL: dict[str, Answer] = {f"GET {LIST}/{number}": {"request": {"payload": {"n": number}}} for number in (2, 3)}


def listed(guid: str) -> httpx.Response:
    """Three attempts: two deliveries failed, this one first."""
    told: list[dict[str, Any]] = [
        {"id": 4, "guid": "c", "event": "push", "status_code": 202},
        {"id": 3, "guid": "b", "event": "fork", "status_code": 0, "status": "down"},
        {"id": 2, "guid": guid, "event": "push", "status_code": 503},
    ]
    return httpx.Response(200, json=[each | {"delivered_at": f"2026-03-05T06:0{each['id']}:00Z"} for each in told])


class Suite(StubApi):
    """An api that keeps what was delivered to it."""

    requests: list[httpx.Request]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests = [*getattr(self, "requests", []), request]
        return super().__call__(request)


def replay(monkeypatch: pytest.MonkeyPatch, api: StubApi, github: StubApi, *arguments: str) -> Result:
    transport = httpx.MockTransport(github)
    monkeypatch.setattr("cli.webhook.replaying.ApiClient", partial(ApiClient, transport=httpx.MockTransport(api)))
    monkeypatch.setattr("cli.webhook.replaying.GithubHook", partial(GithubHook, transport=transport))
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_x")
    monkeypatch.setenv("LOGMILL_WEBHOOK_SECRET", SECRET)
    return run(monkeypatch, api, *arguments)


@pytest.mark.parametrize(("arguments", "delivery_id"), [((), None), (("--delivery", "72d3162e"), "72d3162e")])
def test_a_saved_payload(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...], delivery_id: str | None
) -> None:
    api, file = Suite({SEND: ACCEPTED}), tmp_path / "push.json"
    file.write_bytes(b'{\r\n  "ref": "refs/heads/main" }\n')
    given = ("webhook", "replay", str(file), "--event", "push", *arguments)
    results = [replay(monkeypatch, api, StubApi({}), *given) for _ in range(2)]
    sent = [(request.headers, request.content) for request in api.requests]
    ids = {headers["X-GitHub-Delivery"] for headers, _ in sent}
    assert len(ids) == 1
    assert delivery_id in (None, *ids)
    for headers, body in sent:
        expected = hmac.new(SECRET.encode(), file.read_bytes(), hashlib.sha256).hexdigest()
        assert (body, headers["X-Hub-Signature-256"]) == (file.read_bytes(), f"sha256={expected}")
        assert "Authorization" not in headers
    assert [result.exit_code for result in results] == [0, 0]
    assert results[0].stdout == f"{ids.pop()}\t\tpush\tdone\taccepted\tj\t3\t\n"


def test_a_saved_payload_that_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "push.json"
    arguments = ("webhook", "replay", str(file), "--event", "push")
    absent = replay(monkeypatch, StubApi({}), StubApi({}), *arguments)
    file.write_bytes(b"[]")
    refused = replay(monkeypatch, StubApi({SEND: problem(400, "No object")}), StubApi({}), *arguments)
    for result, said in [(absent, "No such file"), (refused, "No object indeed.")]:
        assert (result.exit_code, result.stdout) == (1, "")
        assert said in str(result.exception)


def test_what_failed_at_github_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    api, github = Suite({SEND: ACCEPTED}), StubApi({f"GET {LIST}": listed("a"), **FULL})
    result = replay(monkeypatch, api, github, *HOOK)
    assert (result.exit_code, result.stderr.strip()) == (0, KNOWN)
    assert github.asked == [f"GET {LIST}?per_page=100", f"GET {LIST}/2", f"GET {LIST}/3"]
    sent = [(each.headers["X-GitHub-Delivery"], each.headers["X-GitHub-Event"], each.content) for each in api.requests]
    assert sent == [("a", "push", b'{"n":2}'), ("b", "fork", b'{"n":3}')]
    assert {each.headers["X-GitHub-Hook-ID"] for each in api.requests} == {"7"}
    assert result.stdout == (
        "a\t2026-03-05T06:02:00Z\tpush\t\taccepted\tj\t3\t\nb\t2026-03-05T06:03:00Z\tfork\t\taccepted\tj\t3\t\n"
    )


def test_dry_run(monkeypatch: pytest.MonkeyPatch) -> None:
    api, github = StubApi({}), StubApi({f"GET {LIST}": listed(HOSTILE)})
    result = replay(monkeypatch, api, github, *HOOK, "--dry-run")
    assert (result.exit_code, api.asked, len(github.asked), result.stderr.strip()) == (0, [], 1, KNOWN)
    assert result.stdout == (
        "a\\x1b\t2026-03-05T06:02:00Z\tpush\t\tfailed\t\t\t503\nb\t2026-03-05T06:03:00Z\tfork\t\tfailed\t\t\tdown\n"
    )


def test_since_is_told_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    github = StubApi({f"GET {LIST}": listed("a")})
    result = replay(monkeypatch, StubApi({}), github, *HOOK, "--dry-run", "--since", "2026-03-05T07:03+01:00")
    assert [line[0] for line in result.stdout.splitlines()] == ["b"]
    assert result.stderr.strip() == "GitHub got no good answer to 1 of 2 deliveries since 2026-03-05T06:03:00Z"


def test_redeliver(monkeypatch: pytest.MonkeyPatch) -> None:
    github = StubApi({f"GET {LIST}": listed(HOSTILE), f"POST {LIST}/2/attempts": httpx.Response(202, json={})})
    result = replay(monkeypatch, StubApi({}), github, *HOOK, "--redeliver", "--json")
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [(each["delivery_id"], each["outcome"]) for each in outcomes] == [(HOSTILE, "asked for"), ("b", "refused")]
    assert "answered 404" in outcomes[1]["detail"]
    assert "--dry-run in a minute" in result.stderr


@pytest.mark.parametrize(
    ("answers", "outcomes", "code"),
    [
        ([problem(413, "Too large"), ACCEPTED], ["refused", "accepted"], 1),
        ([ACCEPTED, problem(400, "No object")], ["accepted", "refused"], 1),
        ([problem(500, "Internal error"), ACCEPTED], ["refused", "accepted"], 1),
        ([ACCEPTED, problem(401, "Unauthorized")], ["accepted"], 1),
        ([problem(401, "Unauthorized"), ACCEPTED], [], 1),
    ],
)
def test_what_a_refusal_does_to_the_rest(
    monkeypatch: pytest.MonkeyPatch, answers: list[Answer], outcomes: list[str], code: int
) -> None:
    github = StubApi({f"GET {LIST}": listed("a"), **FULL})
    result = replay(monkeypatch, StubApi({SEND: answers}), github, *HOOK)
    assert [line.split("\t")[4] for line in result.stdout.splitlines()] == outcomes
    assert result.exit_code == code


def test_an_id_that_no_header_can_have_keeps_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({SEND: ACCEPTED})
    result = replay(monkeypatch, api, StubApi({f"GET {LIST}": listed(HOSTILE), **FULL}), *HOOK)
    assert [line.split("\t")[4] for line in result.stdout.splitlines()] == ["refused", "accepted"]
    assert (result.exit_code, api.asked) == (1, [SEND])
    assert "an id that no header can have: event 'push', id " in result.stdout


def test_github_refuses_all(monkeypatch: pytest.MonkeyPatch) -> None:
    github = StubApi({f"GET {LIST}": httpx.Response(404, json={"message": "Not Found"})})
    result = replay(monkeypatch, StubApi({}), github, *HOOK)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"GitHub answered 404 (Not Found): GET {LIST}" in str(result.exception)


@pytest.mark.parametrize("arguments", [("--dry-run",), ("--redeliver",)])
def test_of_a_file_it_makes_no_sense(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    result = replay(monkeypatch, StubApi({}), StubApi({}), "webhook", "replay", "x", "--event", "push", *arguments)
    assert result.exit_code == 2


def test_stdin_is_not_both_payload_and_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({})
    result = replay(monkeypatch, api, StubApi({}), "webhook", "replay", "-", "--event", "push", "--secret-file", "-")
    assert (result.exit_code, api.asked) == (2, [])
