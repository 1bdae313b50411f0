"""GitHub's REST API for the deliveries of one webhook, as a real server: its pages, its limits, its refusals."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.support.webhooks import Hook

TOKEN = "github_pat_11AAAAAAA0test"
HOOK_ID = 292430182
PATH = re.compile(rf"/repos/octo/widget/hooks/{HOOK_ID}/deliveries(?:/(\d+)(/attempts)?)?")
BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Trouble:
    """What the next requests of this kind are answered instead, once each."""

    route: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "no"


class GithubApi:
    """The deliveries of a webhook of octo/widget. Redeliveries go to `hook`, once it is there."""

    def __init__(self, url: str, page_items: int) -> None:
        self.url = url
        self.page_items = page_items
        self.hook: Hook | None = None
        self.troubles: list[Trouble] = []
        self.asked: list[tuple[float, str]] = []
        """By the clock of `time.monotonic`."""
        self.answered: list[int] = []
        self.before_payload: Callable[[], object] = lambda: None
        self.remaining = 5000
        self.reset_at = time.time() + 3600
        self._attempts: list[dict[str, Any]] = []
        self._payloads: dict[str, Any] = {}

    @property
    def routes(self) -> list[str]:
        """What was asked, in order."""
        return [route for _, route in self.asked]

    def attempt(self, event: str, payload: Any, status_code: int = 503, guid: str | None = None) -> str:
        """Notes an attempt at a delivery, a minute after the last one; the delivery's guid."""
        number = len(self._attempts)
        guid = guid or str(uuid4())
        redelivery = guid in self._payloads
        self._payloads[guid] = payload
        self._attempts.append(
            {
                "id": 12_345_678_900 + number,
                "guid": guid,
                "delivered_at": f"{BEGAN + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}",
                "redelivery": redelivery,
                "duration": 0.27,
                "status": "OK" if 200 <= status_code < 300 else "Service Unavailable",
                "status_code": status_code,
                "event": event,
                "action": payload.get("action") if isinstance(payload, dict) else None,
                "installation_id": None,
                "repository_id": 79929171,
                "throttled_at": None,
            }
        )
        return guid

    def answer(self, method: str, target: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body."""
        answer = self._answer(method, target, headers)
        self.answered.append(answer[0])
        return answer

    def _answer(self, method: str, target: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], Any]:
        address = urlsplit(target)
        route = f"{method} {address.path}"
        self.asked.append((time.monotonic(), f"{method} {target}"))
        for trouble in [each for each in self.troubles if each.route == route]:
            self.troubles.remove(trouble)
            return trouble.status, dict(trouble.headers), {"message": trouble.message}
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {}, {"message": "Bad credentials"}
        found = PATH.fullmatch(address.path)
        if found is None or not headers.get("User-Agent"):
            return 404, {}, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
        if not self._may_ask():
            return 403, self._limits(), {"message": "API rate limit exceeded for user ID 1."}
        if found[1] is None:
            return self._page({name: values[0] for name, values in parse_qs(address.query).items()})
        return self._one(int(found[1]), bool(found[2]))

    def _may_ask(self) -> bool:
        if time.time() >= self.reset_at:
            self.remaining, self.reset_at = 5000, time.time() + 3600
        self.remaining -= 1
        return self.remaining >= 0

    def _limits(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": str(int(self.reset_at)),
            "X-RateLimit-Resource": "core",
        }

    def _page(self, query: Mapping[str, str]) -> tuple[int, dict[str, str], Any]:
        known = self._attempts[::-1]
        first = int(query.get("cursor", "v1_0").removeprefix("v1_"))
        after = first + min(self.page_items, int(query["per_page"]))
        headers = self._limits()
        if after < len(known):
            path = f"/repositories/79929171/hooks/{HOOK_ID}/deliveries"
            following = f"https://api.github.com{path}?per_page={query['per_page']}&cursor=v1_{after}"
            headers["Link"] = f'<{following}>; rel="next"'
        return 200, headers, known[first:after]

    def _one(self, attempt_id: int, again: bool) -> tuple[int, dict[str, str], Any]:
        attempt = next((each for each in self._attempts if each["id"] == attempt_id), None)
        if attempt is None:
            return 404, self._limits(), {"message": "Not Found"}
        guid, event = attempt["guid"], attempt["event"]
        payload = self._payloads[guid]
        if again:
            assert self.hook is not None
            self.attempt(event, payload, self.hook.deliver(payload, event, guid).status_code, guid)
            return 202, self._limits(), {}
        self.before_payload()
        headers = {"X-GitHub-Delivery": guid, "X-GitHub-Event": event, "content-type": "application/json"}
        full = {"request": {"headers": headers, "payload": payload}, "response": {"headers": {}, "payload": ""}}
        return 200, self._limits(), attempt | {"url": "https://logs.example.com/webhook/github"} | full


def _handler(api: GithubApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = api.answer(self.command, self.path, dict(self.headers.items()))
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    return Handler


@contextmanager
def github_api(page_items: int = 100) -> Iterator[GithubApi]:
    """The server, on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    api = GithubApi(f"http://127.0.0.1:{server.server_port}", page_items)
    server.RequestHandlerClass = _handler(api)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
