"""GitHub, as a webhook sees it: payloads signed with a hook's secret and sent with GitHub's headers."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from tests.support.suite import wait_for
from tests.support.user import User

PAYLOADS = Path(__file__).parent / "github"
"""Payloads by kind, `EVENT.json` or `EVENT.ACTION….json`, after GitHub's published schemas."""
KINDS = sorted(path.stem for path in PAYLOADS.glob("*.json") if path.stem != "ping")
"""All but the one that is only answered."""
PATH = "/webhook/github"
GIVES_UP_SECONDS = 10
"""Then GitHub counts a delivery as failed."""


def payload_of(kind: str) -> dict[str, Any]:
    """The payload in `PAYLOADS` of this kind."""
    payload: dict[str, Any] = json.loads((PAYLOADS / f"{kind}.json").read_bytes())
    return payload


def event_of(kind: str) -> str:
    """What GitHub's header says of it."""
    return kind.partition(".")[0]


def signature(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    """As GitHub's header has it."""
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def new_delivery_id() -> str:
    """As GitHub makes them."""
    return str(uuid4())


def message(text: str, repository: str = "octo/widget") -> dict[str, Any]:
    """The payload of a small event that no parser knows, to be told from others by its text."""
    return {"action": "told", "text": text, "repository": {"full_name": repository}, "sender": {"login": "octocat"}}


@dataclass(frozen=True)
class Hook:
    """A webhook that somebody set up for a repository, with the secret they share with the suite."""

    api_url: str
    secret: str
    path: str = PATH

    def request(
        self,
        payload: object,
        event: str = "told",
        delivery_id: str | None = None,
        *,
        form: bool = False,
        headers: Mapping[str, str | None] | None = None,
    ) -> httpx.Request:
        """A delivery of `payload` (bytes as they are); `headers` go before GitHub's own, None leaves one out."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":")).encode()
        if form:
            body = urlencode({"payload": body}).encode()
        told = {
            "Accept": "*/*",
            "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
            "User-Agent": "GitHub-Hookshot/044aadd",
            "X-GitHub-Delivery": delivery_id or new_delivery_id(),
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": "292430182",
            "X-GitHub-Hook-Installation-Target-ID": "79929171",
            "X-GitHub-Hook-Installation-Target-Type": "repository",
            "X-Hub-Signature": signature(self.secret, body, "sha1"),
            "X-Hub-Signature-256": signature(self.secret, body),
            **(headers or {}),
        }
        kept = {name: value for name, value in told.items() if value is not None}
        return httpx.Request("POST", self.api_url + self.path, content=body, headers=kept)

    def deliver(
        self,
        payload: object,
        event: str = "told",
        delivery_id: str | None = None,
        *,
        form: bool = False,
        headers: Mapping[str, str | None] | None = None,
    ) -> httpx.Response:
        """The answer to `request`, for which GitHub would have waited; raises httpx's errors where there is none."""
        with httpx.Client(timeout=GIVES_UP_SECONDS, verify=False) as github:  # loading certificates takes longer
            return github.send(self.request(payload, event, delivery_id, form=form, headers=headers))

    def accepted(self, payload: object, event: str = "told", delivery_id: str | None = None) -> dict[str, Any]:
        """What a delivery that has to succeed is answered."""
        answer = self.deliver(payload, event, delivery_id)
        assert answer.status_code == 202, f"{answer.status_code} {answer.text}"
        told: dict[str, Any] = answer.json()
        return told


def hook_of(user: User, name: str = "test") -> Hook:
    """A hook with a new secret of this user's."""
    answer = user.http.post("/api/webhook-secrets", json={"name": name}).raise_for_status()
    return Hook(user.api_url, answer.json()["secret"])


def lines_of(user: User, job_id: str, delivery_id: str) -> list[dict[str, Any]]:
    """The items of `/lines` that a delivery came to, as far as they are stored."""
    return [item for item in user.lines(job_id) if (item["attrs"] or {}).get("delivery") == delivery_id]


def wait_until_stored(user: User, job_id: str, lines: int) -> list[dict[str, Any]]:
    """The items of `/lines` once there are so many; fails where there are more."""
    wait_for(f"{lines} lines of {job_id} to be stored", lambda: user.job(job_id)["lines_stored"] >= lines)
    items = list(user.lines(job_id))
    assert len(items) == lines, f"{len(items)} instead of {lines} lines"
    return items
