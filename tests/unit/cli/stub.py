"""An api that answers from a table, and the command line run against it: for what the commands make of answers."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from cli.__main__ import build_app
from cli.client import ApiClient

Answer = Mapping[str, Any] | httpx.Response | Exception

REPLAY_ID = "00000000-0000-4000-8000-000000000001"


class StubApi:
    """Answers `METHOD /path` with what the table has: of several, one after the other; the last one stays."""

    def __init__(self, table: Mapping[str, Answer | Iterable[Answer]]) -> None:
        self._answers = {route: list(_several(answers)) for route, answers in table.items()}
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        route = f"{request.method} {request.url.path}"
        query = request.url.query.decode()
        self.asked.append(f"{route}?{query}" if query else route)
        if route not in self._answers:
            return problem(404, "Not found")
        answers = self._answers[route]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def client(self, **options: Any) -> ApiClient:
        """A client of this api."""
        return ApiClient("http://127.0.0.1:1", "token", transport=httpx.MockTransport(self), **options)


def _several(answers: Answer | Iterable[Answer]) -> Iterable[Answer]:
    return [answers] if isinstance(answers, Mapping | httpx.Response | Exception) else answers


def problem(status: int, title: str, **headers: str) -> httpx.Response:
    """A refusal as the api writes it."""
    return httpx.Response(status, json={"title": title, "detail": f"{title} indeed."}, headers=headers)


def replay(status: str, total: int = 2, published: int = 0, stored: int = 0, dead_again: int = 0) -> dict[str, Any]:
    """A replay as the api tells of it."""
    return {
        "replay_id": REPLAY_ID,
        "status": status,
        "filter": {},
        "total": total,
        "published": published,
        "stored": stored,
        "dead_again": dead_again,
        "waiting": total - published,
        "created_at": "2026-03-05T06:07:08.123456Z",
        "ended_at": None if status == "running" else "2026-03-05T06:07:09Z",
    }


def run(monkeypatch: pytest.MonkeyPatch, api: StubApi, *arguments: str, answer: str | None = None) -> Result:
    """What `logmill ARGUMENTS` does against `api`; `answer` is typed on its stdin."""
    monkeypatch.setattr("cli.login.ApiClient", partial(ApiClient, transport=httpx.MockTransport(api)))
    environment = {"LOGMILL_TOKEN": "token", "LOGMILL_URL": "http://127.0.0.1:1"}
    return CliRunner().invoke(build_app(), arguments, input=answer, env=environment)
