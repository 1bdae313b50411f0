"""`logmill webhook secrets`, `add-secret`, `remove-secret`."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.stub import StubApi, problem, run

PATH = "/api/webhook-secrets"
ONE = "00000000-0000-4000-8000-000000000001"
URL = "http://127.0.0.1:1"


def secret(**told: object) -> dict[str, Any]:
    return {
        "webhook_secret_id": ONE,
        "name": "octo/widget\x1b[2J",
        "hint": "wxyz",
        "source": "account",
        "payload_path": f"/webhook/github?hook={ONE}",
        "created_at": "2026-03-05T06:07:08.123Z",
        "last_used_at": None,
        **told,
    }


OF_THE_CONFIGURATION = secret(
    webhook_secret_id=None, name="all", source="configuration", payload_path="/webhook/github", created_at=None
)
LISTED = {"items": [secret(), OF_THE_CONFIGURATION], "next_cursor": None}


class Recording(StubApi):
    """Keeps the bodies that came as well."""

    bodies: list[Any]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bodies = [*getattr(self, "bodies", []), json.loads(request.content or b"null")]
        return super().__call__(request)


def test_they_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({f"GET {PATH}": LISTED})
    result = run(monkeypatch, api, "webhook", "secrets")
    assert (result.exit_code, api.asked) == (0, [f"GET {PATH}"])
    assert result.stdout.splitlines() == [
        f"{ONE}\tocto/widget\\x1b[2J\twxyz\taccount\t2026-03-05T06:07:08.123Z\t\t/webhook/github?hook={ONE}",
        "\tall\twxyz\tconfiguration\t\t\t/webhook/github",
    ]


@pytest.mark.parametrize(
    ("content", "body"),
    [(None, {"name": "widget"}), (b"long enough, is it?\n", {"name": "widget", "secret": "long enough, is it?"})],
)
def test_add(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, body: dict[str, str]) -> None:
    api = Recording({f"POST {PATH}": httpx.Response(201, json=secret(name="widget", secret="s3cret"))})
    arguments = ["webhook", "add-secret", "widget"]
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
        arguments += ["--secret-file", str(tmp_path / "secret")]
    result = run(monkeypatch, api, *arguments)
    told = dict(line.split("\t") for line in result.stdout.splitlines())
    assert (result.exit_code, api.bodies) == (0, [body])
    assert (told["secret"], told["payload_url"]) == ("s3cret", f"{URL}/webhook/github?hook={ONE}")
    assert "not shown again" in result.stderr
    assert f"at another address, its payload URL is https://ADDRESS/webhook/github?hook={ONE}\n" in result.stderr


def test_what_is_no_text_is_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff" * 20)
    api = StubApi({})
    result = run(monkeypatch, api, "webhook", "add-secret", "widget", "--secret-file", str(tmp_path / "secret"))
    assert (result.exit_code, api.asked) == (1, [])
    assert "is not text" in str(result.exception)


def test_a_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({f"POST {PATH}": problem(409, "max_webhook_secrets_per_user")})
    result = run(monkeypatch, api, "webhook", "add-secret", "widget", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "max_webhook_secrets_per_user" in str(result.exception)


@pytest.mark.parametrize(("answer", "code", "deleted"), [("y\n", 0, 1), ("n\n", 1, 0), ("", 1, 0)])
def test_remove_asks(monkeypatch: pytest.MonkeyPatch, answer: str, code: int, deleted: int) -> None:
    api = StubApi({f"GET {PATH}": LISTED, f"DELETE {PATH}/{ONE}": httpx.Response(204)})
    result = run(monkeypatch, api, "webhook", "remove-secret", ONE, answer=answer)
    assert (result.exit_code, api.asked.count(f"DELETE {PATH}/{ONE}")) == (code, deleted)
    assert "Refuse what is signed with octo/widget\\x1b[2J (\u2026wxyz) from now on? [y/N]" in result.stderr


def test_remove_what_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({f"GET {PATH}": {"items": [], "next_cursor": None}})
    result = run(monkeypatch, api, "webhook", "remove-secret", ONE)
    assert result.exit_code == 1
    assert "answered 404" in str(result.exception)
