"""A registered user of a running suite, speaking HTTP as any client would."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

PASSWORD = "correct horse battery staple"
ENDED = {"completed", "completed_with_errors", "failed", "cancelled", "interrupted"}
POLL_SECONDS = 0.05


@dataclass
class Event:
    """One server-sent event."""

    name: str
    id: int
    data: dict[str, Any]


class User:
    """Registers (unless the email is a known one) and logs in when made; calls raise for an answer of 400 or more."""

    def __init__(self, api_url: str, email: str | None = None) -> None:
        self.api_url = api_url
        self.email = email or f"user-{uuid4().hex[:12]}@example.com"
        self.http = httpx.Client(base_url=api_url, timeout=60)
        credentials = {"email": self.email, "password": PASSWORD}
        if email is None:
            self.http.post("/auth/register", json=credentials).raise_for_status()
        answer = self.http.post("/auth/login", json=credentials).raise_for_status().json()
        self.token: str = answer["access_token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def __enter__(self) -> "User":
        return self

    def __exit__(self, *_error: object) -> None:
        self.http.close()

    def get(self, path: str, **query: object) -> Any:
        return self.http.get(path, params={k: str(v) for k, v in query.items()}).raise_for_status().json()

    def upload(self, content: Any, name: str = "test.log", **query: str) -> str:
        """Sends `content` (bytes, or an iterable of them) as the raw body; the job's id."""
        answer = self.http.post("/upload", params={"name": name, **query}, content=content, timeout=600)
        if answer.is_error:
            raise httpx.HTTPStatusError(f"{answer.status_code}: {answer.text}", request=answer.request, response=answer)
        job_id: str = answer.json()["job_id"]
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        job: dict[str, Any] = self.get(f"/api/jobs/{job_id}")
        return job

    def wait(self, job_id: str, seconds: float = 60) -> dict[str, Any]:
        """The job once it has ended."""
        end = time.monotonic() + seconds
        while (job := self.job(job_id))["status"] not in ENDED:
            if time.monotonic() > end:
                raise AssertionError(f"job still {job['status']} after {seconds:g} s: {job}")
            time.sleep(POLL_SECONDS)
        return job

    def lines(self, job_id: str, **query: object) -> Iterator[dict[str, Any]]:
        """Every line, page after page."""
        cursor: dict[str, object] = {}
        while True:
            page = self.get(f"/api/jobs/{job_id}/lines", **{"limit": 1000, **query, **cursor})
            yield from page["items"]
            if not page["next_cursor"]:
                return
            cursor = {"cursor": page["next_cursor"]}

    @contextmanager
    def stream(self, path: str, headers: dict[str, str] | None = None) -> Iterator[Iterator[Event]]:
        """The events of an open stream, as they come."""
        with self.http.stream("GET", path, timeout=60, headers=headers) as answer:
            answer.raise_for_status()
            yield _events(answer.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line and "data" in fields:
            yield Event(fields.get("event", "message"), int(fields.get("id", 0)), json.loads(fields["data"]))
            fields = {}


def assert_conserved(job: dict[str, Any]) -> None:
    """The promise: every line read is stored, rejected or dead-lettered."""
    assert is_conserved(job), job


def is_conserved(job: dict[str, Any]) -> bool:
    """Whether it is kept already; of an interrupted job, batches may still be on their way."""
    accounted: int = job["lines_stored"] + job["lines_rejected"] + job["lines_dead_lettered"]
    return bool(job["lines_read"] == accounted)
